// Whatever the text is: offsets lie in it, and no tree is deeper than the limit.
#include <cstdlib>

#include "base/text.h"
#include "formats/yaml/yaml.h"

namespace {

/// Deeper than 64 levels and the document around them.
bool is_deep(const pratique::json::Value& root) {
    std::vector<const pratique::json::Value*> level{&root};
    for (int depth = 0; depth <= 64; ++depth) {
        std::vector<const pratique::json::Value*> below;
        for (const auto* value : level) {
            if (const auto* array = value->as<pratique::json::Array>()) {
                for (const auto& item : *array) below.push_back(&item);
            } else if (const auto* object = value->as<pratique::json::Object>()) {
                for (const auto& member : *object) below.push_back(&member.second);
            }
        }
        if (below.empty()) return false;
        level = std::move(below);
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto stream = yaml::read(text(std::as_bytes(std::span(data, size))));
    for (const auto& tag : stream.tags) {
        if (tag.offset > size) std::abort();
    }
    for (const auto& document : stream.documents) {
        if (is_deep(document)) std::abort();
    }
    if (stream.error && stream.error->offset > size) std::abort();
    return 0;
}
