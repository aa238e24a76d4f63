// Containers, their contents, and the memo.
#include <algorithm>

#include "formats/pickle/machine_impl.h"
#include "formats/pickle/text_args.h"

namespace pratique::pickle {
namespace {

/// A value this much larger than its stream was made by sharing on purpose.
constexpr std::uint64_t kExpansion = 1ULL << 32;
/// Programs that walk a value by calling themselves end at such a depth; no writer gets there.
constexpr std::uint32_t kNesting = 10'000;
/// Keys of one batch with one and the same hash.
constexpr std::size_t kCollisions = 100;

}  // namespace

Result<Value> Machine::build(Kind kind, std::span<const Value> items, const Mark* batch) {
    const Value value = heap_.make(kind, at_, protocol_);
    if (!value) return Error{Errc::limit_nodes, at_};
    heap_.fill(value, items, batch, outer());
    watch_weight(value);
    return value;
}

Status Machine::fixed_tuple(std::size_t count) {
    TRY(need(count));
    const std::size_t height = stack_.size() - count;
    const Value value = TRY(build(Kind::tuple, above(height), nullptr));
    stack_.resize(height);
    return push(value);
}

Status Machine::from_mark(Kind kind) {
    const Mark mark = TRY(pop_mark());
    const auto items = above(mark.stack);
    if (kind == Kind::dict && items.size() % 2 != 0) return Error{Errc::odd_items, at_};
    const bool hashes = kind == Kind::dict || kind == Kind::frozenset;
    for (std::size_t i = 0; hashes && i < items.size(); i += kind == Kind::dict ? 2 : 1) {
        if (heap_.is_unhashable(items[i])) return Error{Errc::unhashable, at_};
    }
    const Value value = TRY(build(kind, items, &mark));
    stack_.resize(mark.stack);
    return push(value);
}

/// Items go onto a value that is not of the plain type meant: Python calls its method. Values of
/// other plain types have no such method, so every reader stops there.
Status Machine::mutate(EffectKind kind, Value target, std::span<const Value> items,
                       const Mark* batch) {
    const bool has_method = target.kind() >= Kind::global ||
                            (target.kind() == Kind::bytearray && kind == EffectKind::append) ||
                            ((target.kind() == Kind::bytearray || target.kind() == Kind::list) &&
                             kind == EffectKind::set_item);
    if (!has_method) return Error{Errc::wrong_type, at_};
    const Value argument = TRY(build(Kind::tuple, items, nullptr));
    program_.effects.push_back({kind, at_, target, argument});
    if (batch != nullptr) Heap::close(*batch, outer());
    return {};
}

/// Items go into a container of the kind meant, or to the method of whatever else stands there.
Status Machine::put_items(Kind kind, EffectKind method, Value target, std::span<const Value> items,
                          const Mark* batch) {
    if (!items.empty() && target.kind() != kind) return mutate(method, target, items, batch);
    if (!items.empty() && !target.is_folded()) {
        heap_.fill(target, items, batch, outer());
        watch_weight(target);
        return {};
    }
    if (!items.empty()) note(NoteKind::folded_changed);
    if (batch != nullptr) Heap::close(*batch, outer());
    return {};
}

Status Machine::append(std::size_t height, const Mark* batch) {
    if (height <= fence() || height > stack_.size()) return Error{Errc::stack_underflow, at_};
    TRY(put_items(Kind::list, EffectKind::append, stack_[height - 1], above(height), batch));
    stack_.resize(height);
    return {};
}

Status Machine::set_items(std::size_t height, const Mark* batch) {
    if (height <= fence() || height > stack_.size()) return Error{Errc::stack_underflow, at_};
    const auto items = above(height);
    const Value target = stack_[height - 1];
    if (items.size() % 2 != 0) {
        // pickle.py sets pair after pair until one half is missing.
        if (target.kind() >= Kind::global && items.size() > 1) {
            note(NoteKind::items_before_error);
            TRY(mutate(EffectKind::set_item, target, items, batch));
        }
        return Error{Errc::odd_items, at_};
    }
    if (target.kind() == Kind::dict) {
        for (std::size_t i = 0; i < items.size(); i += 2) {
            if (heap_.is_unhashable(items[i])) return Error{Errc::unhashable, at_};
        }
        watch_hashes(items);
    }
    TRY(put_items(Kind::dict, EffectKind::set_item, target, items, batch));
    stack_.resize(height);
    return {};
}

Status Machine::add_items() {
    const Mark mark = TRY(pop_mark());
    if (mark.stack <= fence()) return Error{Errc::stack_underflow, at_};
    const auto items = above(mark.stack);
    const Value target = stack_[mark.stack - 1];
    for (const Value item : items) {
        if (target.kind() == Kind::set && heap_.is_unhashable(item)) {
            return Error{Errc::unhashable, at_};
        }
    }
    TRY(put_items(Kind::set, EffectKind::add_item, target, items, &mark));
    stack_.resize(mark.stack);
    return {};
}

// --- Memo ----------------------------------------------------------------------------------------

Status Machine::put(std::uint64_t slot) {
    if (heap_.put(slot, TRY(top()), outer())) note(NoteKind::memo_index);
    return {};
}

Status Machine::get(std::uint64_t slot) {
    const Value value = heap_.get(slot);
    if (!value) return Error{Errc::memo_missing, at_};
    return push(value);
}

Status Machine::text_slot(const Instruction& in, Status (Machine::*use)(std::uint64_t)) {
    std::uint64_t slot = 0;
    const Reading reading = read_index(text(in.first), slot);
    if (reading == Reading::refused) return Error{Errc::bad_number, at_};
    if (reading == Reading::disputed) note(NoteKind::text_number);
    return (this->*use)(slot);
}

/// CPython hashes an int to its value modulo 2^61 - 1: keys can be made to meet.
void Machine::watch_hashes(std::span<const Value> items) {
    if (items.size() < 2 * kCollisions) return;
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < items.size(); i += 2) {
        if (items[i].kind() != Kind::integer) continue;
        const auto in = program_.instruction(items[i]);
        if (!in || (in->op != Op::long1 && in->op != Op::long4) || in->first.size() < 8) continue;
        std::uint64_t hash = 0;
        constexpr std::uint64_t kModulus = (1ULL << 61) - 1;
        for (std::size_t k = in->first.size(); k-- > 0;) {
            // 2^61 is 1 here, so the bits above the 61st are added to those below.
            const std::uint64_t high = hash >> 53;
            hash = ((hash << 8 & kModulus) + high + std::to_integer<std::uint64_t>(in->first[k])) %
                   kModulus;
        }
        hashes.push_back(hash);
    }
    std::sort(hashes.begin(), hashes.end());
    for (std::size_t i = kCollisions; i < hashes.size(); ++i) {
        if (hashes[i] == hashes[i - kCollisions]) return note(NoteKind::hash_collision);
    }
}

void Machine::watch_weight(Value container) {
    const std::uint64_t weight = heap_.weight(container);
    if (weight > kExpansion && weight / 1000 > program_.stream.size()) note(NoteKind::expansion);
    if (heap_.depth(container) == kNesting) note(NoteKind::nesting);
}

}  // namespace pratique::pickle
