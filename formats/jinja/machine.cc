// Recursion is as deep as statements nest, times the macros that may be called in one another: all
// limited by the parser and kMostInlined.
// NOLINTBEGIN(misc-no-recursion)
#include "formats/jinja/machine.h"

#include <algorithm>
#include <utility>

#include "formats/jinja/machine_impl.h"

namespace pratique::jinja {
namespace {

constexpr std::size_t kMostEffects = 20'000;
/// The most that a real template has needed is 72,000.
constexpr std::size_t kMostWork = 500'000;
constexpr std::size_t kMostCaptured = 64;

}  // namespace

Effects Machine::run() {
    for (Index i = 0; i < source_.statements.size(); ++i) {
        const Statement& statement = source_.statements[i];
        if (statement.kind == Kind::macro) macros_.emplace(statement.names.front(), i);
    }
    walk(0, static_cast<Index>(source_.statements.size()));
    return std::move(out_);
}

bool Machine::spend(std::size_t work) {
    work_ += work;
    if (work_ > kMostWork) out_.limited = true;
    return !out_.limited;
}

void Machine::note(Effect effect) {
    if (effect.path.size() > 100) effect.path.resize(100);
    if (!seen_.insert({effect.kind, effect.offset, effect.name, effect.open}).second) return;
    if (out_.effects.size() == kMostEffects) out_.limited = true;
    if (!out_.limited) out_.effects.push_back(std::move(effect));
}

const Known* Machine::find(std::string_view name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
        const auto found = scope->find(name);
        if (found != scope->end()) return &found->second;
    }
    return nullptr;
}

/// Of what may or may not happen, the value before is kept beside the new one.
void Machine::assign(std::string_view name, Known value) {
    if (!spend(weight(value))) return;
    const auto point = name.find('.');
    Names* names = &scopes_.back();
    std::string key(name);
    const Known* before = nullptr;
    if (point == std::string_view::npos) {
        before = find(name);
    } else {
        const Known* base = find(name.substr(0, point));
        key = (base == nullptr ? std::string(name.substr(0, point)) : base->path) +
              std::string(name.substr(point));
        names = &cells_;
        const auto cell = cells_.find(key);
        before = cell == cells_.end() ? nullptr : &cell->second;
    }
    if (unsure_ > 0 && before != nullptr) value = either(*before, value);
    if (names == &cells_ && (before == nullptr || !(*before == value))) ++changes_;
    (*names)[std::move(key)] = std::move(value);
}

void Machine::bind(const std::vector<std::string>& names, const Known& value) {
    if (names.size() == 1) return assign(names.front(), value);
    const Value* only = value.only();
    const auto items = only == nullptr ? std::nullopt : items_of(*only);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (items && items->size() == names.size()) {
            assign(names[i], known((*items)[i]));
        } else {
            Known part = anything();
            part.source = value.source == Source::reached ? Source::reached : Source::data;
            assign(names[i], std::move(part));
        }
    }
}

void Machine::emit(const Known& value) {
    if (output_ == nullptr) return;
    if (output_->size() == kMostCaptured) {
        output_->back() = anything();
        return;
    }
    output_->push_back(unsure_ > unsure_before_ ? either(value, known(text(""))) : value);
}

void Machine::walk(Index begin, Index end) {
    for (Index at = begin; at < end && spend(1); at = source_.statements[at].end) {
        step(source_.statements[at], at);
    }
}

void Machine::step(const Statement& statement, Index index) {
    switch (statement.kind) {
        case Kind::text: return emit(known(text(std::string(statement.text))));
        case Kind::output: return emit(evaluate(statement.parts.front()));
        case Kind::loop: return walk_loop(statement, index);
        case Kind::when:
        case Kind::otherwise: return walk_branch(statement, index);
        case Kind::assign: return bind(statement.names, evaluate(statement.parts.front()));
        case Kind::capture: return capture(statement, index);
        case Kind::macro: return walk_macro(statement, index);
        case Kind::load: return load(statement);
        case Kind::call:
        case Kind::filter:
        case Kind::with:
        case Kind::block:
        case Kind::evaluate:
        case Kind::plain: return walk_inside(statement, index);
    }
}

void Machine::walk_branch(const Statement& statement, Index index) {
    for (const Index part : statement.parts) (void)evaluate(part);
    const During unsure(unsure_);
    walk(index + 1, statement.end);
}

void Machine::walk_loop(const Statement& statement, Index index) {
    const Known iterable = evaluate(statement.parts.front());
    const Value* only = iterable.only();
    const std::int64_t before = turns_;
    const auto count = [&]() -> std::int64_t {
        if (only == nullptr) return 1;
        if (only->kind == ValueKind::many) return only->number;
        const auto items = items_of(*only);
        return items ? static_cast<std::int64_t>(items->size()) : 1;
    }();
    if (__builtin_mul_overflow(turns_, std::max<std::int64_t>(count, 1), &turns_)) {
        turns_ = INT64_MAX;
    }
    if (turns_ > kMostTurns && before <= kMostTurns) {
        note({.kind = EffectKind::amount,
              .offset = statement.offset,
              .name = "loops of " + std::to_string(turns_) + " turns"});
    }
    const auto items = only == nullptr ? std::nullopt : items_of(*only);
    scopes_.emplace_back();
    Known loop = anything();
    loop.source = Source::engine;
    loop.path = "loop";
    assign("loop", std::move(loop));
    if (items) {
        walk_items(statement, index, *items);
    } else {
        walk_often(statement, index, iterable);
    }
    scopes_.pop_back();
    turns_ = before;
}

void Machine::walk_items(const Statement& statement, Index index, const std::vector<Value>& items) {
    const bool filtered = statement.parts.size() > 1;
    for (const Value& item : items) {
        bind(statement.names, known(item));
        if (filtered) (void)evaluate(statement.parts[1]);
        int sure = 0;
        const During unsure(filtered ? unsure_ : sure);
        walk(index + 1, statement.end);
        if (out_.limited) return;
    }
}

/// A second time if the first has changed a namespace: all else is new in every turn.
void Machine::walk_often(const Statement& statement, Index index, const Known& iterable) {
    const During unsure(unsure_);
    const std::size_t before = changes_;
    for (int turn = 0; turn < 2 && (turn == 0 || changes_ != before); ++turn) {
        Known item = any_item(iterable);
        item.open = true;
        bind(statement.names, item);
        if (statement.parts.size() > 1) (void)evaluate(statement.parts[1]);
        walk(index + 1, statement.end);
    }
}

void Machine::walk_macro(const Statement& statement, Index index) {
    const During unsure(unsure_);
    scopes_.emplace_back();
    for (const Index fallback : statement.parts) (void)evaluate(fallback);
    scopes_.pop_back();
    (void)output_of_any_call(index);
}

/// Of the macro with arguments of which nothing is known; gone through once.
const Known& Machine::output_of_any_call(Index macro) {
    const auto [place, is_new] = outputs_.try_emplace(macro, anything());
    if (!is_new) return place->second;
    const Statement& statement = source_.statements[macro];
    scopes_.emplace_back();
    for (std::size_t i = 1; i < statement.names.size(); ++i) {
        assign(statement.names[i], anything());
    }
    inside_.push_back(macro);
    Known output = output_of(macro + 1, statement.end);
    inside_.pop_back();
    scopes_.pop_back();
    return place->second = std::move(output);
}

void Machine::walk_inside(const Statement& statement, Index index) {
    scopes_.emplace_back();
    if (statement.kind == Kind::with) {
        for (std::size_t i = 0; i < statement.parts.size(); ++i) {
            assign(statement.names[i], evaluate(statement.parts[i]));
        }
    } else {
        for (const Index part : statement.parts) (void)evaluate(part);
    }
    if (statement.kind == Kind::call) {
        for (const std::string& name : statement.names) assign(name, anything());
    }
    const bool changes = statement.kind == Kind::filter || statement.kind == Kind::call;
    std::vector<Known>* const outer = output_;
    if (changes) output_ = nullptr;
    walk(index + 1, statement.end);
    output_ = outer;
    scopes_.pop_back();
    if (changes) emit(anything());
}

/// What the statements print, put together.
Known Machine::output_of(Index begin, Index end) {
    std::vector<Known> pieces;
    std::vector<Known>* const outer = std::exchange(output_, &pieces);
    const int unsure = std::exchange(unsure_before_, unsure_);
    walk(begin, end);
    unsure_before_ = unsure;
    output_ = outer;
    return concatenated(pieces);
}

void Machine::capture(const Statement& statement, Index index) {
    scopes_.emplace_back();
    Known value = output_of(index + 1, statement.end);
    scopes_.pop_back();
    for (const Index part : statement.parts) {
        (void)evaluate(part);
        value.open = true;
    }
    if (!statement.parts.empty()) value.options.clear();
    bind(statement.names, value);
}

void Machine::load(const Statement& statement) {
    const Known name = evaluate(statement.parts.front());
    const Value* only = name.only();
    note({.kind = EffectKind::load,
          .offset = statement.offset,
          .name = only == nullptr ? "" : only->text,
          .path = std::string(statement.text),
          .open = only == nullptr});
    for (const std::string& made : statement.names) {
        Known import = anything();
        import.source = Source::engine;
        import.path = made;
        assign(made, std::move(import));
    }
}

Effects run(const Template& source) { return Machine(source).run(); }

}  // namespace pratique::jinja
// NOLINTEND(misc-no-recursion)
