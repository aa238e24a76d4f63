// Whatever the bytes are, alone and as a block with the right checksum: keys go up, and both ways
// to a checksum agree.
#include <cstdlib>

#include "formats/tensorbundle/bundle.h"
#include "table_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (tensorbundle::crc32c(bytes) != tensorbundle::crc32c_by_table(bytes)) std::abort();
    const std::string block(text(bytes));
    const std::string last(64, '\xff');
    for (const std::string& file : {block, test::TableBuilder().add(block, last, 0).finish(),
                                    test::TableBuilder().add(block, last, 1).finish()}) {
        const auto bundle = tensorbundle::read_bundle(as_bytes(file), Limits{});
        for (std::size_t i = 1; bundle && i < bundle->entries.size(); ++i) {
            if (bundle->entries[i - 1].key >= bundle->entries[i].key) std::abort();
        }
    }
    return 0;
}
