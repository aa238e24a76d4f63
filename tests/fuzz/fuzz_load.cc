// A whole load of arbitrary bytes: every format, in place and converted. What comes out survives
// the way to the parent as it is, and every tensor of it can be read where it says it lies.
#include <cassert>
#include <cstdlib>

#include "loading.h"
#include "sandbox/loader/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    constexpr std::uint64_t kMostOutput = 8 * kMiB;
    const Bytes file = std::as_bytes(std::span(data, size));
    Limits limits;
    limits.inflated_bytes = kMostOutput;
    limits.nodes = 1'000'000;
    loader::Options options;
    options.logical_bytes = kMostOutput;
    // The last byte chooses what nobody but the caller can.
    const unsigned choice = size == 0 ? 0 : data[size - 1];
    options.mode = static_cast<loader::Mode>(choice % 3);
    options.dequantize = (choice & 4) != 0;
    options.verify = (choice & 8) != 0;
    const auto load = test::load_bytes(file, options, {}, limits, kMostOutput);
    if (load.failed) return 0;
    const auto again = loader::decode_loaded(loader::encode(load.loaded));
    if (!again || again->tensors != load.loaded.tensors) std::abort();
    for (const loader::Tensor& tensor : again->tensors) {
        const auto size_of = [&](std::uint32_t source) -> std::optional<std::uint64_t> {
            if (source == loader::kOutput) return load.output->bytes().size();
            return source == 0 ? std::optional<std::uint64_t>(file.size()) : std::nullopt;
        };
        if (!check(tensor, size_of)) std::abort();
        if (!tensor.has_data()) continue;
        const Bytes source = tensor.source == 0 ? file : load.output->bytes();
        if (test::elements(tensor, source).size() != *tensor.logical_bytes()) std::abort();
    }
    return 0;
}
