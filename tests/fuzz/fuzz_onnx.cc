// Whatever the bytes are: a tensor that is found has the values that its shape asks for, all of
// which can be read; and every way leads back to the root.
#include <cstdlib>

#include "formats/onnx/model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique::onnx;
    const pratique::Bytes bytes = std::as_bytes(std::span(data, size));
    if (recognise_tensor(bytes) && !read_tensor(bytes, 0)) std::abort();
    const auto model = read_model(bytes, pratique::Limits{});
    for (const auto& [tensor, place] : model ? model->tensors : std::vector<PlacedTensor>{}) {
        if (place != 0 && model->places.at(place).parent >= place) std::abort();
        if (tensor.storage == Storage::raw && tensor.raw.size() != tensor.size) std::abort();
        if (tensor.storage != Storage::numbers) continue;
        std::vector<std::uint64_t> numbers(tensor.numbers + 1);
        const auto found = Values(tensor).read(numbers);
        if (found && *found != tensor.numbers) std::abort();
    }
    return 0;
}
