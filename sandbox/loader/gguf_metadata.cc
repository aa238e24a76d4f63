#include "sandbox/loader/gguf_metadata.h"

#include <bit>
#include <string>

namespace pratique::loader {
namespace {

/// Arrays up to this length are kept whole, of others as many items.
constexpr std::uint64_t kItemsKept = 16;

TreeId single(Tree& tree, const gguf::Value& value) {
    switch (value.kind) {
        case gguf::Kind::boolean: return tree.boolean(value.number != 0);
        case gguf::Kind::string: return tree.text(value.text);
        case gguf::Kind::float32:
            return tree.real(
                double{std::bit_cast<float>(static_cast<std::uint32_t>(value.number))});
        case gguf::Kind::float64: return tree.real(std::bit_cast<double>(value.number));
        case gguf::Kind::int8:
        case gguf::Kind::int16:
        case gguf::Kind::int32:
        case gguf::Kind::int64: return tree.integer(static_cast<std::int64_t>(value.number));
        case gguf::Kind::uint8:
        case gguf::Kind::uint16:
        case gguf::Kind::uint32:
        case gguf::Kind::uint64: return tree.unsigned_integer(value.number);
        case gguf::Kind::array: break;  // arrays hold none
    }
    return tree.none();
}

TreeId array(Tree& tree, const gguf::File& file, const gguf::Value& value) {
    std::vector<TreeId> items;
    for (const gguf::Value& item : gguf::first_items(file, value, kItemsKept)) {
        items.push_back(single(tree, item));
    }
    const TreeId list = tree.container(TreeKind::list, items);
    if (value.count <= kItemsKept) return list;
    DictBuilder out(tree);
    out.text("type", "array of " + std::string(name(value.item)));
    out.integer("count", static_cast<std::int64_t>(value.count));
    out.add("first", list);
    return out.take();
}

void copy_text(DictBuilder& out, const gguf::File& file, std::string_view as,
               std::string_view key) {
    const gguf::Value* value = file.find(key);
    if (value != nullptr && value->kind == gguf::Kind::string) out.text(as, value->text);
}

/// Where the pairs lie, for whoever writes them to another file as they are: the tree keeps little
/// of large arrays, and nothing of the kinds of numbers. Not of files that other readers' rules
/// apply to (32-bit lengths, big-endian).
void say_where(DictBuilder& out, const gguf::File& file, std::uint64_t place) {
    if (file.version < 2 || file.big_endian || file.pairs.empty() || file.tensors.empty()) return;
    const std::uint64_t begin = file.pairs.front().offset;
    const std::uint64_t end = file.tensors.front().offset;
    out.integer("values", static_cast<std::int64_t>(file.pairs.size()));
    out.integer("values_offset", static_cast<std::int64_t>(place + begin));
    out.integer("values_bytes", static_cast<std::int64_t>(end - begin));
}

}  // namespace

TreeId gguf_metadata(Tree& tree, const gguf::File& file, std::optional<std::uint64_t> place) {
    DictBuilder pairs(tree);
    for (const gguf::Pair& pair : file.pairs) {
        const bool is_array = pair.value.kind == gguf::Kind::array;
        pairs.add(pair.key, is_array ? array(tree, file, pair.value) : single(tree, pair.value));
    }
    DictBuilder out(tree);
    out.text("format", "gguf");
    out.integer("version", file.version);
    out.text("byteorder", file.big_endian ? "big" : "little");
    out.integer("alignment", static_cast<std::int64_t>(file.alignment));
    if (place) say_where(out, file, *place);
    copy_text(out, file, "architecture", "general.architecture");
    copy_text(out, file, "name", "general.name");
    if (!pairs.empty()) out.add("metadata", pairs.take());
    return out.take();
}

}  // namespace pratique::loader
