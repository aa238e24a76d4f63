// torch's ways to spell a tensor: a view of a storage, or tensors made of tensors. Argument
// tuples are those of torch/_utils.py; every number in them is the file's.
#include <algorithm>
#include <array>

#include "base/checked.h"
#include "sandbox/loader/pickle/values.h"

namespace pratique::loader {

using pickle::Kind;
using pickle::Value;

namespace {

bool has_arguments(const Graph& graph, const Graph::Call& call, std::uint64_t least,
                   std::uint64_t most) {
    if (call.arguments.kind() != Kind::tuple || !call.arguments.is_node()) return false;
    const std::uint64_t count = graph.program()[call.arguments].total - call.skip;
    return count >= least && count <= most;
}

Tensor component(std::string_view name, Tensor tensor) {
    tensor.path = {{std::string(name), false}};
    return tensor;
}

}  // namespace

Value Values::argument(const Graph::Call& call, std::size_t index) const {
    return graph_.program().item(call.arguments, call.skip + index);
}

Result<Scalar> Values::scalar_of(Value value, std::uint64_t at) const {
    const KnownName name = graph_.known(value);
    if (name.known != Known::torch_dtype) return Error{Errc::unknown_dtype, at};
    return name.scalar;
}

// v1 storage, offset, size, stride     v2 … requires_grad, hooks[, metadata]
// v3 … requires_grad, hooks, dtype[, metadata]
Result<Tensor> Values::rebuild(const Graph::Call& call, Known function, std::uint64_t at) {
    const bool v1 = function == Known::rebuild_tensor;
    const bool v3 = function == Known::rebuild_tensor_v3;
    const std::uint64_t least = v1 ? 4 : v3 ? 7 : 6;
    if (!has_arguments(graph_, call, least, v1 ? 4 : least + 1)) {
        return Error{Errc::bad_arguments, at};
    }
    const Storage& storage = *TRY(storage_argument(argument(call, 0)));
    const Scalar scalar = v3 ? TRY(scalar_of(argument(call, 6), at)) : storage.scalar;
    if (v3 && !storage.untyped && Dtype(storage.scalar).bytes != Dtype(scalar).bytes) {
        return Error{Errc::conflict, at};
    }
    Tensor out = TRY(view(storage, scalar, TRY(view_arguments(call, 1, at)), at));
    if (v1) return out;
    out.requires_grad = graph_.program().boolean(argument(call, 4)).value_or(false);
    const Value metadata = argument(call, least);
    const auto is_set = [&](std::string_view key) {
        const auto value = member(metadata, key);
        return value && graph_.program().boolean(*value).value_or(false);
    };
    out.conj = is_set("conj");
    out.neg = is_set("neg");
    return out;
}

// data, requires_grad, hooks[, state]
Result<Tensor> Values::rebuild_parameter(const Graph::Call& call, std::uint64_t at) {
    if (!has_arguments(graph_, call, 3, 4)) return Error{Errc::bad_arguments, at};
    Tensor out = TRY(part(argument(call, 0), at));
    out.parameter = true;
    out.requires_grad = graph_.program().boolean(argument(call, 1)).value_or(false);
    return out;
}

Result<Layout> Values::layout_of(Value value, std::uint64_t at) const {
    std::string spelling;
    if (const auto call = graph_.call(value)) {
        if (graph_.known(call->callable).known == Known::layout_of) {
            spelling = graph_.text(argument(*call, 0)).value_or("");
        }
    } else {
        spelling = graph_.name_of(value).dotted();
    }
    constexpr auto kLayouts =
        std::to_array<Layout>({Layout::sparse_coo, Layout::sparse_csr, Layout::sparse_csc,
                               Layout::sparse_bsr, Layout::sparse_bsc});
    for (const Layout layout : kLayouts) {
        if (spelling == "torch." + std::string(name(layout))) return layout;
    }
    return Error{Errc::bad_arguments, at};
}

// layout, (indices, values, size[, coalesced])   or   layout, (compressed, plain, values, size);
// TorchScript: layout, size, requires_grad, indices, values
Result<Tensor> Values::rebuild_sparse(const Graph::Call& call, std::uint64_t at) {
    const bool script = has_arguments(graph_, call, 5, 5);
    if (!script && !has_arguments(graph_, call, 2, 2)) return Error{Errc::bad_arguments, at};
    Tensor out;
    out.layout = TRY(layout_of(argument(call, 0), at));
    const bool coo = out.layout == Layout::sparse_coo;
    const Value data = argument(call, 1);
    const auto item = [&](std::size_t i) { return graph_.program().item(data, i); };
    const Value size = script ? argument(call, 1) : coo ? item(2) : item(3);
    out.shape = TRY(extents(size, at));
    std::vector<std::pair<std::string_view, Value>> parts;
    if (script) {
        parts = {{"indices", argument(call, 3)}, {"values", argument(call, 4)}};
    } else if (coo) {
        parts = {{"indices", item(0)}, {"values", item(1)}};
    } else {
        parts = {{"compressed_indices", item(0)}, {"plain_indices", item(1)}, {"values", item(2)}};
    }
    for (const auto& [name, value] : parts) {
        out.components.push_back(component(name, TRY(part(value, at))));
    }
    out.dtype = out.components.back().dtype;
    return out;
}

/// Scales and zero points, one for each channel: tensors, or lists of numbers in older files.
Status Values::add_channels(Value parameters, Tensor& out, std::uint64_t at) {
    const pickle::Program& program = graph_.program();
    const std::uint64_t axis = TRY(natural(graph_, program.item(parameters, 3), at));
    if (axis >= out.shape.size()) return Error{Errc::bad_arguments, at};
    out.quantizer->axis = static_cast<std::uint32_t>(axis);
    for (const auto& [name, index] : {std::pair("scales", 1U), std::pair("zero_points", 2U)}) {
        const Value value = program.item(parameters, index);
        if (value.kind() == Kind::list) {
            load_.warn(Errc::unsupported, at, "scales and zero points in lists are not kept");
            continue;
        }
        out.components.push_back(component(name, TRY(part(value, at))));
    }
    return {};
}

// storage, offset, size, stride, (scheme, …), requires_grad, hooks
Result<Tensor> Values::rebuild_quantized(const Graph::Call& call, std::uint64_t at) {
    if (!has_arguments(graph_, call, 7, 7)) return Error{Errc::bad_arguments, at};
    const pickle::Program& program = graph_.program();
    const Storage& storage = *TRY(storage_argument(argument(call, 0)));
    Tensor out = TRY(view(storage, storage.scalar, TRY(view_arguments(call, 1, at)), at));
    out.requires_grad = program.boolean(argument(call, 5)).value_or(false);
    const Value parameters = argument(call, 4);
    if (parameters.kind() != Kind::tuple) return Error{Errc::bad_arguments, at};
    Quantizer quantizer;
    quantizer.scheme = graph_.name_of(program.item(parameters, 0)).name;
    out.quantizer = std::move(quantizer);
    if (out.quantizer->scheme.starts_with("per_channel")) {
        TRY(add_channels(parameters, out, at));
        return out;
    }
    const auto scale = program.real(program.item(parameters, 1));
    const auto zero_point = program.integer(program.item(parameters, 2));
    if (!scale || !zero_point) return Error{Errc::bad_arguments, at};
    out.quantizer->scale = *scale;
    out.quantizer->zero_point = *zero_point;
    return out;
}

// buffer, sizes, strides, storage_offsets
Result<Tensor> Values::rebuild_nested(const Graph::Call& call, std::uint64_t at) {
    if (!has_arguments(graph_, call, 4, 4)) return Error{Errc::bad_arguments, at};
    constexpr auto kParts =
        std::to_array<std::string_view>({"buffer", "sizes", "strides", "storage_offsets"});
    Tensor out;
    out.layout = Layout::nested;
    for (std::size_t i = 0; i < kParts.size(); ++i) {
        out.components.push_back(component(kParts.at(i), TRY(part(argument(call, i), at))));
    }
    out.dtype = out.components.front().dtype;
    const auto& sizes = out.components[1].shape;
    if (!sizes.empty()) out.shape = {sizes.front()};
    return out;
}

// dtype, size, stride, requires_grad
Result<Tensor> Values::rebuild_meta(const Graph::Call& call, std::uint64_t at) {
    if (!has_arguments(graph_, call, 4, 4)) return Error{Errc::bad_arguments, at};
    Tensor out;
    out.layout = Layout::meta;
    out.dtype = TRY(scalar_of(argument(call, 0), at));
    out.shape = TRY(extents(argument(call, 1), at));
    out.requires_grad = graph_.program().boolean(argument(call, 3)).value_or(false);
    out.device = "meta";
    return out;
}

// class, dtype, size, stride, storage_offset, layout, device, requires_grad
Result<Tensor> Values::rebuild_wrapper(const Graph::Call& call, std::uint64_t at) {
    if (!has_arguments(graph_, call, 8, 8)) return Error{Errc::bad_arguments, at};
    Tensor out;
    out.layout = Layout::meta;
    out.dtype = TRY(scalar_of(argument(call, 1), at));
    out.shape = TRY(extents(argument(call, 2), at));
    out.requires_grad = graph_.program().boolean(argument(call, 7)).value_or(false);
    return out;
}

// function, type, arguments, state: the tensor is what the function makes of the arguments
Result<std::optional<Tensor>> Values::rebuild_from_type(const Graph::Call& call, Value value) {
    const std::uint64_t at = graph_.at(value);
    if (!has_arguments(graph_, call, 3, 4)) return Error{Errc::bad_arguments, at};
    Graph::Call inner;
    inner.callable = argument(call, 0);
    inner.arguments = argument(call, 2);
    const Known function = graph_.known(inner.callable).known;
    const bool rebuilds = function >= Known::rebuild_tensor && function <= Known::rebuild_on_device;
    if (!rebuilds) return std::optional<Tensor>();
    if (nesting_ >= kMostNesting) return Error{Errc::limit_depth, at};
    ++nesting_;
    auto made = make_call(inner, value);
    --nesting_;
    if (made && *made && graph_.name_of(argument(call, 1)).name == "Parameter") {
        (*made)->parameter = true;
    }
    return made;
}

/// How the oldest files have it: an instance of the class, and BUILD with (storage, offset, size,
/// stride); or Parameter(data, requires_grad).
Result<std::optional<Tensor>> Values::legacy_tensor(const Graph::Call& call, Value value) {
    const std::uint64_t at = graph_.at(value);
    if (graph_.has_items(value)) return Error{Errc::wrong_type, at};
    const bool is_parameter = graph_.known(call.callable).known == Known::parameter_class;
    const auto states = graph_.states(value);
    const pickle::Program& program = graph_.program();
    for (const Value state : states) {
        if (state.kind() != Kind::tuple || program[state].total != 4) continue;
        Graph::Call view_call;
        view_call.arguments = state;
        const Storage& storage = *TRY(storage_argument(program.item(state, 0)));
        Tensor out = TRY(view(storage, storage.scalar, TRY(view_arguments(view_call, 1, at)), at));
        out.parameter = is_parameter;
        return std::optional(std::move(out));
    }
    const Value data = argument(call, 0);
    const bool wraps = is_parameter && data;
    // A parameter's own state is (requires_grad, volatile, hooks).
    const bool has_flags = wraps && states.size() == 1 && states[0].kind() == Kind::tuple &&
                           program.boolean(program.item(states[0], 0)).has_value();
    if (!states.empty() && !has_flags) return Error{Errc::wrong_type, at};
    if (!wraps) return std::optional<Tensor>();
    Tensor out = TRY(part(data, at));
    out.parameter = true;
    const Value flag = has_flags ? program.item(states[0], 0) : argument(call, 1);
    out.requires_grad = program.boolean(flag).value_or(true);
    return std::optional(std::move(out));
}

}  // namespace pratique::loader
