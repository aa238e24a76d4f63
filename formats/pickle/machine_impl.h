// The machine's insides, shared by the files that implement it: machine.cc holds the dispatch, the
// stack and the constants, machine_items.cc containers and the memo, machine_effects.cc whatever
// would run code. Nobody else includes this.
#pragma once

#include "formats/pickle/heap.h"
#include "formats/pickle/machine.h"

namespace pratique::pickle {

class Machine {
public:
    Machine(Program& program, const Limits& limits, RunOptions options)
        : program_(program),
          limits_(limits),
          options_(options),
          decoder_(from(program.stream, program.begin), program.begin),
          heap_(program, limits, options.fold) {}

    void run() {
        while (!stopped_) {
            const Status status = step();
            if (!status) {
                program_.error = status.error();
                break;
            }
        }
        program_.end = decoder_.offset();
    }

private:
    Status step();
    Status execute(const Instruction& in);

    // Stack and marks.
    Status push(Value value) {
        if (!value) return Error{Errc::limit_nodes, at_};
        stack_.push_back(value);
        return {};
    }
    Status constant(Kind kind) { return push(Value::constant(kind, at_)); }
    std::size_t fence() const { return marks_.empty() ? 0 : marks_.back().stack; }
    Status need(std::size_t count) const {
        if (stack_.size() < fence() + count) return Error{Errc::stack_underflow, at_};
        return {};
    }
    Result<Value> top() const {
        TRY(need(1));
        return stack_.back();
    }
    Result<Value> pop() {
        const Value value = TRY(top());
        stack_.pop_back();
        return value;
    }
    Result<Mark> pop_mark() {
        if (marks_.empty()) return Error{Errc::mark_missing, at_};
        const Mark mark = marks_.back();
        marks_.pop_back();
        return mark;
    }
    Mark* outer() { return marks_.empty() ? nullptr : &marks_.back(); }
    std::span<const Value> above(std::size_t height) const {
        return std::span(stack_).subspan(height);
    }

    // Groups of opcodes.
    Status pop_any();
    Status pop_to_mark();
    Status text_integer(std::string_view text, bool may_be_boolean);
    Status text_float(std::string_view text);
    Status text_string(const Instruction& in);
    Status text_constant(const Instruction& in);
    Status counted_text(const Instruction& in, bool is_python2);
    Result<Value> build(Kind kind, std::span<const Value> items, const Mark* batch);
    Status fixed_tuple(std::size_t count);
    Status from_mark(Kind kind);
    Status put_items(Kind kind, EffectKind method, Value target, std::span<const Value> items,
                     const Mark* batch);
    Status append(std::size_t height, const Mark* batch);
    Status set_items(std::size_t height, const Mark* batch);
    Status add_items();
    Status mutate(EffectKind kind, Value target, std::span<const Value> items, const Mark* batch);
    Status put(std::uint64_t slot);
    Status get(std::uint64_t slot);
    Status text_slot(const Instruction& in, Status (Machine::*use)(std::uint64_t));

    // Effects.
    Result<Value> import(Value module, Value name);
    Status global(const Instruction& in);
    Status stack_global();
    Result<Value> result_of(EffectKind kind, std::span<const Value> parts);
    Status call(EffectKind kind, std::size_t parts);
    Status instantiate(const Instruction& in);
    Status set_state();
    Status read_raw_array(Value wrapper);
    Status persistent(const Instruction& in);
    Status extension(const Instruction& in);
    Status stop();

    // What readers disagree about.
    void note(NoteKind kind);
    void watch_frame(const Instruction& in);
    Status frame(std::uint64_t length);
    void watch_hashes(std::span<const Value> items);
    void watch_weight(Value container);

    Program& program_;
    const Limits& limits_;
    RunOptions options_;
    Decoder decoder_;
    Heap heap_;
    std::vector<Value> stack_;
    std::vector<Mark> marks_;
    std::uint64_t at_ = 0;         // offset of the current opcode
    std::uint64_t frame_end_ = 0;  // 0 outside frames
    bool frame_too_long_ = false;  // one of them would go on behind the end of the stream
    std::uint8_t protocol_ = 0;    // by the last PROTO; decides how names are looked up
    bool stopped_ = false;
};

}  // namespace pratique::pickle
