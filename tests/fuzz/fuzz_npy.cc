// Whatever the bytes are: what the header promises lies where it says, and sizes multiply out.
#include <cstdlib>

#include "formats/numpy/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto header = numpy::read(std::as_bytes(std::span(data, size)), Limits{});
    if (!header) return 0;
    const auto items = numpy::count_items(header->shape, 0);
    if (!items || *items != header->items || header->data_offset > size) std::abort();
    const std::uint64_t expected =
        header->dtype.has_object ? size - header->data_offset : *items * header->dtype.itemsize;
    if (header->data_size != expected) std::abort();
    return 0;
}
