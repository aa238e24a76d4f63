#include "formats/gguf/types.h"

#include <algorithm>
#include <array>

namespace pratique::gguf {
namespace {

struct KindRow {
    std::string_view name;
    std::uint64_t bytes;
};

// Kinds are numbered without gaps.
constexpr auto kKinds = std::to_array<KindRow>({
#define PRATIQUE_ROW(id, name, bytes) {#name, bytes},
    PRATIQUE_GGUF_KINDS(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

struct TypeRow {
    Type type;
    Block block;
};

constexpr auto kTypes = std::to_array<TypeRow>({
#define PRATIQUE_ROW(id, name, elements, bytes) {Type::name, {#name, elements, bytes}},
    PRATIQUE_GGML_TYPES(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

const TypeRow* row_of(std::uint32_t id) {
    const auto* row = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& r) {
        return static_cast<std::uint32_t>(r.type) == id;
    });
    return row == kTypes.end() ? nullptr : row;
}

}  // namespace

std::optional<Kind> kind_from(std::uint32_t id) {
    if (id >= kKinds.size()) return std::nullopt;
    return static_cast<Kind>(id);
}

std::string_view name(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].name; }

std::uint64_t size_of(Kind kind) { return kKinds[static_cast<std::size_t>(kind)].bytes; }

std::optional<Type> type_from(std::uint32_t id) {
    const TypeRow* row = row_of(id);
    if (row == nullptr) return std::nullopt;
    return row->type;
}

const Block& block_of(Type type) { return row_of(static_cast<std::uint32_t>(type))->block; }

}  // namespace pratique::gguf
