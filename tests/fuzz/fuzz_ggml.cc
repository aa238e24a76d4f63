// Whatever the bytes are: the tensors lie in the file, one behind the other.
#include <cstdlib>

#include "formats/ggml/ggml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const ggml::File file = ggml::read(std::as_bytes(std::span(data, size)));
    std::uint64_t end = 0;
    for (const ggml::Tensor& tensor : file.tensors) {
        if (tensor.offset < end || tensor.begin < tensor.offset) std::abort();
        if (tensor.begin > size || tensor.bytes > size - tensor.begin) std::abort();
        end = tensor.begin + tensor.bytes;
    }
    if (!file.error && end > size) std::abort();
    return 0;
}
