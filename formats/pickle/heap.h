// Where the machine keeps what it builds: nodes, their edges, and the memo. Folding lives here,
// as it is a matter of storage only: when a batch of plain data lands in a container that already
// shows enough items, everything built since the batch's MARK is given back at once, and memo
// slots that point into it become folded values.
//
// That is sound only if nothing else refers to the batch: no effect was recorded since the MARK,
// no older node was filled and no memo slot was pointed at an older node meanwhile. Every Mark
// carries what is needed to know this in constant time.
#pragma once

#include <unordered_map>

#include "formats/pickle/program.h"

namespace pratique::pickle {

/// Everything that folding must restore, as it was when a MARK was pushed.
struct Mark {
    std::size_t stack = 0;  // height
    std::size_t nodes = 0;
    std::size_t runs = 0;
    std::size_t edges = 0;
    std::size_t effects = 0;
    std::size_t memo_log = 0;
    /// The oldest node that was filled or memoised since; folding needs it to be younger.
    std::uint32_t oldest_touched = UINT32_MAX;
};

class Heap {
public:
    Heap(Program& program, const Limits& limits, bool fold);

    Mark mark(std::size_t stack) const;

    /// A new node without items; absent when the node limit is reached.
    Value make(Kind kind, std::uint64_t at, std::uint8_t protocol);
    /// Puts items into a node (of a dictionary: keys and values in turn). `batch` is the mark
    /// since which the items were built, if they were: then they may be folded. `outer` is the
    /// innermost mark still open around it, or null.
    void fill(Value container, std::span<const Value> items, const Mark* batch, Mark* outer);
    /// Marks that a batch ended without being folded.
    static void close(const Mark& batch, Mark* outer);

    bool is_plain(Value value) const;
    bool is_unhashable(Value value) const;
    std::uint64_t weight(Value value) const;
    std::uint32_t depth(Value value) const;

    /// True if the slot was stored in the sparse part, far above what the stream needs.
    bool put(std::uint64_t slot, Value value, Mark* outer);
    Value get(std::uint64_t slot) const;
    std::uint64_t memo_count() const { return memo_count_; }

private:
    void reserve(std::uint64_t bytes);
    static void touch(std::uint32_t index, Mark* outer);
    bool can_fold(const Node& node, const Mark& batch) const;
    bool may_name_hook(Value key) const;
    /// What items say of the container that they are put into.
    struct Traits {
        std::uint64_t weight = 0;
        std::uint32_t depth = 0;
        bool constant = true;
        bool plain = true;
        bool unhashable = false;
    };
    Traits traits(Kind container, std::span<const Value> items) const;
    void fold(const Mark& batch);
    void add_run(Node& node, std::span<const Value> items);

    Program& program_;
    std::uint64_t node_limit_;
    bool fold_;
    std::vector<Value> memo_;
    std::unordered_map<std::uint64_t, Value> sparse_memo_;
    std::uint64_t memo_count_ = 0;         // filled slots, what MEMOIZE counts
    std::vector<std::uint64_t> memo_log_;  // slots that hold nodes, in the order of filling
};

}  // namespace pratique::pickle
