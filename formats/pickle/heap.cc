#include "formats/pickle/heap.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/pickle/machine.h"

namespace pratique::pickle {
namespace {

/// Slots beyond this many times the filled ones go to the sparse part of the memo.
constexpr std::uint64_t kDenseSlack = 1 << 16;
/// A batch heavier than this is kept, so that expansion bombs stay visible to the weights.
constexpr std::uint64_t kHeaviestFolded = 1ULL << 40;

}  // namespace

Heap::Heap(Program& program, const Limits& limits, bool fold)
    : program_(program),
      node_limit_(std::min<std::uint64_t>(limits.nodes, UINT32_MAX)),
      fold_(fold) {
    program_.runs.emplace_back();  // index 0 means none
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

void Heap::touch(std::uint32_t index, Mark* outer) {
    if (outer != nullptr) outer->oldest_touched = std::min(outer->oldest_touched, index);
}

void Heap::close(const Mark& batch, Mark* outer) { touch(batch.oldest_touched, outer); }

void Heap::add_run(Node& node, std::span<const Value> items) {
    if (items.empty()) return;
    auto& edges = program_.edges;
    const bool extends =
        node.last != 0 &&
        program_.runs[node.last].first_edge + program_.runs[node.last].count == edges.size();
    if (!extends) {
        const auto index = static_cast<std::uint32_t>(program_.runs.size());
        program_.runs.push_back({static_cast<std::uint32_t>(edges.size()), 0, 0});
        if (node.last != 0) program_.runs[node.last].next = index;
        if (node.first == 0) node.first = index;
        node.last = index;
    }
    program_.runs[node.last].count += static_cast<std::uint32_t>(items.size());
    edges.insert(edges.end(), items.begin(), items.end());
}

void Heap::add_weight(Node& node, std::span<const Value> items) const {
    std::uint64_t sum = node.weight;
    for (const Value item : items) sum = saturating_add(sum, weight(item));
    node.weight = sum;
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

bool Heap::are_plain(Kind container, std::span<const Value> items) const {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!is_plain(items[i])) return false;
        if (container == Kind::dict && i % 2 == 0 && may_name_hook(items[i])) return false;
    }
    return true;
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
    add_weight(node, items);
    const bool plain = are_plain(container.kind(), items);
    if (plain && batch != nullptr && container.index() < batch->nodes && can_fold(node, *batch)) {
        fold(*batch);
        program_.nodes[container.index()].total += items.size();
        return;
    }
    node.total += items.size();
    node.plain = node.plain && plain;
    if (container.kind() == Kind::tuple) {
        node.unhashable = std::any_of(items.begin(), items.end(),
                                      [&](Value item) { return is_unhashable(item); });
    }
    const bool constants =
        std::all_of(items.begin(), items.end(), [](Value item) { return item.is_constant(); });
    const bool cut = fold_ && plain && constants && items.size() > kShownItems;
    add_run(node, cut ? items.first(kShownItems) : items);
    touch(container.index(), outer);
    if (batch != nullptr) close(*batch, outer);
}

bool Heap::put(std::uint64_t slot, Value value, Mark* outer) {
    if (value.is_node()) touch(value.index(), outer);
    const bool sparse = slot >= memo_.size() && slot > 4 * memo_count_ + kDenseSlack;
    if (!sparse && slot >= memo_.size()) memo_.resize(slot + 1);
    if (!get(slot)) ++memo_count_;
    (sparse ? sparse_memo_[slot] : memo_[slot]) = value;
    if (value.is_node() && !sparse) memo_log_.push_back(slot);
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
