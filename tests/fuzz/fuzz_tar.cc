// Entries and unclaimed ranges lie within the bytes; ranges are in order and do not touch.
#include <cstdlib>

#include "base/checked.h"
#include "formats/archive/tar.h"

using namespace pratique;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = std::as_bytes(std::span(data, size));
    const tar::Archive archive = tar::read(bytes, Limits{});
    for (const tar::Entry& entry : archive.entries) {
        if (entry.size != 0 && !fits(entry.data_offset, entry.size, size)) std::abort();
    }
    std::uint64_t end = 0;
    for (const tar::Range& range : archive.unclaimed) {
        if (range.begin < end || range.begin >= range.end || range.end > size) std::abort();
        end = range.end;
    }
    return 0;
}
