#include "sandbox/loader/pickle/graph.h"

#include <algorithm>

#include "formats/pickle/decoder.h"
#include "rules/rules.h"

namespace pratique::loader {

using pickle::Effect;
using pickle::EffectKind;
using pickle::Kind;
using pickle::Value;

namespace {

/// Latin-1 text as its bytes; nothing if a character has no byte.
std::optional<std::vector<std::byte>> latin1(std::string_view utf8) {
    std::vector<std::byte> out;
    out.reserve(utf8.size());
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        if (lead < 0x80) {
            out.push_back(std::byte{lead});
        } else if ((lead == 0xc2 || lead == 0xc3) && i + 1 < utf8.size()) {
            const auto next = static_cast<unsigned char>(utf8[++i]);
            out.push_back(static_cast<std::byte>((lead & 0x03U) << 6 | (next & 0x3fU)));
        } else {
            return std::nullopt;
        }
    }
    return out;
}

void add_pairs(const std::vector<Value>& flat, Contents& out) {
    out.pairs.reserve(out.pairs.size() + flat.size() / 2);
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
        out.pairs.emplace_back(flat[i], flat[i + 1]);
}

}  // namespace

Graph::Graph(pickle::Program program) : program_(std::move(program)) {
    known_.resize(program_.nodes.size());
    index_effects();
}

void Graph::index_effects() {
    first_effect_.assign(program_.nodes.size(), kNone);
    next_effect_.assign(program_.effects.size(), kNone);
    for (std::size_t i = program_.effects.size(); i-- > 0;) {
        const Effect& effect = program_.effects[i];
        const bool acts_on =
            effect.kind == EffectKind::set_state || effect.kind == EffectKind::append ||
            effect.kind == EffectKind::set_item || effect.kind == EffectKind::add_item;
        if (!acts_on || !effect.subject.is_node()) continue;
        next_effect_[i] = first_effect_[effect.subject.index()];
        first_effect_[effect.subject.index()] = static_cast<std::uint32_t>(i);
    }
}

Name Graph::name_of(Value global) const {
    if (global.kind() != Kind::global) return {};
    Name out;
    const Value module = program_.item(global, 0);
    if (module) {
        const auto module_text = program_.text(module);
        const auto name_text = program_.text(program_.item(global, 1));
        if (!module_text || !name_text) return {};
        out = {*module_text, *name_text};
    } else {
        const std::uint64_t at = program_.at(global);
        const auto in = pickle::Decoder(from(program_.stream, at), at).next();
        if (!in) return {};
        out = {std::string(pratique::text(in->first)), std::string(pratique::text(in->second))};
    }
    if (program_[global].protocol < 3) {
        const auto [new_module, new_name] = rules::python3_name(out.module, out.name);
        out = {std::string(new_module), std::string(new_name)};
    }
    return out;
}

KnownName Graph::known(Value value) const {
    if (value.kind() != Kind::global) return {};
    auto& answer = known_[value.index()];
    if (!answer) {
        const Name name = name_of(value);
        answer = loader::known(name.module, name.name);
    }
    return *answer;
}

std::optional<Graph::Call> Graph::call(Value value) const {
    if (value.kind() != Kind::object || !value.is_node()) return std::nullopt;
    Call out{program_.item(value, 0), program_.item(value, 1), program_.item(value, 2)};
    const auto made = known(out.callable).known;
    const auto opcode = static_cast<pickle::Op>(program_.at(value) < program_.stream.size()
                                                    ? program_.stream[program_.at(value)]
                                                    : std::byte{0});
    out.by_class = opcode != pickle::Op::reduce;
    if (made == Known::new_object) {
        out.callable = program_.item(out.arguments, 0);
        out.skip = 1;
        out.by_class = true;
    } else if (made == Known::reconstructor) {
        // (class, base, state of the base): only the class makes the instance.
        out.callable = program_.item(out.arguments, 0);
        out.skip = 2;
        out.by_class = true;
    } else if (made == Known::new_object_ex) {
        out.keywords = program_.item(out.arguments, 2);
        out.callable = program_.item(out.arguments, 0);
        out.arguments = program_.item(out.arguments, 1);
        out.by_class = true;
    }
    return out;
}

std::vector<Value> Graph::states(Value value) const {
    std::vector<Value> out;
    if (!value.is_node()) return out;
    for (auto i = first_effect_[value.index()]; i != kNone; i = next_effect_[i]) {
        const Effect& effect = program_.effects[i];
        if (effect.kind == EffectKind::set_state) out.push_back(effect.argument);
    }
    return out;
}

bool Graph::has_items(Value value) const {
    if (!value.is_node()) return false;
    for (auto i = first_effect_[value.index()]; i != kNone; i = next_effect_[i]) {
        if (program_.effects[i].kind != EffectKind::set_state) return true;
    }
    return false;
}

void Graph::add_effects(Value value, Contents& out) const {
    for (auto i = first_effect_[value.index()]; i != kNone; i = next_effect_[i]) {
        const Effect& effect = program_.effects[i];
        if (effect.kind == EffectKind::set_state) {
            out.states.push_back(effect.argument);
        } else if (effect.kind == EffectKind::set_item) {
            add_pairs(program_.items(effect.argument), out);
        } else {
            const auto items = program_.items(effect.argument);
            out.items.insert(out.items.end(), items.begin(), items.end());
        }
    }
}

Contents Graph::object_contents(const Call& made) const {
    Contents out;
    out.form = Form::object;
    out.maker = made.callable;
    out.keywords = made.keywords;
    out.called = !made.by_class;
    if (made.skip == 0) out.arguments = made.arguments;
    // What a list, dict or text subclass was reconstructed from.
    const Value base = made.skip == 2 ? program_.item(made.arguments, 2) : Value();
    if (base && base.kind() != Kind::none) out.items.push_back(base);
    if (made.skip == 1) {
        out.items = program_.items(made.arguments);
        if (!out.items.empty()) out.items.erase(out.items.begin());
    }
    return out;
}

Contents Graph::contents_of_call(Value value) const {
    Contents out;
    const auto made = call(value);
    if (!made) return out;
    const Known callable = known(made->callable).known;
    const Value first = program_.item(made->arguments, made->skip);
    if (callable == Known::mapping || callable == Known::default_map) {
        out.form = Form::mapping;
        // OrderedDict([[key, value], …]) is what Python 2 wrote; dict(dict) copies.
        const Value initial =
            callable == Known::mapping ? first : program_.item(made->arguments, made->skip + 1);
        if (initial.kind() == Kind::dict) add_pairs(program_.items(initial), out);
        if (initial.kind() == Kind::list || initial.kind() == Kind::tuple) {
            for (const Value pair : program_.items(initial)) {
                out.pairs.emplace_back(program_.item(pair, 0), program_.item(pair, 1));
            }
        }
    } else if (is_sequence(callable)) {
        out.form = Form::sequence;
        if (first.is_node()) out.items = program_.items(first);
    } else {
        return object_contents(*made);
    }
    return out;
}

Contents Graph::contents(Value value) const {
    Contents out;
    switch (value.kind()) {
        case Kind::tuple:
        case Kind::list:
        case Kind::set:
        case Kind::frozenset:
            out.form = Form::sequence;
            out.items = program_.items(value);
            return out;
        case Kind::dict:
            out.form = Form::mapping;
            add_pairs(program_.items(value), out);
            return out;
        case Kind::object: out = contents_of_call(value); break;
        case Kind::global:
        case Kind::persistent:
        case Kind::extension:
        case Kind::buffer:
        case Kind::absent:
        case Kind::none:
        case Kind::boolean:
        case Kind::integer:
        case Kind::real:
        case Kind::bytes:
        case Kind::text:
        case Kind::bytearray: return out;
    }
    if (value.is_node()) add_effects(value, out);
    return out;
}

std::optional<std::string> Graph::text(Value value) const {
    if (auto text = program_.text(value)) return text;
    if (const auto raw = program_.bytes(value)) return std::string(pratique::text(*raw));
    return std::nullopt;
}

bool Graph::is_text(Value value, std::string_view wanted) const {
    if (value.kind() == Kind::text) return program_.is_text(value, wanted);
    return text(value) == wanted;
}

std::optional<Bytes> Graph::encoded(Value text_constant) {
    // One text may be encoded by many calls; no honest file has more than each once.
    const std::uint64_t most = kMiB + 4 * program_.stream.size();
    const auto text = program_.text(text_constant);
    if (!text || encoded_bytes_ > most) return std::nullopt;
    const auto instruction = program_.instruction(text_constant);
    // The escapes of a STRING, Python 2's, are bytes already.
    const bool is_bytes = instruction && instruction->op == pickle::Op::string;
    const Bytes raw = as_bytes(*text);
    auto encoded =
        is_bytes ? std::optional(std::vector<std::byte>(raw.begin(), raw.end())) : latin1(*text);
    if (!encoded) return std::nullopt;
    encoded_bytes_ += encoded->size();
    encoded_.push_back(std::move(*encoded));
    return encoded_.back();
}

std::optional<Bytes> Graph::bytes(Value value) {
    if (const auto raw = program_.bytes(value)) return raw;
    // STRING of protocol 0 is text to us and bytes to whoever expects them.
    if (value.kind() == Kind::text) return encoded(value);
    const auto made = call(value);
    if (!made) return std::nullopt;
    const Known callable = known(made->callable).known;
    if (callable != Known::encode && callable != Known::bytes_of) return std::nullopt;
    const Value first = program_.item(made->arguments, made->skip);
    if (!first) return Bytes{};
    if (const auto raw = program_.bytes(first)) return raw;
    return encoded(first);
}

std::optional<pickle::RawArray> Graph::raw_array(Value wrapper) const {
    if (!wrapper.is_node()) return std::nullopt;
    for (auto i = first_effect_[wrapper.index()]; i != kNone; i = next_effect_[i]) {
        const std::uint64_t begin = program_.effects[i].at + 1;  // behind the BUILD opcode
        const auto& arrays = program_.raw_arrays;
        const auto found = std::lower_bound(
            arrays.begin(), arrays.end(), begin,
            [](const pickle::RawArray& a, std::uint64_t offset) { return a.begin < offset; });
        if (found != arrays.end() && found->begin == begin) return *found;
    }
    return std::nullopt;
}

std::optional<std::size_t> Graph::nested_at(std::uint64_t begin) const {
    const auto& nested = program_.nested;
    const auto found = std::lower_bound(nested.begin(), nested.end(), begin,
                                        [](const pickle::Program& program, std::uint64_t offset) {
                                            return program.begin < offset;
                                        });
    if (found == nested.end() || found->begin != begin) return std::nullopt;
    return static_cast<std::size_t>(found - nested.begin());
}

}  // namespace pratique::loader
