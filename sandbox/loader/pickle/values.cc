#include "sandbox/loader/pickle/values.h"

#include <algorithm>

#include "sandbox/loader/pickle/literal_storages.h"

namespace pratique::loader {

using pickle::Kind;
using pickle::Value;

namespace {

/// Pickles inside pickles.
constexpr unsigned kMostFiles = 4;

}  // namespace

Result<std::optional<Tensor>> Storages::other(Graph& /*graph*/, Value /*id*/, std::uint64_t at) {
    return Error{Errc::bad_persistent_id, at};
}

void RefTable::add(const Ref& ref, std::uint32_t number) {
    auto& numbers = numbers_[ref.in];
    if (numbers.empty()) numbers.resize(ref.in->graph().program().nodes.size(), kNone);
    std::uint32_t& known = numbers[ref.value.index()];
    if (known == kNone) known = number;
}

std::optional<std::uint32_t> RefTable::find(const Ref& ref) const {
    const auto found = numbers_.find(ref.in);
    if (!ref.value.is_node() || found == numbers_.end()) return std::nullopt;
    const std::uint32_t number = found->second[ref.value.index()];
    return number == kNone ? std::nullopt : std::optional(number);
}

Values::Values(Load& load, pickle::Program program, Storages* storages, unsigned depth)
    : load_(load),
      graph_(std::move(program)),
      storages_(storages),
      literals_(std::make_unique<LiteralStorages>(load)),
      depth_(depth) {
    state_.resize(graph_.program().nodes.size());
}

Values::~Values() = default;

Result<Ref> Values::resolve(Value value) {
    Ref at{this, value};
    for (unsigned steps = 0; steps < kMostNesting; ++steps) {
        const auto next = TRY(at.in->stands_for(at.value));
        if (!next) return at;
        at = *next;
    }
    return Error{Errc::limit_depth, graph_.at(value)};
}

Result<std::optional<Ref>> Values::stands_for(Value value) {
    if (const auto type = module_class(value)) return std::optional(Ref{this, *type});
    if (value.kind() != Kind::object) return std::optional<Ref>();
    const auto call = graph_.call(value);
    if (!call) return std::optional<Ref>();
    if (const auto known = resolved_.find(value.index()); known != resolved_.end()) {
        return std::optional(known->second);
    }
    const Known function = graph_.known(call->callable).known;
    const Value first = argument(*call, 0);
    std::optional<Ref> out;
    if (function == Known::same && first) {
        out = Ref{this, first};
    } else if (function == Known::load_from_bytes) {
        out = TRY(nested_file(first, graph_.at(value)));
    } else if (function == Known::joblib_array) {
        out = TRY(nested_array(value));
    }
    if (out) resolved_.emplace(value.index(), *out);
    return out;
}

Result<Ref> Values::nested_file(Value content, std::uint64_t at) {
    const auto bytes = graph_.bytes(content);
    if (!bytes) return Error{Errc::bad_arguments, at};
    if (depth_ >= kMostFiles) return Error{Errc::limit_depth, at};
    std::unique_ptr<NestedFile> owner;
    const Ref root = TRY(load_nested_torch(load_, *bytes, depth_ + 1, owner));
    files_.push_back(std::move(owner));
    return root;
}

/// The pickle that follows a wrapper of objects; nothing if an array of numbers does.
Result<std::optional<Ref>> Values::nested_array(Value wrapper) {
    const auto raw = graph_.raw_array(wrapper);
    const auto nested = raw ? graph_.nested_at(raw->begin) : std::nullopt;
    if (!nested) return std::optional<Ref>();
    if (depth_ >= kMostFiles) return Error{Errc::limit_depth, raw->begin};
    nested_.push_back(
        std::make_unique<Values>(load_, std::move(graph_.nested()[*nested]), nullptr, depth_ + 1));
    return std::optional(nested_.back()->root());
}

/// ('module', class, file, source text), a persistent id of the legacy formats: the class.
std::optional<Value> Values::module_class(Value value) const {
    if (value.kind() != Kind::persistent) return std::nullopt;
    const Value id = graph_.program().item(value, 0);
    if (id.kind() != Kind::tuple || !graph_.is_text(graph_.program().item(id, 0), "module")) {
        return std::nullopt;
    }
    return graph_.program().item(id, 1);
}

// NOLINTNEXTLINE(misc-no-recursion): nesting_ counts, kMostNesting bounds
Result<const Tensor*> Values::tensor(Value value) {
    const bool possible = value.kind() == Kind::object || value.kind() == Kind::persistent;
    if (!possible || !value.is_node()) return nullptr;
    Remembered& remembered = state_[value.index()];
    // A tensor that is made of itself.
    if (remembered.state == State::busy) return Error{Errc::bad_arguments, graph_.at(value)};
    if (remembered.state == State::unknown) {
        remembered.state = State::busy;
        std::optional<Tensor> made = TRY(make(value));
        remembered.state = made ? State::tensor : State::none;
        if (made) {
            remembered.tensor = static_cast<std::uint32_t>(tensors_.size());
            tensors_.push_back(std::move(*made));
        }
    }
    return remembered.state == State::tensor ? &tensors_[remembered.tensor] : nullptr;
}

std::optional<Values::Elements> Values::elements(Value value) const {
    if (!value.is_node()) return std::nullopt;
    const auto found = elements_.find(value.index());
    return found == elements_.end() ? std::nullopt : std::optional(found->second);
}

// NOLINTNEXTLINE(misc-no-recursion): nesting_ counts, kMostNesting bounds
Result<std::optional<Tensor>> Values::make(Value value) {
    const std::uint64_t at = graph_.at(value);
    if (value.kind() == Kind::persistent) {
        if (storages_ == nullptr) return std::optional<Tensor>();
        const Value id = graph_.program().item(value, 0);
        if (!is_storage(id)) return storages_->other(graph_, id, at);
        // A storage that is no tensor's: all of its elements.
        return std::optional(TRY(view_of_all(*TRY(storage(id)))));
    }
    const auto call = graph_.call(value);
    if (!call) return std::optional<Tensor>();
    if (nesting_ >= kMostNesting) return Error{Errc::limit_depth, at};
    ++nesting_;
    auto made = make_call(*call, value);
    --nesting_;
    return made;
}

/// What was made by a function that builds tensors takes no state and no items: whatever would set
/// them acts on the memory of a tensor.
Status Values::check_untouched(Value value) const {
    if (graph_.has_items(value) || !graph_.states(value).empty()) {
        return Error{Errc::wrong_type, graph_.at(value)};
    }
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): nesting_ counts, kMostNesting bounds
Result<std::optional<Tensor>> Values::make_call(const Graph::Call& call, Value value) {
    const std::uint64_t at = graph_.at(value);
    const auto untouched = [&](Result<Tensor> made) -> Result<std::optional<Tensor>> {
        TRY(check_untouched(value));
        if (!made) return made.error();
        return std::optional(std::move(made).value());
    };
    const Known function = graph_.known(call.callable).known;
    switch (function) {
        case Known::rebuild_tensor:
        case Known::rebuild_tensor_v2:
        case Known::rebuild_tensor_v3: return untouched(rebuild(call, function, at));
        case Known::rebuild_parameter: return untouched(rebuild_parameter(call, at));
        case Known::rebuild_sparse: return untouched(rebuild_sparse(call, at));
        case Known::rebuild_quantized: return untouched(rebuild_quantized(call, at));
        case Known::rebuild_nested: return untouched(rebuild_nested(call, at));
        case Known::rebuild_meta: return untouched(rebuild_meta(call, at));
        case Known::rebuild_wrapper: return untouched(rebuild_wrapper(call, at));
        case Known::rebuild_on_device: return untouched(part(argument(call, 0), at));
        case Known::rebuild_from_type: return rebuild_from_type(call, value);
        case Known::parameter_class:
        case Known::tensor_class: return legacy_tensor(call, value);
        case Known::np_reconstruct:
        case Known::np_masked:
        case Known::np_array_class: return numpy_array(call, value);
        case Known::np_scalar: return numpy_scalar(call, at);
        case Known::np_frombuffer: return untouched(from_buffer(call, at));
        case Known::joblib_array: return joblib_array(value);
        case Known::unknown:
        case Known::harmless:
        case Known::mapping:
        case Known::default_map:
        case Known::sequence:
        case Known::tuple:
        case Known::set:
        case Known::frozenset:
        case Known::bytes_of:
        case Known::encode:
        case Known::reconstructor:
        case Known::new_object:
        case Known::new_object_ex:
        case Known::same:
        case Known::load_from_bytes:
        case Known::layout_of:
        case Known::storage_class:
        case Known::torch_dtype:
        case Known::np_record:
        case Known::np_dtype: break;
    }
    return std::optional<Tensor>();
}

// NOLINTNEXTLINE(misc-no-recursion): nesting_ counts, kMostNesting bounds
Result<Tensor> Values::part(Value value, std::uint64_t at) {
    const Ref ref = TRY(resolve(value));
    // Resolved values lie in this pickle or in one inside it, never in one around it.
    ref.in->nesting_ += ref.in == this ? 0 : nesting_;
    auto made = ref.in->tensor(ref.value);
    ref.in->nesting_ -= ref.in == this ? 0 : nesting_;
    if (!made) return made.error();
    if (*made == nullptr) return Error{Errc::bad_arguments, at};
    return **made;
}

Status Values::check_strict() const {
    for (const pickle::Effect& effect : graph_.program().effects) {
        if (effect.kind != pickle::EffectKind::import_) continue;
        if (graph_.known(effect.subject).known == Known::unknown) {
            return Error{Errc::unknown_callable, effect.at};
        }
    }
    return {};
}

}  // namespace pratique::loader
