#include "sandbox/loader/tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <memory>

#include "base/limits.h"

namespace pratique::loader {
namespace {

enum class Holds : std::uint8_t { number, characters, children };

struct Row {
    std::string_view name;
    Holds holds;
};

constexpr auto kRows = std::to_array<Row>({
#define PRATIQUE_ROW(name, holds, meaning) {#name, Holds::holds},
    PRATIQUE_TREE_KINDS(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

Holds holds(TreeKind kind) { return kRows[static_cast<std::size_t>(kind)].holds; }
bool has_characters(TreeKind kind) { return holds(kind) == Holds::characters; }
bool has_children(TreeKind kind) { return holds(kind) == Holds::children; }

}  // namespace

std::string_view name(TreeKind kind) { return kRows[static_cast<std::size_t>(kind)].name; }

TreeId Tree::add(TreeKind kind, std::uint64_t number) {
    if (nodes_.size() >= kMostNodes) {
        full_ = true;
        return 0;
    }
    nodes_.push_back({kind, number, 0, 0});
    return static_cast<TreeId>(nodes_.size() - 1);
}

TreeId Tree::integer(std::int64_t value) {
    return add(TreeKind::integer, static_cast<std::uint64_t>(value));
}

TreeId Tree::unsigned_integer(std::uint64_t value) {
    if (value <= INT64_MAX) return integer(static_cast<std::int64_t>(value));
    std::array<char, 2 * sizeof(value)> digits{};
    std::to_chars(digits.data(), std::to_address(digits.end()), value, 16);
    return string(TreeKind::big_integer, "0x" + std::string(digits.data(), digits.size()));
}

TreeId Tree::real(double value) { return add(TreeKind::real, std::bit_cast<std::uint64_t>(value)); }

TreeId Tree::string(TreeKind kind, std::string_view characters) {
    const bool cut = characters.size() > kLongestText;
    const std::string_view kept = characters.substr(0, kLongestText);
    if (text_.size() + kept.size() > kMostText) {
        full_ = true;
        return none();
    }
    const TreeId id = add(kind, 0);
    if (nodes_[id].kind != kind) return id;
    nodes_[id].first = text_.size();
    text_ += kept;
    if (cut) text_ += "…";
    nodes_[id].count = static_cast<std::uint32_t>(text_.size() - nodes_[id].first);
    return id;
}

TreeId Tree::container(TreeKind kind, std::span<const TreeId> children) {
    const TreeId id = add(kind, 0);
    set_children(id, children);
    return id;
}

void Tree::set_children(TreeId container, std::span<const TreeId> children) {
    Node& node = nodes_[container];
    if (!has_children(node.kind) || children.empty()) return;
    if (children_.size() + children.size() > 2 * kMostNodes) {
        full_ = true;
        return;
    }
    node.first = children_.size();
    node.count = static_cast<std::uint32_t>(children.size());
    children_.insert(children_.end(), children.begin(), children.end());
}

std::span<const TreeId> Tree::children(TreeId id) const {
    const Node& node = nodes_[id];
    if (!has_children(node.kind)) return {};
    return std::span(children_).subspan(node.first, node.count);
}

std::string_view Tree::characters(TreeId id) const {
    const Node& node = nodes_[id];
    if (!has_characters(node.kind)) return {};
    return std::string_view(text_).substr(node.first, node.count);
}

double Tree::real_of(TreeId id) const { return std::bit_cast<double>(nodes_[id].number); }

std::int64_t Tree::integer_of(TreeId id) const {
    return static_cast<std::int64_t>(nodes_[id].number);
}

std::optional<TreeId> Tree::find(TreeId dict, std::string_view key) const {
    const auto items = children(dict);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (nodes_[items[i]].kind == TreeKind::text && characters(items[i]) == key) {
            return items[i + 1];
        }
    }
    return std::nullopt;
}

// nodes: count u32, { kind u8, number u64, first u64, count u32 }; children: count u32, u32 each;
// text: length u32, bytes; full u8
void Tree::encode(WireWriter& out) const {
    out.u32(static_cast<std::uint32_t>(nodes_.size()));
    for (const Node& node : nodes_) {
        out.u8(static_cast<std::uint8_t>(node.kind)).u64(node.number).u64(node.first);
        out.u32(node.count);
    }
    out.u32(static_cast<std::uint32_t>(children_.size()));
    for (const TreeId child : children_) out.u32(child);
    out.text(text_);
    out.u8(full_ ? 1 : 0);
}

Result<Tree> Tree::decode(Reader& in) {
    constexpr std::uint32_t kNodeBytes = 21;
    Tree tree;
    const std::uint64_t start = in.offset();
    const auto count = TRY(in.le<std::uint32_t>());
    if (count > kMostNodes) return Error{Errc::limit_nodes, start};
    if (count > in.left() / kNodeBytes) return Error{Errc::truncated, start};
    if (count == 0) return Error{Errc::bad_header, start};
    tree.nodes_.clear();
    tree.nodes_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t at = in.offset();
        const auto kind = TRY(in.u8());
        if (kind >= kRows.size()) return Error{Errc::bad_header, at};
        Node node{static_cast<TreeKind>(kind), TRY(in.le<std::uint64_t>()),
                  TRY(in.le<std::uint64_t>()), 0};
        node.count = TRY(in.le<std::uint32_t>());
        tree.nodes_.push_back(node);
    }
    const auto edges = TRY(in.le<std::uint32_t>());
    if (edges > 2 * kMostNodes) return Error{Errc::limit_nodes, in.offset()};
    if (edges > in.left() / sizeof(TreeId)) return Error{Errc::truncated, in.offset()};
    tree.children_.reserve(edges);
    for (std::uint32_t i = 0; i < edges; ++i) {
        const auto child = TRY(in.le<TreeId>());
        if (child >= count) return Error{Errc::bad_header, in.offset()};
        tree.children_.push_back(child);
    }
    tree.text_ = TRY(wire_text(in, kMostText + 4 * kMiB));
    tree.full_ = TRY(in.u8()) != 0;
    for (const Node& node : tree.nodes_) {
        const std::uint64_t size = has_characters(node.kind) ? tree.text_.size()
                                   : has_children(node.kind) ? tree.children_.size()
                                                             : 0;
        const bool inside = node.first <= size && node.count <= size - node.first;
        const bool paired = node.kind != TreeKind::dict || node.count % 2 == 0;
        if (!inside || !paired) return Error{Errc::bad_header, start};
    }
    return tree;
}

DictBuilder& DictBuilder::add(std::string_view key, TreeId value) {
    children_.push_back(tree_.text(key));
    children_.push_back(value);
    return *this;
}

DictBuilder& DictBuilder::text(std::string_view key, std::string_view value) {
    return add(key, tree_.text(value));
}

DictBuilder& DictBuilder::integer(std::string_view key, std::int64_t value) {
    return add(key, tree_.integer(value));
}

TreeId DictBuilder::take() { return tree_.container(TreeKind::dict, children_); }

}  // namespace pratique::loader
