#include "api/write/gguf_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <unordered_set>

#include "base/checked.h"

namespace pratique::api {
namespace {

using loader::Tree;
using loader::TreeId;
using loader::TreeKind;

enum class Type : std::uint32_t {
    u32 = 4,
    i32 = 5,
    f32 = 6,
    boolean = 7,
    text = 8,
    array = 9,
    u64 = 10,
    i64 = 11,
    f64 = 12,
};

/// Keys that say how this very file is laid out, which is no longer so.
constexpr std::string_view kAlignment = "general.alignment";
/// Writers use 32; more than a page is of no use.
constexpr std::uint64_t kMostAlignment = std::uint64_t{1024} * 1024;

class Values {
public:
    Values(const Tree& tree, WireWriter& out) : tree_(tree), out_(out) {}

    /// False, and nothing written, if GGUF has no such value.
    bool put(std::string_view key, TreeId value) {
        const bool is_list = tree_[value].kind == TreeKind::list;
        const auto items = is_list ? tree_.children(value) : std::span(&value, 1);
        const auto type = type_of(items, is_list);
        if (!type || key.empty()) return false;
        put_gguf_text(out_, key);
        if (is_list) {
            out_.u32(number(Type::array)).u32(number(*type)).u64(items.size());
        } else {
            out_.u32(number(*type));
        }
        for (const TreeId item : items) put_item(*type, item);
        return true;
    }

private:
    static std::uint32_t number(Type type) { return static_cast<std::uint32_t>(type); }

    /// The one type that holds all of the items.
    std::optional<Type> type_of(std::span<const TreeId> items, bool is_list) const {
        if (items.empty()) return Type::i32;
        const TreeKind kind = tree_[items.front()].kind;
        for (const TreeId item : items) {
            if (tree_[item].kind != kind) return std::nullopt;
        }
        if (kind == TreeKind::boolean) return Type::boolean;
        if (kind == TreeKind::text) return Type::text;
        if (kind == TreeKind::real) return real_type(items);
        if (kind == TreeKind::integer) return integer_type(items, is_list);
        return std::nullopt;
    }

    /// Single numbers are unsigned where they can be, lists signed: so are those of llama.cpp.
    Type integer_type(std::span<const TreeId> items, bool is_list) const {
        const auto value = [&](TreeId a) { return tree_.integer_of(a); };
        std::int64_t least = value(items.front());
        std::int64_t most = least;
        for (const TreeId item : items) {
            least = std::min(least, value(item));
            most = std::max(most, value(item));
        }
        const bool fits_signed = least >= INT32_MIN && most <= INT32_MAX;
        if (fits_signed && (least < 0 || is_list)) return Type::i32;
        if (least < 0) return Type::i64;
        return most <= std::int64_t{UINT32_MAX} ? Type::u32 : Type::u64;
    }

    Type real_type(std::span<const TreeId> items) const {
        for (const TreeId item : items) {
            const double value = tree_.real_of(item);
            const bool same = static_cast<double>(static_cast<float>(value)) == value;
            if (!same && value == value) return Type::f64;  // NOLINT: a NaN is as good as another
        }
        return Type::f32;
    }

    void put_item(Type type, TreeId item) {
        switch (type) {
            case Type::boolean: out_.u8(tree_[item].number != 0 ? 1 : 0); return;
            case Type::text: put_gguf_text(out_, tree_.characters(item)); return;
            case Type::f32:
                out_.u32(std::bit_cast<std::uint32_t>(static_cast<float>(tree_.real_of(item))));
                return;
            case Type::f64: out_.u64(std::bit_cast<std::uint64_t>(tree_.real_of(item))); return;
            case Type::i32:
            case Type::u32: out_.u32(static_cast<std::uint32_t>(tree_.integer_of(item))); return;
            case Type::i64:
            case Type::u64: out_.u64(static_cast<std::uint64_t>(tree_.integer_of(item))); return;
            case Type::array: return;  // of arrays: type_of() says no
        }
    }

    const Tree& tree_;
    WireWriter& out_;
};

void put_text_value(WireWriter& out, std::string_view key, std::string_view value) {
    put_gguf_text(out, key);
    out.u32(static_cast<std::uint32_t>(Type::text));
    put_gguf_text(out, value);
}

/// Where texts that are not from a GGUF file go.
std::string general_key(std::string_view key) {
    const bool has_place = key.starts_with("general.") || key.starts_with("pratique.");
    return has_place ? std::string(key) : "general." + std::string(key);
}

std::optional<std::uint64_t> number_in(const loader::Loaded& model, std::string_view key) {
    const auto id = model.metadata ? model.tree.find(*model.metadata, key) : std::nullopt;
    if (!id || model.tree[*id].kind != TreeKind::integer) return std::nullopt;
    return static_cast<std::uint64_t>(model.tree.integer_of(*id));
}

/// False if the model does not say where they are, or says what cannot be.
bool copy_values(const loader::Loaded& model, const SourceOf& source, GgufValues& out) {
    const auto count = number_in(model, "values");
    const auto offset = number_in(model, "values_offset");
    const auto size = number_in(model, "values_bytes");
    const auto alignment = number_in(model, "alignment");
    if (!count || !offset || !size || !alignment) return false;
    const Bytes file = source(0);
    const bool is_alignment = *alignment <= kMostAlignment && std::has_single_bit(*alignment);
    if (!fits(*offset, *size, file.size()) || !is_alignment) return false;
    out.bytes.raw(slice(file, *offset, *size));
    out.count = *count;
    out.alignment = *alignment;
    return true;
}

/// The file's own keys and values in turn.
std::span<const TreeId> own_values(const loader::Loaded& model) {
    if (!model.metadata) return {};
    const auto own = model.tree.find(*model.metadata, "metadata");
    if (!own || model.tree[*own].kind != TreeKind::dict) return {};
    return model.tree.children(*own);
}

}  // namespace

void put_gguf_text(WireWriter& out, std::string_view text) {
    out.u64(text.size()).raw(as_bytes(text));
}

GgufValues gguf_values(const Plan& plan, const SourceOf& source) {
    const loader::Loaded& model = *plan.model;
    const Tree& tree = model.tree;
    GgufValues out;
    const bool is_gguf = model.format.find("gguf") != std::string::npos;
    const bool verbatim = is_gguf && copy_values(model, source, out);
    std::unordered_set<std::string> written{std::string(kAlignment)};
    Values values(tree, out.bytes);
    const auto pairs = is_gguf ? own_values(model) : std::span<const TreeId>{};
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        if (tree[pairs[i]].kind != TreeKind::text) continue;
        const std::string key(tree.characters(pairs[i]));
        if (!written.insert(key).second || verbatim) continue;
        if (values.put(key, pairs[i + 1])) {
            ++out.count;
        } else {
            out.lost.push_back(key);
        }
    }
    for (const auto& [key, value] : plan.metadata) {
        if (is_gguf && written.contains(key)) continue;
        const std::string place = general_key(key);
        if (!written.insert(place).second) continue;
        put_text_value(out.bytes, place, value);
        ++out.count;
    }
    return out;
}

}  // namespace pratique::api
