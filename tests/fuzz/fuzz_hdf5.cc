// Whatever the bytes are: every tensor that comes out lies in the file or in what was written.
#include <cstdlib>

#include "loading.h"
#include "sandbox/loader/hdf5.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    test::MemoryOutput output(16 * kMiB);
    loader::Loaded out;
    const loader::Options options;
    const Limits limits{.members = 1'000, .inflated_bytes = 16 * kMiB};
    loader::Load load(bytes, {}, limits, options, output, out);
    static_cast<void>(loader::load_hdf5(load, bytes));
    const auto size_of = [&](std::uint32_t source) { return load.size_of(source); };
    for (const loader::Tensor& tensor : out.tensors) {
        if (!loader::check(tensor, size_of)) std::abort();
    }
    return 0;
}
