#include "scanner/checks/numpy/numpy.h"

#include "formats/numpy/npy.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/inspect.h"

namespace pratique::scanner {
namespace {

/// A name with an opening parenthesis behind it: readers that evaluate the header would call it.
bool has_call(Bytes file) {
    const std::string_view header = text(slice(file, 0, 64 * kKiB));
    for (auto at = header.find('('); at != std::string_view::npos; at = header.find('(', at + 1)) {
        const char before = at == 0 ? ' ' : header[at - 1];
        if ((before >= 'a' && before <= 'z') || before == '_') return true;
    }
    return false;
}

}  // namespace

void check_npy(Scan& scan, const Artifact& artifact) {
    const auto header = numpy::read(artifact.bytes, scan.limits());
    if (!header) {
        const bool code = has_call(artifact.bytes);
        if (code || header.error().code != Errc::truncated) {
            scan.find(code ? RuleId::numpy_header_code : RuleId::numpy_header_odd, artifact,
                      header.error().offset);
        }
        scan.gap(header.error(), artifact);
        return;
    }
    if (header->oversized_header) scan.find(RuleId::numpy_header_large, artifact, 8);
    if (header->dtype.has_object) {
        scan.find(RuleId::numpy_object_array, artifact, header->data_offset);
        // numpy.load(allow_pickle=True) hands everything behind the header to pickle.
        return scan.descend(artifact, "objects", from(artifact.bytes, header->data_offset));
    }
    const std::uint64_t left = artifact.bytes.size() - header->data_offset;
    if (header->data_size > left) {
        return scan.gap(Error{Errc::truncated, header->data_offset}, artifact);
    }
    inspect_unclaimed(scan, artifact, header->data_offset + header->data_size,
                      artifact.bytes.size());
}

}  // namespace pratique::scanner
