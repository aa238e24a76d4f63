#include "sandbox/loader/pickle/names.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace pratique::loader {

using pickle::Kind;
using pickle::Value;

namespace {

constexpr std::size_t kDeepest = 1000;
/// Values inside a key; a key of more is printed with "…".
constexpr unsigned kMostKeyParts = 64;
/// Visits to containers that were walked before: beyond, what is shared is listed once.
constexpr std::uint64_t kMostRepeats = 100'000;

/// As repr() prints it: the shortest digits that give the number back, exponents from 1e16 on.
std::string printed(double number) {
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
    std::array<char, 400> buffer{};
    const double size = std::abs(number);
    const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
    const auto end = std::to_chars(buffer.begin(), buffer.end(), number,
                                   fixed ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    std::string out(buffer.begin(), end);
    if (fixed && out.find('.') == std::string::npos) out += ".0";
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): `parts` bounds it
void print(Graph& graph, Value value, bool nested, unsigned& parts, std::string& out) {
    const pickle::Program& program = graph.program();
    if (++parts > kMostKeyParts) {
        out += "…";
        return;
    }
    if (const auto text = program.text(value)) {
        out += nested ? "'" + *text + "'" : *text;
    } else if (const auto number = program.integer(value)) {
        out += std::to_string(*number);
    } else if (const auto real = program.real(value)) {
        out += printed(*real);
    } else if (const auto boolean = program.boolean(value)) {
        out += *boolean ? "True" : "False";
    } else if (value.kind() == Kind::none) {
        out += "None";
    } else if (const auto raw = program.bytes(value)) {
        out += "b'" + escape(pratique::text(*raw), 256) + "'";
    } else if (value.kind() == Kind::tuple) {
        out += "(";
        const auto items = program.items(value);
        for (std::size_t i = 0; i < items.size() && parts <= kMostKeyParts; ++i) {
            if (i != 0) out += ", ";
            print(graph, items[i], true, parts, out);
        }
        out += items.size() == 1 ? ",)" : ")";
    } else {
        const Name name = graph.name_of(value);
        out += name.name.empty() ? "<object>" : name.dotted();
    }
}

}  // namespace

Step step_of(Graph& graph, Value key) {
    // As nearly every key is.
    if (auto text = graph.program().text(key)) return {std::move(*text), false};
    Step step;
    unsigned parts = 0;
    print(graph, key, false, parts, step.key);
    step.is_number = graph.program().integer(key).has_value();
    return step;
}

namespace {

/// A value on the way, and the step that led to it; no step for what takes its parent's place.
struct Child {
    std::optional<Step> step;
    Ref ref;
};

// Tables of objects inside tables of objects are walked by walks inside walks: kMostNesting of
// them. NOLINTBEGIN(misc-no-recursion)
class Walk {
public:
    Walk(Load& load, RefTable& index) : load_(load), index_(index) {}

    Status run(Ref root, std::vector<Step> prefix) {
        path_ = std::move(prefix);
        TRY(enter({std::nullopt, root}));
        while (!frames_.empty()) TRY(advance());
        return {};
    }

    /// The tensors that were found are parts of another one.
    std::vector<Tensor>* components = nullptr;

private:
    struct Frame {
        std::vector<Child> children;
        std::size_t next = 0;
        std::size_t path = 0;     // length of the path to go back to
        std::uint64_t found = 0;  // tensors before
        RefKey key;
    };
    enum : std::uint64_t { kOnPath = UINT64_MAX };

    Status advance() {
        Frame& frame = frames_.back();
        if (frame.next < frame.children.size()) {
            const std::size_t at = path_.size();
            Child child = std::move(frame.children[frame.next++]);
            const bool named = child.step.has_value();
            if (named) path_.push_back(std::move(*child.step));
            const std::size_t depth = frames_.size();
            TRY(enter({std::nullopt, child.ref}));
            // Entered: the frame takes the step back when it ends.
            if (frames_.size() > depth) {
                frames_.back().path = at;
            } else {
                path_.resize(at);
            }
            return {};
        }
        visited_[frame.key] = found_ - frame.found;
        path_.resize(frame.path);
        frames_.pop_back();
        return {};
    }

    Status enter(Child child) {
        const Ref ref = TRY(child.ref.in->resolve(child.ref.value));
        if (!ref.value.is_node()) return {};
        const Tensor* tensor = TRY(ref.in->tensor(ref.value));
        return tensor != nullptr ? list(ref, *tensor) : open(ref);
    }

    Status list(const Ref& ref, const Tensor& made) {
        Tensor tensor = made;
        tensor.path = path_;
        ++found_;
        const auto elements = ref.in->elements(ref.value);
        const bool flat = elements && elements->shape.size() == 1;
        if (elements && !flat) TRY(add_components(*elements, tensor));
        if (components != nullptr) {
            components->push_back(std::move(tensor));
        } else {
            index_.add(ref, static_cast<std::uint32_t>(load_.out().tensors.size()));
            TRY(load_.add(std::move(tensor)));
        }
        // The elements of a row of objects have the names of a list's.
        return flat ? open(elements->items) : Status{};
    }

    /// Tensors inside a table of objects: "0.1.tree_.values".
    Status add_components(const Values::Elements& elements, Tensor& tensor) {
        if (nesting_ >= kMostNesting) return {};
        Walk inner(load_, index_);
        inner.nesting_ = nesting_ + 1;
        inner.components = &tensor.components;
        const auto items = elements.items.in->graph().program().items(elements.items.value);
        std::vector<std::uint64_t> at(elements.shape.size(), 0);
        for (const Value item : items) {
            std::vector<Step> steps;
            steps.reserve(at.size());
            for (const std::uint64_t place : at) steps.push_back({std::to_string(place), true});
            TRY(inner.run({elements.items.in, item}, std::move(steps)));
            for (std::size_t i = at.size(); i-- > 0;) {
                if (++at[i] < elements.shape[i]) break;
                at[i] = 0;
            }
        }
        return {};
    }

    Status open(const Ref& ref) {
        if (!ref.value.is_node()) return {};
        const RefKey key(ref.in, ref.value.index());
        if (frames_.size() >= kDeepest)
            return Error{Errc::limit_depth, ref.in->graph().at(ref.value)};
        const auto [before, is_new] = visited_.try_emplace(key, kOnPath);
        if (!is_new) {
            const bool worth = before->second != kOnPath && before->second != 0;
            if (!worth) return {};
            if (repeats_++ >= kMostRepeats) {
                if (repeats_ == kMostRepeats + 1) {
                    load_.warn(Errc::limit_steps, ref.in->graph().at(ref.value),
                               "what is shared again and again is listed only once from here on");
                }
                return {};
            }
            before->second = kOnPath;
        }
        Frame frame;
        frame.children = children(ref);
        frame.path = path_.size();
        frame.found = found_;
        frame.key = key;
        frames_.push_back(std::move(frame));
        return {};
    }

    std::vector<Child> children(const Ref& ref) {
        std::vector<Child> out;
        Graph& graph = ref.in->graph();
        const Contents contents = graph.contents(ref.value);
        const auto add = [&](std::optional<Step> step, Value value) {
            // Constants hold no tensors.
            if (value.is_node()) out.push_back({std::move(step), {ref.in, value}});
        };
        const auto word = [](std::string_view text) { return Step{std::string(text), false}; };
        const bool object = contents.form == Form::object;
        // Arguments that are no tuple may be no node either: text, say, which Python unpacks.
        const bool has_arguments =
            contents.arguments.is_node() && graph.program()[contents.arguments].total != 0;
        if (object && has_arguments) {
            add(word("__args__"), contents.arguments);
        }
        if (object && contents.keywords) add(word("__kwargs__"), contents.keywords);
        for (std::size_t i = 0; i < contents.items.size(); ++i) {
            const Step place{std::to_string(i), true};
            if (!object) {
                add(place, contents.items[i]);
            } else if (contents.items[i].is_node()) {
                add(Step{"__items__." + place.key, false}, contents.items[i]);
            }
        }
        add_pairs(graph, contents, ref, out);
        for (const Value state : contents.states) add_state(contents, state, ref, out);
        return out;
    }

    void add_pairs(Graph& graph, const Contents& contents, const Ref& ref,
                   std::vector<Child>& out) {
        // Of a key that occurs twice, Python keeps the first place and the last value.
        const auto count = static_cast<std::size_t>(
            std::count_if(contents.pairs.begin(), contents.pairs.end(),
                          [](const auto& pair) { return pair.second.is_node(); }));
        std::unordered_map<std::string_view, std::size_t> seen;
        seen.reserve(count);
        // The keys stay where they are, for `seen` looks at them there.
        out.reserve(out.size() + count);
        for (const auto& [key, value] : contents.pairs) {
            if (!value.is_node()) continue;
            const Child& child = out.emplace_back(Child{step_of(graph, key), {ref.in, value}});
            const auto [before, is_new] = seen.try_emplace(child.step->key, out.size() - 1);
            if (is_new) continue;
            load_.warn(Errc::duplicate_key, graph.at(key), "the last of equal keys holds");
            out[before->second].ref.value = value;
            out.pop_back();
        }
    }

    /// A dict as state becomes attributes; (dict, slots) both.
    void add_state(const Contents& contents, Value state, const Ref& ref, std::vector<Child>& out) {
        if (!state.is_node()) return;
        const pickle::Program& program = ref.in->graph().program();
        const bool whole_file = contents.called && path_.empty() && frames_.empty();
        const bool attributes = contents.form == Form::object && !whole_file;
        const auto is_dict_or_none = [](Value v) {
            return v.kind() == Kind::dict || v.kind() == Kind::none;
        };
        if (attributes && state.kind() == Kind::dict) {
            out.push_back({std::nullopt, {ref.in, state}});
            return;
        }
        const bool with_slots = state.kind() == Kind::tuple && program[state].total == 2 &&
                                is_dict_or_none(program.item(state, 0)) &&
                                is_dict_or_none(program.item(state, 1));
        if (attributes && with_slots) {
            for (const Value part : program.items(state)) {
                if (part.is_node()) out.push_back({std::nullopt, {ref.in, part}});
            }
            return;
        }
        out.push_back({Step{"__state__", false}, {ref.in, state}});
    }

    static constexpr unsigned kMostNesting = 8;

    Load& load_;
    RefTable& index_;
    std::vector<Step> path_;
    std::vector<Frame> frames_;
    /// Tensors below a container that was walked, or kOnPath.
    std::unordered_map<RefKey, std::uint64_t, RefHash> visited_;
    std::uint64_t found_ = 0;
    std::uint64_t repeats_ = 0;
    unsigned nesting_ = 0;
};
// NOLINTEND(misc-no-recursion)

}  // namespace

Status name_tensors(Load& load, Ref root, std::vector<Step> prefix, RefTable& index) {
    return Walk(load, index).run(root, std::move(prefix));
}

}  // namespace pratique::loader
