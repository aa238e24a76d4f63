// torch's storages: what a persistent id names, and views of it. Every number in them is the
// file's.
#include "base/checked.h"
#include "sandbox/loader/pickle/literal_storages.h"
#include "sandbox/loader/pickle/values.h"

namespace pratique::loader {

using pickle::Kind;
using pickle::Value;

Result<std::uint64_t> natural(const Graph& graph, Value value, std::uint64_t at) {
    const auto number = graph.integer(value);
    if (!number)
        return Error{value.kind() == Kind::integer ? Errc::overflow : Errc::wrong_type, at};
    if (*number < 0) return Error{Errc::negative_length, at};
    return static_cast<std::uint64_t>(*number);
}

namespace {

void drop_usual_strides(Tensor& tensor) {
    if (tensor.is_contiguous()) tensor.strides.clear();
}

}  // namespace

Result<std::vector<std::uint64_t>> Values::extents(Value value, std::uint64_t at) {
    // torch.Size((2, 3)), or the tuple itself; a list in the oldest files.
    if (const auto call = graph_.call(value)) {
        const Known maker = graph_.known(call->callable).known;
        if (maker != Known::sequence && maker != Known::tuple) {
            return Error{Errc::wrong_type, at};
        }
        value = argument(*call, 0);
    }
    if (value.kind() != Kind::tuple && value.kind() != Kind::list) {
        return Error{Errc::wrong_type, at};
    }
    const std::uint64_t rank = graph_.program()[value].total;
    if (rank > kMostDimensions) return Error{Errc::limit_rank, at};
    std::vector<std::uint64_t> out;
    out.reserve(rank);
    for (std::size_t i = 0; i < rank; ++i) {
        out.push_back(TRY(natural(graph_, graph_.program().item(value, i), at)));
    }
    return out;
}

bool Values::is_storage(Value id) const {
    return id.kind() == Kind::tuple && graph_.is_text(graph_.program().item(id, 0), "storage");
}

Result<const Storage*> Values::storage(Value id) {
    const bool known = id.is_node() && state_[id.index()].storage != kNone;
    if (known) return &all_storages_[state_[id.index()].storage];
    const Storage* made = keep(id, TRY(read_storage(id)));
    const Storage* said = seen_.try_emplace(made->key, made).first->second;
    const bool same = said->scalar == made->scalar && said->numel == made->numel;
    if (!same) return Error{Errc::conflict, made->at};
    return made;
}

const Storage* Values::keep(Value value, Storage storage) {
    state_[value.index()].storage = static_cast<std::uint32_t>(all_storages_.size());
    all_storages_.push_back(std::move(storage));
    return &all_storages_.back();
}

// ('storage', class, key, location, numel[, (view key, offset, numel)])
Result<Storage> Values::read_storage(Value id) {
    const pickle::Program& program = graph_.program();
    const std::uint64_t at = graph_.at(id);
    const std::uint64_t count = id.kind() == Kind::tuple ? program[id].total : 0;
    if (storages_ == nullptr || !is_storage(id) || count < 5 || count > 6) {
        return Error{Errc::bad_persistent_id, at};
    }
    Storage out;
    out.at = at;
    out.from = storages_;
    const KnownName type = graph_.known(program.item(id, 1));
    if (type.known != Known::storage_class) return Error{Errc::unknown_dtype, at};
    out.scalar = type.scalar;
    out.untyped = type.untyped;
    const Value key = program.item(id, 2);
    if (const auto text = graph_.text(key)) {
        out.key = *text;
    } else if (const auto number = graph_.integer(key)) {
        out.key = std::to_string(*number);
    } else {
        return Error{Errc::bad_persistent_id, at};
    }
    out.location = graph_.text(program.item(id, 3)).value_or("");
    out.numel = TRY(natural(graph_, program.item(id, 4), at));
    out.view_numel = out.numel;
    const Value view = program.item(id, 5);
    if (view && view.kind() != Kind::none) {
        out.is_view = true;
        out.first = TRY(natural(graph_, program.item(view, 1), at));
        out.view_numel = TRY(natural(graph_, program.item(view, 2), at));
        if (!fits(out.first, out.view_numel, out.numel)) return Error{Errc::view_out_of_bounds, at};
    }
    return out;
}

Status Values::check_storages() {
    for (const pickle::Effect& effect : graph_.program().effects) {
        if (effect.kind != pickle::EffectKind::persistent) continue;
        const Value id = graph_.program().item(effect.subject, 0);
        if (is_storage(id)) {
            TRY(storage(id));
        } else if (storages_ != nullptr) {
            TRY(storages_->other(graph_, id, effect.at));
        }
    }
    return {};
}

Result<const Storage*> Values::storage_argument(Value value) {
    const std::uint64_t at = graph_.at(value);
    const Ref ref = TRY(resolve(value));
    if (ref.in == this && ref.value.kind() == Kind::object) return literal_storage(ref.value);
    if (ref.value.kind() != Kind::persistent) return Error{Errc::bad_arguments, at};
    return ref.in->storage(ref.in->graph_.program().item(ref.value, 0));
}

/// FloatStorage([0.5, …]): its numbers stand in the pickle.
Result<const Storage*> Values::literal_storage(Value value) {
    const std::uint64_t at = graph_.at(value);
    const auto call = graph_.call(value);
    const KnownName type = call ? graph_.known(call->callable) : KnownName{};
    if (type.known != Known::storage_class) return Error{Errc::bad_arguments, at};
    const std::uint32_t known = state_[value.index()].storage;
    if (known != kNone) return &all_storages_[known];
    return keep(value, TRY(literals_->add(graph_, argument(*call, 0), type.scalar, at)));
}

/// A view of `storage` as elements of `scalar`, checked against the storage alone: a tensor that
/// reached into its neighbour would pass every check of the file's bounds.
Result<Tensor> Values::view(const Storage& storage, Scalar scalar, View shape, std::uint64_t at) {
    Tensor out;
    out.dtype = scalar;
    out.shape = std::move(shape.shape);
    out.strides = std::move(shape.strides);
    if (out.shape.size() != out.strides.size()) return Error{Errc::rank_mismatch, at};
    const Dtype stored = storage.untyped ? Dtype(scalar) : Dtype(storage.scalar);
    // Of types that share a byte, and of untyped storages, `numel` counts bytes.
    const bool counts_bytes = storage.untyped || stored.group != 1;
    const std::uint64_t bytes =
        counts_bytes ? storage.numel : TRY(checked_mul(storage.numel, stored.bytes, at));
    const StoragePlace place = TRY(storage.from->place(storage, bytes, swap_unit(scalar)));
    const std::uint64_t skipped =
        TRY(checked_mul(TRY(checked_add(shape.offset, storage.first, at)), stored.bytes, at));
    if (shape.offset % stored.group != 0) return Error{Errc::unsupported, at};
    drop_usual_strides(out);
    const auto extent = out.extent();
    if (!extent) return Error{extent.error().code, at};
    const std::uint64_t end =
        storage.is_view ? TRY(checked_mul(storage.first + storage.view_numel, stored.bytes, at))
                        : bytes;
    const std::uint64_t start = skipped / stored.group;
    if (!fits(start, *extent, end)) return Error{Errc::view_out_of_bounds, at};
    out.source = place.source;
    out.offset = TRY(checked_add(place.offset, start, at));
    if (storage.location != "cpu") out.device = storage.location;
    return out;
}

Result<Tensor> Values::view_of_all(const Storage& storage) {
    const Dtype type(storage.scalar);
    return view(storage, storage.scalar, {0, {storage.view_numel * type.group}, {1}}, storage.at);
}

Result<Values::View> Values::view_arguments(const Graph::Call& call, std::size_t first,
                                            std::uint64_t at) {
    // One by one: leaving a braced list half-way would leak what is already in it.
    View out;
    out.offset = TRY(natural(graph_, argument(call, first), at));
    out.shape = TRY(extents(argument(call, first + 1), at));
    out.strides = TRY(extents(argument(call, first + 2), at));
    return out;
}

}  // namespace pratique::loader
