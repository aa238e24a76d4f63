// Whatever the text is: events lie in it, in order, and as many elements end as begin.
#include <cstdlib>

#include "base/text.h"
#include "formats/xml/xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    xml::Reader reader(text(std::as_bytes(std::span(data, size))));
    std::uint64_t last = 0;
    std::size_t open = 0;
    while (true) {
        const auto event = reader.next();
        if (!event && event.error().offset > size) std::abort();
        if (!event || !*event) break;
        if ((*event)->offset < last || (*event)->offset > size) std::abort();
        last = (*event)->offset;
        if ((*event)->kind == xml::Kind::start) ++open;
        if ((*event)->kind == xml::Kind::end && open-- == 0) std::abort();
        if (open != reader.open().size()) std::abort();
        for (const auto& attribute : (*event)->attributes) (void)xml::decode(attribute.value);
    }
    return 0;
}
