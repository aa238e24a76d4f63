// Whatever the bytes are: parents come before their children, and names are there.
#include <cstdlib>

#include "formats/rds/rds.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto read = rds::read(std::as_bytes(std::span(data, size)));
    if (read.end > size) std::abort();
    for (std::size_t i = 0; i < read.nodes.size(); ++i) {
        const rds::Node& node = read.nodes[i];
        if (node.parent != rds::kNone && node.parent >= i) std::abort();
        if (node.code != rds::kNone && node.code >= i) std::abort();
        if (node.first > i) std::abort();
        const bool is_named = node.kind == rds::Kind::symbol || node.kind == rds::Kind::builtin ||
                              node.kind == rds::Kind::text;
        if (is_named && node.name >= read.names.size()) std::abort();
    }
    return 0;
}
