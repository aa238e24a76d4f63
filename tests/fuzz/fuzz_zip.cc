// Whatever the bytes are: every offset that the reader hands out lies inside the file, every view
// points into it, what leads out of it is flagged, and the unclaimed ranges are sorted and
// disjoint.
#include <algorithm>
#include <cstdlib>

#include "formats/archive/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto check = [](bool holds) { holds ? void() : std::abort(); };
    const zip::Archive archive = zip::read(std::as_bytes(std::span(data, size)), Limits{});
    const auto flagged = [&](const zip::Entry& entry) {
        return std::any_of(archive.anomalies.begin(), archive.anomalies.end(), [&](const auto& a) {
            return a.kind == zip::AnomalyKind::data_out_of_bounds &&
                   a.offset == entry.header_offset;
        });
    };
    for (const zip::Entry& entry : archive.entries) {
        check(entry.in_local || entry.in_central);
        if (!entry.in_local) continue;
        check(entry.header_offset < entry.data_offset && entry.data_offset <= size);
        check(entry.compressed_size <= size - entry.data_offset || flagged(entry));
    }
    for (const zip::Anomaly& anomaly : archive.anomalies) check(anomaly.offset <= size);
    std::uint64_t end = 0;
    for (const zip::Range& range : archive.unclaimed) {
        check(range.begin >= end && range.begin < range.end && range.end <= size);
        end = range.end + 1;  // ranges that touch would be one
    }
    return 0;
}
