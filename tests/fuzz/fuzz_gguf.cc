// Whatever the bytes are: without an error, the tensors lie in the file, none in another.
#include <cstdlib>

#include "formats/gguf/dequantize.h"
#include "formats/gguf/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    const gguf::File file = gguf::read(bytes);
    for (const gguf::Pair& pair : file.pairs) gguf::first_items(file, pair.value, 16);
    for (const gguf::Tensor& tensor : file.tensors) {
        if (file.error) return 0;
        if (tensor.begin > size || tensor.bytes > size - tensor.begin) std::abort();
        const gguf::Block& block = gguf::block_of(tensor.type);
        std::vector<float> out(tensor.bytes / block.bytes * block.elements);
        (void)gguf::dequantize(tensor.type, slice(bytes, tensor.begin, tensor.bytes), out);
    }
    return 0;
}
