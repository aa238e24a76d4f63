// A whole scan of arbitrary bytes: identification, the walk, every check. What comes out can be
// sent to the parent and printed as it is.
#include <cassert>

#include "scanner/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    Limits limits;
    limits.inflated_bytes = 16 * kMiB;
    const auto report = scanner::scan(bytes, {"model.pkl", {"helper"}}, limits);
    scanner::FileReport again;
    for (const auto& piece : scanner::encode(report, 4 * kKiB)) {
        const auto decoded = scanner::decode_piece(piece, limits.reported, again);
        assert(decoded);
    }
    assert(again == report && !report.identities.empty());
    return 0;
}
