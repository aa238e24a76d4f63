// The listing of arbitrary bytes as pickles: nothing in it could move a cursor.
#include <cassert>

#include "base/text.h"
#include "scanner/scan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    Limits limits;
    limits.inflated_bytes = 4 * kMiB;
    const auto bytes = std::as_bytes(std::span(data, size));
    auto listing = scanner::explain(bytes, {"model.pkl", {}}, limits).listing;
    std::erase(listing, '\n');
    assert(is_printable(listing));
    return 0;
}
