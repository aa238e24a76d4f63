#include "formats/pickle/heap.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/pickle/machine.h"

namespace pratique::pickle {
namespace {

/// Slots beyond this many times the filled ones go to the sparse part of the memo.
constexpr std::uint64_t kDenseSlack = 1 << 16;
/// Bytes of a stream for each node: a checkpoint of small tensors, the densest of what is no plain
/// data, has a few more. Room for that many is asked for at once, as growing step by step writes
/// everything twice; what is not used costs nothing.
constexpr std::uint64_t kBytesPerNode = 12;
constexpr std::uint64_t kMostExpected = 1 << 20;
/// A batch heavier than this is kept, so that expansion bombs stay visible to the weights.
constexpr std::uint64_t kHeaviestFolded = 1ULL << 40;

}  // namespace

Heap::Heap(Program& program, const Limits& limits, bool fold)
    : program_(program),
      node_limit_(std::min<std::uint64_t>(limits.nodes, UINT32_MAX)),
      fold_(fold) {
    // Of many pickles in one stream, each would ask for the whole.
    if (program.begin == 0) reserve(program.stream.size());
    program_.runs.emplace_back();  // index 0 means none
}

void Heap::reserve(std::uint64_t bytes) {
    const std::size_t nodes = std::min({bytes / kBytesPerNode, node_limit_, kMostExpected});
    program_.nodes.reserve(nodes);
    program_.runs.reserve(nodes);
    program_.edges.reserve(nodes / 2 * 5);
    program_.effects.reserve(nodes / 2);
}

Mark Heap::mark(std::size_t stack) const {
    return {stack,
            program_.nodes.size(),
            program_.runs.size(),
            program_.edges.size(),
            program_.effects.size(),
            memo_log_.size(),
            UINT32_MAX};
}

Value Heap::make(Kind kind, std::uint64_t at, std::uint8_t protocol) {
    if (program_.nodes.size() >= node_limit_) return {};
    const auto index = static_cast<std::uint32_t>(program_.nodes.size());
    Node node;
    node.at = at;
    node.protocol = protocol;
    node.plain = kind <= Kind::frozenset;
    node.unhashable = kind == Kind::list || kind == Kind::dict || kind == Kind::set;
    program_.nodes.push_back(node);
    return Value::node(kind, index);
}

bool Heap::is_plain(Value value) const {
    if (value.is_constant() || value.is_folded()) return true;
    return value.is_node() && program_[value].plain;
}

bool Heap::is_unhashable(Value value) const {
    if (value.kind() == Kind::bytearray) return true;
    if (value.is_folded()) return value.kind() != Kind::tuple && value.kind() != Kind::frozenset;
    return value.is_node() && program_[value].unhashable;
}

std::uint64_t Heap::weight(Value value) const {
    if (value.is_folded()) return value.folded_weight();
    return value.is_node() ? program_[value].weight : 1;
}

/// A folded container is wide; what it holds is not deep.
std::uint32_t Heap::depth(Value value) const { return value.is_node() ? program_[value].depth : 1; }

void Heap::touch(std::uint32_t index, Mark* outer) {
    if (outer != nullptr) outer->oldest_touched = std::min(outer->oldest_touched, index);
}

void Heap::close(const Mark& batch, Mark* outer) { touch(batch.oldest_touched, outer); }

void Heap::add_run(Node& node, std::span<const Value> items) {
    if (items.empty()) return;
    auto& edges = program_.edges;
    auto& runs = program_.runs;
    const auto count = static_cast<std::uint32_t>(items.size());
    if (node.last != 0 && runs[node.last].first_edge + runs[node.last].count == edges.size()) {
        runs[node.last].count += count;
    } else {
        const auto index = static_cast<std::uint32_t>(runs.size());
        runs.push_back({static_cast<std::uint32_t>(edges.size()), count, 0});
        (node.last != 0 ? runs[node.last].next : node.first) = index;
        node.last = index;
    }
    // Most are two or three: cheaper one by one than as a range.
    for (const Value item : items) edges.push_back(item);
}

bool Heap::can_fold(const Node& node, const Mark& batch) const {
    return fold_ && node.total >= kShownItems && node.weight < kHeaviestFolded &&
           program_.effects.size() == batch.effects && batch.oldest_touched >= batch.nodes;
}

/// A dictionary key that could name a hook (`__setstate__`, …) must stay visible: what a state
/// plants on a class is judged by its keys. Escapes could spell one, so text forms count too.
bool Heap::may_name_hook(Value key) const {
    if (key.kind() != Kind::text) return false;
    const auto instruction = program_.instruction(key);
    return !instruction || pratique::text(instruction->first).starts_with("__") ||
           instruction->op == Op::unicode || instruction->op == Op::string;
}

Heap::Traits Heap::traits(Kind container, std::span<const Value> items) const {
    Traits out;
    bool is_key = container == Kind::dict;
    for (const Value item : items) {
        if (item.is_constant()) {
            out.weight = saturating_add(out.weight, std::uint64_t{1});
            out.unhashable = out.unhashable || item.kind() == Kind::bytearray;
        } else {
            out.weight = saturating_add(out.weight, weight(item));
            out.depth = std::max(out.depth, depth(item));
            out.constant = false;
            out.plain = out.plain && is_plain(item);
            out.unhashable = out.unhashable || is_unhashable(item);
        }
        if (is_key && out.plain) out.plain = !may_name_hook(item);
        is_key = container == Kind::dict && !is_key;
    }
    return out;
}

void Heap::fold(const Mark& batch) {
    for (std::size_t i = batch.memo_log; i < memo_log_.size(); ++i) {
        Value& slot = memo_[memo_log_[i]];
        // A slot that was overwritten since may hold a constant, or be in the log twice.
        if (slot.is_node()) slot = Value::folded(slot.kind(), program_.at(slot), weight(slot));
    }
    memo_log_.resize(batch.memo_log);
    program_.nodes.resize(batch.nodes);
    program_.runs.resize(batch.runs);
    program_.edges.resize(batch.edges);
}

void Heap::fill(Value container, std::span<const Value> items, const Mark* batch, Mark* outer) {
    Node& node = program_.nodes[container.index()];
    const Traits all = traits(container.kind(), items);
    node.weight = saturating_add(node.weight, all.weight);
    node.depth = std::max(node.depth, saturating_add(all.depth, std::uint32_t{1}));
    if (all.plain && batch != nullptr && container.index() < batch->nodes &&
        can_fold(node, *batch)) {
        fold(*batch);
        program_.nodes[container.index()].total += items.size();
        return;
    }
    node.total += items.size();
    node.plain = node.plain && all.plain;
    if (container.kind() == Kind::tuple) node.unhashable = all.unhashable;
    const bool cut = fold_ && all.plain && all.constant && items.size() > kShownItems;
    add_run(node, cut ? items.first(kShownItems) : items);
    touch(container.index(), outer);
    if (batch != nullptr) close(*batch, outer);
}

bool Heap::put(std::uint64_t slot, Value value, Mark* outer) {
    if (value.is_node()) touch(value.index(), outer);
    const bool sparse = slot >= memo_.size() && slot > 4 * memo_count_ + kDenseSlack;
    if (!get(slot)) ++memo_count_;
    if (!sparse && slot == memo_.size()) {
        memo_.push_back(value);  // where nearly every writer puts it
    } else {
        if (!sparse && slot > memo_.size()) memo_.resize(slot + 1);
        (sparse ? sparse_memo_[slot] : memo_[slot]) = value;
    }
    if (fold_ && value.is_node() && !sparse) memo_log_.push_back(slot);
    // Folding cannot reach the sparse part, so a node there must stay.
    if (value.is_node() && sparse) touch(0, outer);
    return sparse;
}

Value Heap::get(std::uint64_t slot) const {
    if (slot < memo_.size() && memo_[slot]) return memo_[slot];
    const auto found = sparse_memo_.find(slot);
    return found == sparse_memo_.end() ? Value{} : found->second;
}

}  // namespace pratique::pickle
