// The table of tensors as a worker sends it: whatever it says, the parent reads it or refuses it,
// and what was read is written as it came.
#include <cstdlib>

#include "sandbox/loader/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (const auto loaded = loader::decode_loaded(bytes)) {
        const auto again = loader::decode_loaded(loader::encode(*loaded));
        if (!again || again->tensors != loaded->tensors) std::abort();
        for (loader::TreeId id = 0; id < loaded->tree.size(); ++id) {
            static_cast<void>(loaded->tree.children(id).size() +
                              loaded->tree.characters(id).size());
        }
        const auto nowhere = [](std::uint32_t) { return std::optional<std::uint64_t>(4096); };
        for (const auto& tensor : loaded->tensors) static_cast<void>(check(tensor, nowhere));
    }
    static_cast<void>(loader::decode_request(bytes));
    static_cast<void>(loader::decode_failed(bytes));
    return 0;
}
