// Strict JSON: what is accepted has unique keys, which find() then reaches.
#include <cassert>

#include "base/bytes.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto root = json::parse(text(std::as_bytes(std::span(data, size))));
    if (!root) return 0;
    if (const auto* object = root->as<json::Object>()) {
        for (const auto& [key, value] : *object) assert(root->find(key) == &value);
    }
    return 0;
}
