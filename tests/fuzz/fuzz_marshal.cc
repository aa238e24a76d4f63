// Whatever the bytes are: every name and text that comes out is a piece of them.
#include <cstdlib>

#include "formats/marshal/marshal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    const auto codes = marshal::read_code(bytes);
    if (!codes) return 0;
    const auto check = [&](std::string_view text) {
        if (!text.empty() && !offset_in(bytes, as_bytes(text))) std::abort();
    };
    for (const marshal::Code& code : *codes) {
        check(code.name);
        for (const std::string_view name : code.names) check(name);
        for (const std::string_view text : code.texts) check(text);
    }
    return 0;
}
