// Everything in a model file that is no tensor, as inert data: a graph of plain values. Classes and
// functions are names in it and nothing more. Values are numbered in the order of their making and
// may be shared or lead back to themselves, as in a pickle: who walks a tree says so, and remembers
// where it was.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/wire.h"

namespace pratique::loader {

// X(enumerator, what it holds, the meaning of that)
#define PRATIQUE_TREE_KINDS(X)                                                                \
    X(none, number, "nothing")                                                                \
    X(boolean, number, "0 or 1")                                                              \
    X(integer, number, "two's complement")                                                    \
    X(big_integer, characters, "what does not fit an integer, as 0x…")                        \
    X(real, number, "the bits of a double")                                                   \
    X(text, characters, "UTF-8, or as the file has it")                                       \
    X(bytes, characters, "as they are")                                                       \
    X(list, children, "the items")                                                            \
    X(tuple, children, "the items")                                                           \
    X(set, children, "the items")                                                             \
    X(frozenset, children, "the items")                                                       \
    X(dict, children, "keys and values in turn")                                              \
    X(tensor, number, "its index in the list of tensors")                                     \
    X(global, characters, "\"module.name\", never imported")                                  \
    X(object, children, "what made it; then words and values in turn: args, state, items, …") \
    X(opaque, characters, "a description of what is not kept")

enum class TreeKind : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, ...) name,
    PRATIQUE_TREE_KINDS(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};
std::string_view name(TreeKind kind);

using TreeId = std::uint32_t;

/// Thread-safe for reading. Making costs memory in proportion to what is put in; nodes and text are
/// limited (limit_nodes, limit_bytes) by the constants below.
class Tree {
public:
    struct Node {
        TreeKind kind{};
        std::uint64_t number = 0;  ///< boolean, integer (two's complement), real (bits), tensor
        std::uint64_t first = 0;   ///< of text: where it starts; of others: first child
        std::uint32_t count = 0;   ///< characters or children
    };

    Tree() : nodes_(1) {}

    static constexpr std::size_t kMostNodes = 2'000'000;
    static constexpr std::size_t kMostText = 32 * kMiB;

    TreeId none() { return add(TreeKind::none, 0); }
    TreeId boolean(bool value) { return add(TreeKind::boolean, value ? 1 : 0); }
    TreeId integer(std::int64_t value);
    /// An integer, or a big one if it needs the 64th bit.
    TreeId unsigned_integer(std::uint64_t value);
    TreeId real(double value);
    TreeId tensor(std::uint32_t index) { return add(TreeKind::tensor, index); }
    /// text, bytes, big_integer, global, opaque. Cut at kLongestText, with "…" behind it.
    TreeId string(TreeKind kind, std::string_view characters);
    TreeId text(std::string_view characters) { return string(TreeKind::text, characters); }
    /// list, tuple, set, frozenset, dict, object. Without children they can be given later, once.
    TreeId container(TreeKind kind, std::span<const TreeId> children = {});
    void set_children(TreeId container, std::span<const TreeId> children);

    static constexpr std::size_t kLongestText = 64 * kKiB;

    const Node& operator[](TreeId id) const { return nodes_[id]; }
    std::size_t size() const { return nodes_.size(); }
    std::span<const TreeId> children(TreeId id) const;
    std::string_view characters(TreeId id) const;
    double real_of(TreeId id) const;
    std::int64_t integer_of(TreeId id) const;
    /// The value of a text key of a dict, or nothing.
    std::optional<TreeId> find(TreeId dict, std::string_view key) const;
    /// A limit was reached and something was left out: `none` stands for it.
    bool full() const { return full_; }

    void encode(WireWriter& out) const;
    /// What encode() wrote, every number checked. Errors: truncated, bad_header, limit_nodes,
    /// limit_bytes.
    static Result<Tree> decode(Reader& in);

private:
    TreeId add(TreeKind kind, std::uint64_t number);

    std::vector<Node> nodes_;  ///< the first is `none`: what there was no room for
    std::vector<TreeId> children_;
    std::string text_;
    bool full_ = false;
};

/// A dict under construction: the usual shape of metadata.
class DictBuilder {
public:
    explicit DictBuilder(Tree& tree) : tree_(tree) {}
    DictBuilder& add(std::string_view key, TreeId value);
    DictBuilder& text(std::string_view key, std::string_view value);
    DictBuilder& integer(std::string_view key, std::int64_t value);
    bool empty() const { return children_.empty(); }
    TreeId take();

private:
    Tree& tree_;
    std::vector<TreeId> children_;
};

}  // namespace pratique::loader
