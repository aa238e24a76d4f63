// Whatever the bytes are: without an error, the tensors tile the data to the last byte.
#include <cstdlib>

#include "formats/safetensors/index.h"
#include "formats/safetensors/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    safetensors::read_index(bytes);
    const safetensors::Header header = safetensors::read(bytes);
    if (header.error) return 0;
    std::uint64_t at = 0;
    for (const safetensors::Tensor& tensor : header.tensors) {
        if (tensor.begin != at || tensor.end < at) std::abort();
        at = tensor.end;
    }
    if (header.data_offset + at != size) std::abort();
    return 0;
}
