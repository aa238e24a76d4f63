// Whatever the bytes are: items lie inside each other, and what is recognised can be read.
#include <cstdlib>

#include "formats/msgpack/flax.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    const auto items = msgpack::read(bytes);
    if (flax::recognise(bytes) && !items) std::abort();
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const msgpack::Item& item = (*items)[i];
        if (item.end <= i || item.end > items->size()) std::abort();
        if (flax::is_chunked(*items, i)) (void)flax::read_chunked(*items, i);
        if (item.kind != msgpack::Kind::extension) continue;
        if (const auto array = flax::read_array(item)) {
            if (array->elements_at + array->elements.size() > size) std::abort();
        }
    }
    return 0;
}
