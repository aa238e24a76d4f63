#include "scanner/checks/hdf5/outside.h"

#include "base/checked.h"
#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"

namespace pratique::scanner {

void check_outside(Scan& scan, const Artifact& artifact, const hdf5::ExternalFile& file,
                   std::string_view path, RuleId inside) {
    const std::string evidence = escape(path, 200) + ": " + escape(file.name, 200);
    // "~" is not opened as a home folder by libhdf5, but by whoever puts files in their places.
    if (archive::escapes(file.name) || file.name.starts_with('~')) {
        return scan.find(RuleId::hdf5_escapes, artifact, file.offset, evidence);
    }
    scan.find(inside, artifact, file.offset, evidence);
    const bool to_its_end = file.bytes == hdf5::kNoAddress;
    const std::uint64_t bytes = to_its_end ? file.begin : saturating_add(file.begin, file.bytes);
    scan.refer(artifact, file.offset, file.name, bytes);
}

}  // namespace pratique::scanner
