#include "api/tree_json.h"

#include <vector>

#include "base/text.h"

namespace pratique::api {

using loader::Tree;
using loader::TreeId;
using loader::TreeKind;

namespace {

constexpr unsigned kDeepest = 200;
/// What is shown on one line: so many children, each of so many characters.
constexpr std::size_t kMostSimple = 12;
constexpr std::size_t kLongestSimple = 40;

class Printer {
public:
    Printer(json::Writer& out, const Tree& tree, std::size_t most)
        : out_(out), tree_(tree), left_(most), mentions_(tree.size()), written_(tree.size()) {
        for (TreeId id = 0; id < tree.size(); ++id) {
            for (const TreeId child : tree.children(id)) ++mentions_[child];
        }
    }

    /// The root is mentioned by whoever asks for it, so that a way back to it is a second mention.
    void run(TreeId root) {
        ++mentions_[root];
        put(root, 0);
    }

private:
    // NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
    void put(TreeId id, unsigned depth) {
        if (depth > kDeepest || left_ == 0) {
            out_.begin_object().key("$left_out").boolean(true).end_object();
            return;
        }
        --left_;
        const Tree::Node& node = tree_[id];
        switch (node.kind) {
            case TreeKind::none: out_.null(); return;
            case TreeKind::boolean: out_.boolean(node.number != 0); return;
            case TreeKind::integer: out_.signed_number(tree_.integer_of(id)); return;
            case TreeKind::real: out_.real(tree_.real_of(id)); return;
            case TreeKind::text: out_.verbatim(tree_.characters(id)); return;
            case TreeKind::tensor:
                out_.begin_object().key("$tensor").number(node.number).end_object();
                return;
            case TreeKind::bytes:
                single("$bytes", hex(slice(as_bytes(tree_.characters(id)), 0, kMostBytes)));
                return;
            case TreeKind::big_integer: single("$integer", tree_.characters(id)); return;
            case TreeKind::global: single("$global", tree_.characters(id)); return;
            case TreeKind::opaque: single("$opaque", tree_.characters(id)); return;
            case TreeKind::list:
            case TreeKind::tuple:
            case TreeKind::set:
            case TreeKind::frozenset:
            case TreeKind::dict:
            case TreeKind::object: container(id, depth); return;
        }
    }

    static constexpr std::size_t kMostBytes = 1024;

    void single(std::string_view key, std::string_view text) {
        out_.begin_object().key(key).verbatim(text).end_object();
    }

    // NOLINTNEXTLINE(misc-no-recursion): see put()
    void container(TreeId id, unsigned depth) {
        if (written_[id]) {
            out_.begin_object().key("$ref").number(id).end_object();
            return;
        }
        written_[id] = true;
        const TreeKind kind = tree_[id].kind;
        const bool shared = mentions_[id] > 1 && tree_[id].count != 0;
        const bool plain_dict = kind == TreeKind::dict && has_text_keys(id);
        if (!shared && kind == TreeKind::list) return items(id, depth);
        if (!shared && plain_dict) return pairs(id, depth);
        out_.begin_object();
        if (shared) out_.key("$id").number(id);
        if (kind == TreeKind::object) {
            object(id, depth);
        } else {
            out_.key("$" + std::string(name(kind)));
            plain_dict ? pairs(id, depth) : items(id, depth);
        }
        out_.end_object();
    }

    bool has_text_keys(TreeId id) const {
        const auto children = tree_.children(id);
        for (std::size_t i = 0; i < children.size(); i += 2) {
            const bool text = tree_[children[i]].kind == TreeKind::text;
            // A key like ours would be taken for ours.
            if (!text || tree_.characters(children[i]).starts_with('$')) return false;
        }
        return true;
    }

    /// Of a dict with other keys: keys and values in turn.
    // NOLINTNEXTLINE(misc-no-recursion): see put()
    void items(TreeId id, unsigned depth) {
        out_.begin_array();
        for (const TreeId child : tree_.children(id)) {
            put(child, depth + 1);
            if (left_ == 0) break;
        }
        out_.end_array();
    }

    // NOLINTNEXTLINE(misc-no-recursion): see put()
    void pairs(TreeId id, unsigned depth) {
        out_.begin_object();
        const auto children = tree_.children(id);
        for (std::size_t i = 0; i + 1 < children.size() && left_ != 0; i += 2) {
            out_.verbatim_key(tree_.characters(children[i]));
            put(children[i + 1], depth + 1);
        }
        out_.end_object();
    }

    /// "$object": what made it, then its words as keys.
    // NOLINTNEXTLINE(misc-no-recursion): see put()
    void object(TreeId id, unsigned depth) {
        const auto children = tree_.children(id);
        out_.key("$object");
        if (children.empty()) {
            out_.null();
            return;
        }
        put(children[0], depth + 1);
        for (std::size_t i = 1; i + 1 < children.size(); i += 2) {
            out_.verbatim_key(tree_.characters(children[i]));
            put(children[i + 1], depth + 1);
        }
    }

    json::Writer& out_;
    const Tree& tree_;
    std::size_t left_;
    std::vector<std::uint32_t> mentions_;
    std::vector<bool> written_;
};

}  // namespace

void put_tree(json::Writer& out, const Tree& tree, TreeId id, std::size_t most) {
    Printer(out, tree, most).run(id);
}

namespace {

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

bool is_simple(const Tree& tree, TreeId id) {
    return tree.children(id).empty() && tree[id].kind != TreeKind::tensor &&
           tree[id].count <= kLongestSimple;
}

/// "name: ai.onnx, version: 17", if it is that simple.
std::string inline_form(const Tree& tree, TreeId id) {
    const auto children = tree.children(id);
    const bool dict = tree[id].kind == TreeKind::dict;
    if (children.empty() || children.size() > kMostSimple) return "";
    std::string out;
    for (std::size_t i = 0; i < children.size(); ++i) {
        if (!is_simple(tree, children[i])) return "";
        const bool is_value = dict && i % 2 == 1;
        if (i != 0) out += is_value ? ": " : ", ";
        out += short_form(tree, children[i]);
    }
    return out;
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): once, by inline_form(), for values without children
std::string short_form(const Tree& tree, TreeId id) {
    const Tree::Node& node = tree[id];
    switch (node.kind) {
        case TreeKind::none: return "none";
        case TreeKind::boolean: return node.number != 0 ? "true" : "false";
        case TreeKind::integer: return std::to_string(tree.integer_of(id));
        case TreeKind::real: return std::to_string(tree.real_of(id));
        case TreeKind::tensor: return "tensor " + std::to_string(node.number);
        case TreeKind::text:
        case TreeKind::big_integer:
        case TreeKind::global:
        case TreeKind::opaque: return escape(tree.characters(id), 200);
        case TreeKind::bytes: return std::to_string(node.count) + " bytes";
        case TreeKind::dict:
        case TreeKind::list:
        case TreeKind::tuple:
        case TreeKind::set:
        case TreeKind::frozenset: {
            const std::string simple = inline_form(tree, id);
            if (!simple.empty()) return simple;
            return node.kind == TreeKind::dict ? counted(node.count / 2, "entry", "entries")
                                               : counted(node.count, "item", "items");
        }
        case TreeKind::object: return "an object";
    }
    return "";
}

}  // namespace pratique::api
