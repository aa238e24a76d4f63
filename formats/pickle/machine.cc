#include "formats/pickle/machine.h"

#include <algorithm>

#include "base/text.h"
#include "formats/pickle/machine_impl.h"
#include "formats/pickle/text_args.h"

namespace pratique::pickle {
namespace {

bool is_ascii(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace

Status Machine::step() {
    at_ = decoder_.offset();
    const auto next = decoder_.next();
    if (!next) return next.error();
    const Instruction& in = *next;
    if (++program_.opcodes > options_.most_opcodes) return Error{Errc::limit_steps, at_};
    if (frame_end_ != 0) watch_frame(in);
    if (in.unterminated) note(NoteKind::text_line);
    return execute(in);
}

// The one switch over opcodes of the project.
// NOLINTNEXTLINE(readability-function-size): a line for each opcode
Status Machine::execute(const Instruction& in) {
    switch (in.op) {
        case Op::mark: marks_.push_back(heap_.mark(stack_.size())); return {};
        case Op::stop: return stop();
        case Op::pop: return pop_any();
        case Op::pop_mark: return pop_to_mark();
        case Op::dup: return push(TRY(top()));

        case Op::none: return constant(Kind::none);
        case Op::newtrue:
        case Op::newfalse: return constant(Kind::boolean);
        case Op::integer: return text_integer(text(in.first), true);
        case Op::long_: return text_integer(text(in.first), false);
        case Op::binint:
        case Op::binint1:
        case Op::binint2:
        case Op::long1:
        case Op::long4: return constant(Kind::integer);
        case Op::real: return text_float(text(in.first));
        case Op::binfloat: return constant(Kind::real);

        case Op::string: return text_string(in);
        case Op::binstring:
        case Op::short_binstring: return counted_text(in, true);
        case Op::unicode: return text_constant(in);
        case Op::binunicode:
        case Op::short_binunicode:
        case Op::binunicode8: return counted_text(in, false);
        case Op::binbytes:
        case Op::short_binbytes:
        case Op::binbytes8: return constant(Kind::bytes);
        case Op::bytearray8: return constant(Kind::bytearray);
        case Op::next_buffer:
            note(NoteKind::out_of_band);
            return push(heap_.make(Kind::buffer, at_, protocol_));
        case Op::readonly_buffer: return need(1);

        case Op::empty_tuple: return push(TRY(build(Kind::tuple, {}, nullptr)));
        case Op::tuple1: return fixed_tuple(1);
        case Op::tuple2: return fixed_tuple(2);
        case Op::tuple3: return fixed_tuple(3);
        case Op::tuple: return from_mark(Kind::tuple);
        case Op::empty_list: return push(TRY(build(Kind::list, {}, nullptr)));
        case Op::list: return from_mark(Kind::list);
        case Op::empty_dict: return push(TRY(build(Kind::dict, {}, nullptr)));
        case Op::dict: return from_mark(Kind::dict);
        case Op::empty_set: return push(TRY(build(Kind::set, {}, nullptr)));
        case Op::frozenset: return from_mark(Kind::frozenset);

        case Op::append: TRY(need(2)); return append(stack_.size() - 1, nullptr);
        case Op::appends: {
            const Mark mark = TRY(pop_mark());
            return append(mark.stack, &mark);
        }
        case Op::setitem: TRY(need(3)); return set_items(stack_.size() - 2, nullptr);
        case Op::setitems: {
            const Mark mark = TRY(pop_mark());
            return set_items(mark.stack, &mark);
        }
        case Op::additems: return add_items();

        case Op::put: return text_slot(in, &Machine::put);
        case Op::binput:
        case Op::long_binput: return put(in.number);
        case Op::memoize: return put(heap_.memo_count());
        case Op::get: return text_slot(in, &Machine::get);
        case Op::binget:
        case Op::long_binget: return get(in.number);

        case Op::global: return global(in);
        case Op::stack_global: return stack_global();
        case Op::inst: return instantiate(in);
        case Op::obj: return instantiate(in);
        case Op::reduce: return call(EffectKind::call, 2);
        case Op::newobj: return call(EffectKind::construct, 2);
        case Op::newobj_ex: return call(EffectKind::construct, 3);
        case Op::build: return set_state();
        case Op::persid:
        case Op::binpersid: return persistent(in);
        case Op::ext1:
        case Op::ext2:
        case Op::ext4: return extension(in);

        case Op::proto:
            if (in.number > kHighestProtocol) return Error{Errc::bad_protocol, at_};
            if (at_ != program_.begin) note(NoteKind::protocol_change);
            protocol_ = static_cast<std::uint8_t>(in.number);
            return {};
        case Op::frame: return frame(in.number);
    }
    return Error{Errc::bad_opcode, at_};
}

// --- Stack -------------------------------------------------------------------------------------

/// POP takes a mark off if one is on top, as C does.
Status Machine::pop_any() {
    if (!marks_.empty() && marks_.back().stack == stack_.size()) {
        Heap::close(TRY(pop_mark()), outer());
        return {};
    }
    TRY(pop());
    return {};
}

Status Machine::pop_to_mark() {
    const Mark mark = TRY(pop_mark());
    stack_.resize(mark.stack);
    Heap::close(mark, outer());
    return {};
}

Status Machine::stop() {
    program_.root = TRY(pop());
    if (!stack_.empty() || !marks_.empty()) note(NoteKind::stack_left);
    if (frame_too_long_) note(NoteKind::frame_crossed);
    stopped_ = true;
    return {};
}

// --- Constants in text form ----------------------------------------------------------------------

Status Machine::text_integer(std::string_view text, bool may_be_boolean) {
    if (may_be_boolean && (text == "00" || text == "01")) return constant(Kind::boolean);
    if (!may_be_boolean && text.ends_with('L')) text.remove_suffix(1);
    const Reading reading = read_integer(text);
    if (reading == Reading::refused) return Error{Errc::bad_number, at_};
    if (reading == Reading::disputed) note(NoteKind::text_number);
    // CPython's own limit, sys.int_info.default_max_str_digits since 3.11.
    constexpr std::size_t kMostDigits = 4300;
    if (text.size() > kMostDigits) note(NoteKind::long_number);
    return constant(Kind::integer);
}

Status Machine::text_float(std::string_view text) {
    const Reading reading = read_float(text);
    if (reading == Reading::refused) return Error{Errc::bad_number, at_};
    if (reading == Reading::disputed) note(NoteKind::text_number);
    return constant(Kind::real);
}

Status Machine::text_string(const Instruction& in) {
    const auto plain = unescape_string(text(in.first));
    if (!plain) return Error{Errc::bad_text, at_};
    // Read with encoding "ASCII" this fails, with "utf-8" or "latin1" it goes on.
    if (!is_ascii(*plain)) note(NoteKind::text_encoding);
    return constant(Kind::text);
}

Status Machine::text_constant(const Instruction& in) {
    const std::string_view characters = text(in.first);
    const bool escaped = characters.find('\\') != std::string_view::npos;
    if (escaped && !unescape_unicode(characters)) return Error{Errc::bad_text, at_};
    return constant(Kind::text);
}

Status Machine::counted_text(const Instruction& in, bool is_python2) {
    const std::string_view characters = text(in.first);
    if (is_python2) {
        if (!is_ascii(characters)) note(NoteKind::text_encoding);
        return constant(Kind::text);
    }
    if (!is_utf8(characters, true)) return Error{Errc::bad_text, at_};
    return constant(Kind::text);
}

// --- What readers disagree about ---------------------------------------------------------------

void Machine::watch_frame(const Instruction& in) {
    const std::uint64_t end = decoder_.offset();
    if (end > frame_end_ && in.at < frame_end_) note(NoteKind::frame_crossed);
    if (in.op == Op::frame && end < frame_end_) note(NoteKind::frame_crossed);
    if (end >= frame_end_) frame_end_ = 0;
}

Status Machine::frame(std::uint64_t length) {
    // C refuses a frame that is longer than what is left; pickle.py reads what there is.
    const std::uint64_t left = decoder_.rest().size();
    // A pickle that is cut off looks the same: it is no lie before there is a STOP.
    if (length > left) frame_too_long_ = true;
    frame_end_ = length == 0 || length > left ? 0 : decoder_.offset() + length;
    return {};
}

void Machine::note(NoteKind kind) {
    // Notes beyond this many of one pickle say nothing new.
    constexpr std::size_t kMostNotes = 1000;
    if (program_.notes.size() < kMostNotes) program_.notes.push_back({kind, at_});
}

Program run(Bytes stream, std::uint64_t begin, const Limits& limits, RunOptions options) {
    Program program;
    program.stream = stream;
    program.begin = begin;
    Machine(program, limits, options).run();
    return program;
}

}  // namespace pratique::pickle
