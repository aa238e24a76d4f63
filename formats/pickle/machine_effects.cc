// Whatever would make Python run code that is not the unpickler's own.
#include <algorithm>

#include "base/text.h"
#include "formats/pickle/joblib.h"
#include "formats/pickle/machine_impl.h"

namespace pratique::pickle {

Result<Value> Machine::import(Value module, Value name) {
    const Value value = heap_.make(Kind::global, at_, protocol_);
    if (!value) return Error{Errc::limit_nodes, at_};
    if (module) {
        const Value names[] = {module, name};
        heap_.fill(value, names, nullptr, outer());
    }
    program_.effects.push_back({EffectKind::import_, at_, value, {}});
    return value;
}

Status Machine::global(const Instruction& in) {
    // pickle.py imports a module to look up no name in it; C refuses.
    if (in.first.empty() || in.second.empty()) note(NoteKind::text_line);
    if (in.first.empty()) return Error{Errc::bad_line, at_};
    if (!is_utf8(text(in.first)) || !is_utf8(text(in.second))) return Error{Errc::bad_text, at_};
    return push(TRY(import({}, {})));
}

/// The operands may be anything here: text that was fetched from an object is text to Python.
Status Machine::stack_global() {
    TRY(need(2));
    const Value name = TRY(pop());
    const Value module = TRY(pop());
    const auto could_be_text = [](Value value) {
        return value.kind() == Kind::text || value.kind() >= Kind::global;
    };
    if (!could_be_text(module) || !could_be_text(name)) return Error{Errc::wrong_type, at_};
    return push(TRY(import(module, name)));
}

Result<Value> Machine::result_of(EffectKind kind, std::span<const Value> parts) {
    // Constants and plain containers cannot be called; every reader stops here.
    if (parts.front().kind() < Kind::global) return Error{Errc::wrong_type, at_};
    const Value value = heap_.make(Kind::object, at_, protocol_);
    if (!value) return Error{Errc::limit_nodes, at_};
    heap_.fill(value, parts, nullptr, outer());
    program_.effects.push_back({kind, at_, value, {}});
    return value;
}

Status Machine::call(EffectKind kind, std::size_t parts) {
    TRY(need(parts));
    const std::size_t height = stack_.size() - parts;
    if (stack_[height + 1].kind() != Kind::tuple) {
        // C wants a tuple; pickle.py unpacks whatever can be iterated.
        if (stack_[height + 1].kind() <= Kind::real) return Error{Errc::wrong_type, at_};
        note(NoteKind::arguments_no_tuple);
    }
    const Value value = TRY(result_of(kind, above(height)));
    stack_.resize(height);
    return push(value);
}

/// OBJ takes class and arguments from the stack, INST the class by name.
Status Machine::instantiate(const Instruction& in) {
    Value callable;
    if (in.op == Op::inst) {
        if (in.first.empty() || in.second.empty()) note(NoteKind::text_line);
        if (in.first.empty()) return Error{Errc::bad_line, at_};
        const auto is_ascii = [](Bytes bytes) {
            return std::all_of(bytes.begin(), bytes.end(),
                               [](std::byte b) { return b < std::byte{0x80}; });
        };
        if (!is_ascii(in.first) || !is_ascii(in.second)) return Error{Errc::bad_text, at_};
        // pickle.py imports before it looks for the mark.
        if (marks_.empty()) note(NoteKind::import_before_error);
        callable = TRY(import({}, {}));
        program_.nodes[callable.index()].from_inst = true;
    }
    const Mark mark = TRY(pop_mark());
    std::size_t first_argument = mark.stack;
    if (in.op == Op::obj) {
        if (stack_.size() <= mark.stack) return Error{Errc::stack_underflow, at_};
        callable = stack_[mark.stack];
        ++first_argument;
    }
    const Value arguments = TRY(build(Kind::tuple, above(first_argument), nullptr));
    const Value parts[] = {callable, arguments};
    const Value value = TRY(result_of(EffectKind::instantiate, parts));
    stack_.resize(mark.stack);
    Heap::close(mark, outer());
    return push(value);
}

Status Machine::set_state() {
    TRY(need(2));
    const Value state = TRY(pop());
    const Value target = TRY(top());
    // Plain values have neither __setstate__ nor __dict__; None as state changes nothing.
    if (target.kind() < Kind::global) {
        if (state.kind() == Kind::none) return {};
        return Error{Errc::wrong_type, at_};
    }
    program_.effects.push_back({EffectKind::set_state, at_, target, state});
    return options_.raw_arrays ? read_raw_array(target) : Status{};
}

Status Machine::read_raw_array(Value wrapper) {
    const auto array = joblib_array(program_, wrapper);
    if (!array) return {};
    const std::uint64_t begin = decoder_.offset();
    if (array->has_objects) {
        if (limits_.pickle_depth == 0) return Error{Errc::limit_depth, begin};
        Limits inner = limits_;
        --inner.pickle_depth;
        program_.nested.push_back(pickle::run(program_.stream, begin, inner, options_));
        const Program& nested = program_.nested.back();
        if (nested.error) return *nested.error;
        TRY(decoder_.skip(nested.end - begin));
    } else {
        TRY(decoder_.skip(TRY(array->size(from(program_.stream, begin), begin))));
    }
    program_.raw_arrays.push_back({begin, decoder_.offset()});
    frame_end_ = 0;
    return {};
}

Status Machine::persistent(const Instruction& in) {
    const bool is_line = in.op == Op::persid;
    const Value id = is_line ? Value::constant(Kind::text, at_) : TRY(pop());
    const Value value = heap_.make(Kind::persistent, at_, protocol_);
    if (!value) return Error{Errc::limit_nodes, at_};
    heap_.fill(value, std::span(&id, 1), nullptr, outer());
    program_.effects.push_back({EffectKind::persistent, at_, value, {}});
    return push(value);
}

Status Machine::extension(const Instruction& in) {
    if (static_cast<std::int64_t>(in.number) <= 0) return Error{Errc::bad_number, at_};
    note(NoteKind::unregistered_extension);
    const Value value = heap_.make(Kind::extension, at_, protocol_);
    TRY(push(value));
    program_.effects.push_back({EffectKind::extension, at_, value, {}});
    return {};
}

}  // namespace pratique::pickle
