#include "sandbox/loader/pickle/inert.h"

#include "base/text.h"

namespace pratique::loader {

using pickle::Kind;
using pickle::Value;

namespace {

/// Of a negative number in two's complement, the most significant byte first: its magnitude.
void negate(std::vector<std::byte>& number) {
    bool carry = true;
    for (auto byte = number.rbegin(); byte != number.rend(); ++byte) {
        *byte = ~*byte;
        if (carry) *byte = static_cast<std::byte>(std::to_integer<unsigned>(*byte) + 1U);
        carry = carry && *byte == std::byte{0};
    }
}

/// Digits of an integer that fits no 64 bits, as hexadecimal; pickles hold it little-endian, in
/// two's complement. What is too long to be a number that anybody uses is cut, with "…" behind it.
std::string big_integer(const pickle::Program& program, Value value) {
    const auto in = program.instruction(value);
    if (!in) return "";
    const std::string_view raw = pratique::text(in->first);
    if (in->op != pickle::Op::long1 && in->op != pickle::Op::long4) return std::string(raw);
    std::vector<std::byte> number(in->first.rbegin(), in->first.rend());
    const bool negative = !number.empty() && (number.front() & std::byte{0x80}) != std::byte{0};
    if (negative) negate(number);
    const bool cut = number.size() > kKiB;
    return (negative ? "-0x" : "0x") + hex(slice(number, 0, kKiB)) + (cut ? "…" : "");
}

/// Of a sequence, by itself or as the call of what makes one.
TreeKind sequence_kind(Kind kind, Known maker) {
    if (kind == Kind::tuple || maker == Known::tuple) return TreeKind::tuple;
    if (kind == Kind::set || maker == Known::set) return TreeKind::set;
    if (kind == Kind::frozenset || maker == Known::frozenset) return TreeKind::frozenset;
    return TreeKind::list;
}

class Inert {
public:
    Inert(Load& load, const RefTable& tensors) : load_(load), tensors_(tensors) {}

    Result<TreeId> run(Ref root) {
        const TreeId id = TRY(add(root));
        while (!todo_.empty()) {
            const auto [ref, at] = todo_.back();
            todo_.pop_back();
            TRY(fill(ref, at));
        }
        return id;
    }

private:
    Result<TreeId> add(Ref ref) {
        if (ref.value.is_constant()) return constant(ref);
        ref = TRY(ref.in->resolve(ref.value));
        if (!ref.value.is_node()) return constant(ref);
        if (const auto known = made_.find(ref)) return *known;
        const TreeId id = TRY(node(ref));
        made_.add(ref, id);
        return id;
    }

    TreeId constant(const Ref& ref) {
        const pickle::Program& program = ref.in->graph().program();
        Tree& tree = load_.tree();
        if (const auto text = program.text(ref.value)) return tree.text(*text);
        if (const auto number = program.integer(ref.value)) return tree.integer(*number);
        if (const auto real = program.real(ref.value)) return tree.real(*real);
        if (const auto boolean = program.boolean(ref.value)) return tree.boolean(*boolean);
        if (const auto raw = program.bytes(ref.value)) {
            return tree.string(TreeKind::bytes, pratique::text(*raw));
        }
        if (ref.value.kind() == Kind::integer) {
            return tree.string(TreeKind::big_integer, big_integer(program, ref.value));
        }
        return tree.none();
    }

    Result<TreeId> node(const Ref& ref) {
        Graph& graph = ref.in->graph();
        Tree& tree = load_.tree();
        if (const auto index = tensors_.find(ref)) return tree.tensor(*index);
        if (TRY(ref.in->tensor(ref.value)) != nullptr) {
            return tree.string(TreeKind::opaque, "a tensor inside of another value");
        }
        if (ref.value.kind() == Kind::global) {
            const std::string name = graph.name_of(ref.value).dotted();
            return tree.string(TreeKind::global, name.empty() ? "a computed name" : name);
        }
        if (ref.value.kind() == Kind::object) {
            if (const auto bytes = graph.bytes(ref.value)) {
                return tree.string(TreeKind::bytes, pratique::text(*bytes));
            }
        }
        const Form form = form_of(ref);
        if (form == Form::leaf) return tree.string(TreeKind::opaque, description(ref.value.kind()));
        const TreeKind kind = form == Form::mapping ? TreeKind::dict
                              : form == Form::object
                                  ? TreeKind::object
                                  : sequence_kind(ref.value.kind(), maker_of(ref));
        const TreeId id = tree.container(kind);
        todo_.emplace_back(ref, id);
        return id;
    }

    static std::string_view description(Kind kind) {
        return kind == Kind::persistent  ? "a persistent reference"
               : kind == Kind::extension ? "an extension code"
                                         : "an out-of-band buffer";
    }

    /// Without looking at what is inside, which may be much.
    static Form form_of(const Ref& ref) {
        const Kind kind = ref.value.kind();
        if (kind == Kind::dict) return Form::mapping;
        if (kind >= Kind::tuple && kind <= Kind::frozenset) return Form::sequence;
        if (kind != Kind::object) return Form::leaf;
        const Known maker = maker_of(ref);
        if (maker == Known::mapping || maker == Known::default_map) return Form::mapping;
        if (is_sequence(maker)) return Form::sequence;
        return Form::object;
    }

    static Known maker_of(const Ref& ref) {
        const auto call = ref.in->graph().call(ref.value);
        return call ? ref.in->graph().known(call->callable).known : Known::unknown;
    }

    Status fill(const Ref& ref, TreeId id) {
        const Contents contents = ref.in->graph().contents(ref.value);
        const auto child = [&](Value value) { return add({ref.in, value}); };
        std::vector<TreeId> children;
        children.reserve(contents.items.size() + 2 * contents.pairs.size());
        if (contents.form == Form::sequence) {
            for (const Value item : contents.items) children.push_back(TRY(child(item)));
        } else if (contents.form == Form::mapping) {
            TRY(add_pairs(contents, ref, children));
        } else {
            TRY(describe(contents, ref, children));
        }
        load_.tree().set_children(id, children);
        return {};
    }

    Status add_pairs(const Contents& contents, const Ref& ref, std::vector<TreeId>& children) {
        for (const auto& [key, value] : contents.pairs) {
            children.push_back(TRY(add({ref.in, key})));
            children.push_back(TRY(add({ref.in, value})));
        }
        return {};
    }

    Status describe(const Contents& contents, const Ref& ref, std::vector<TreeId>& children) {
        Tree& tree = load_.tree();
        children.push_back(TRY(add({ref.in, contents.maker})));
        const auto add_word = [&](std::string_view word, Value value) -> Status {
            children.push_back(tree.text(word));
            children.push_back(TRY(add({ref.in, value})));
            return {};
        };
        if (contents.arguments) TRY(add_word("args", contents.arguments));
        if (contents.keywords) TRY(add_word("kwargs", contents.keywords));
        for (const Value state : contents.states) TRY(add_word("state", state));
        if (!contents.items.empty()) {
            std::vector<TreeId> items;
            for (const Value item : contents.items) items.push_back(TRY(add({ref.in, item})));
            children.push_back(tree.text("items"));
            children.push_back(tree.container(TreeKind::list, items));
        }
        if (!contents.pairs.empty()) {
            std::vector<TreeId> pairs;
            TRY(add_pairs(contents, ref, pairs));
            children.push_back(tree.text("pairs"));
            children.push_back(tree.container(TreeKind::dict, pairs));
        }
        return {};
    }

    Load& load_;
    const RefTable& tensors_;
    RefTable made_;
    std::vector<std::pair<Ref, TreeId>> todo_;
};

}  // namespace

Result<TreeId> add_inert(Load& load, Ref root, const RefTable& tensors) {
    return Inert(load, tensors).run(root);
}

}  // namespace pratique::loader
