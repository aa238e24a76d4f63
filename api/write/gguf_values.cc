#include "api/write/gguf_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <unordered_set>

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

}  // namespace

void put_gguf_text(WireWriter& out, std::string_view text) {
    out.u64(text.size()).raw(as_bytes(text));
}

std::uint64_t put_gguf_values(const Plan& plan, WireWriter& out) {
    const loader::Loaded& model = *plan.model;
    const Tree& tree = model.tree;
    std::unordered_set<std::string> written{std::string(kAlignment)};
    std::uint64_t count = 0;
    const bool is_gguf = model.format.find("gguf") != std::string::npos;
    const auto own = is_gguf && model.metadata ? tree.find(*model.metadata, "metadata")
                                               : std::optional<TreeId>{};
    if (own && tree[*own].kind == TreeKind::dict) {
        Values values(tree, out);
        const auto pairs = tree.children(*own);
        for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
            if (tree[pairs[i]].kind != TreeKind::text) continue;
            const std::string key(tree.characters(pairs[i]));
            if (written.insert(key).second && values.put(key, pairs[i + 1])) ++count;
        }
    }
    for (const auto& [key, value] : plan.metadata) {
        if (is_gguf && written.contains(key)) continue;
        const std::string place = general_key(key);
        if (!written.insert(place).second) continue;
        put_text_value(out, place, value);
        ++count;
    }
    return count;
}

}  // namespace pratique::api
