// NumPy's arrays in pickles: _reconstruct() and a state, a buffer and a shape, or joblib's wrapper
// and raw bytes behind it. Layouts: numpy/core/src/multiarray/methods.c (array_setstate),
// descriptor.c (arraydescr_setstate), joblib/numpy_pickle.py.
#include <algorithm>

#include "base/checked.h"
#include "sandbox/loader/pickle/values.h"

namespace pratique::loader {

using pickle::Kind;
using pickle::Value;

namespace {

constexpr std::size_t kMostFields = 1'000;

}  // namespace

/// ("f8", align, copy), then BUILD with (version, order, sub-array, names, fields, itemsize,
/// alignment, flags[, metadata]).
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostNesting
Result<numpy::Dtype> Values::numpy_type(Value value, unsigned depth) {
    const std::uint64_t at = graph_.at(value);
    if (depth > kMostNesting) return Error{Errc::limit_depth, at};
    const auto call = graph_.call(value);
    if (!call || graph_.known(call->callable).known != Known::np_dtype) {
        return Error{Errc::unknown_dtype, at};
    }
    if (const auto known = types_.find(value.index()); known != types_.end()) return known->second;
    auto code = graph_.text(argument(*call, 0));
    // dtype((numpy.record, …)): a record with attributes, whose fields are in the state.
    if (graph_.known(argument(*call, 0)).known == Known::np_record) code = "V";
    if (!code) return Error{Errc::unknown_dtype, at};
    auto type = numpy::parse_descr(*code);
    if (!type) return Error{Errc::unknown_dtype, at};
    for (const Value state : graph_.states(value)) TRY(apply_type_state(state, *type, depth));
    types_.emplace(value.index(), *type);
    return std::move(*type);
}

// NOLINTNEXTLINE(misc-no-recursion): see numpy_type()
Status Values::apply_type_state(Value state, numpy::Dtype& out, unsigned depth) {
    const pickle::Program& program = graph_.program();
    const std::uint64_t at = graph_.at(state);
    const auto order = graph_.text(program.item(state, 1));
    if (!order || order->size() != 1) return Error{Errc::unknown_dtype, at};
    const bool is_text = out.kind == 'S' || out.kind == 'V';
    const bool ordered = !is_text && out.kind != 'O' && out.kind != '?' && out.itemsize != 1;
    if (ordered) out.order = *order == ">" ? '>' : '<';
    const Value subarray = program.item(state, 2);
    if (subarray.kind() == Kind::tuple) return apply_subarray(subarray, out, depth);
    const Value names = program.item(state, 3);
    const Value itemsize = program.item(state, 5);
    if (names.kind() == Kind::tuple) {
        TRY(add_fields(names, program.item(state, 4), out, depth));
        return apply_itemsize(itemsize, out, at);
    }
    // "S0" in the call, the size in the state; -1 for types that have only one.
    const auto size = graph_.integer(itemsize);
    if ((is_text || out.kind == 'U') && size && *size > 0) return apply_itemsize(itemsize, out, at);
    const bool is_time = out.kind == 'M' || out.kind == 'm';
    return is_time ? apply_unit(program.item(state, 8), out, at) : Status();
}

/// (type, shape): a fixed array in each element.
// NOLINTNEXTLINE(misc-no-recursion): see numpy_type()
Status Values::apply_subarray(Value subarray, numpy::Dtype& out, unsigned depth) {
    const std::uint64_t at = graph_.at(subarray);
    numpy::Dtype base = TRY(numpy_type(graph_.program().item(subarray, 0), depth + 1));
    const Value shape = graph_.program().item(subarray, 1);
    std::vector<std::uint64_t> sizes;
    if (shape.kind() == Kind::integer) {
        sizes.push_back(TRY(natural(graph_, shape, at)));
    } else {
        sizes = TRY(extents(shape, at));
    }
    for (const std::uint64_t size : sizes)
        base.itemsize = TRY(checked_mul(base.itemsize, size, at));
    base.shape.insert(base.shape.begin(), sizes.begin(), sizes.end());
    out = std::move(base);
    return {};
}

Status Values::apply_itemsize(Value itemsize, numpy::Dtype& out, std::uint64_t at) {
    const auto size = graph_.integer(itemsize);
    if (!size || *size < 0 || *size > INT32_MAX) return Error{Errc::unknown_dtype, at};
    out.itemsize = static_cast<std::uint64_t>(*size);
    return {};
}

/// ({…}, (unit, count, numerator, denominator)): what a time counts.
Status Values::apply_unit(Value metadata, numpy::Dtype& out, std::uint64_t at) {
    const Value unit = graph_.program().item(metadata, 1);
    const auto letters = graph_.bytes(graph_.program().item(unit, 0));
    const auto count = graph_.integer(graph_.program().item(unit, 1));
    if (!letters || text(*letters) == "generic") return {};
    const std::string times = count && *count != 1 ? std::to_string(*count) : "";
    out.text = std::string(1, out.kind) + "8[" + times + std::string(text(*letters)) + "]";
    if (!numpy::parse_descr(out.text)) return Error{Errc::unknown_dtype, at};
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): see numpy_type()
Status Values::add_fields(Value names, Value fields, numpy::Dtype& out, unsigned depth) {
    const std::uint64_t at = graph_.at(names);
    const auto all = graph_.program().items(names);
    if (all.size() > kMostFields) return Error{Errc::limit_members, at};
    const auto pairs = graph_.contents(fields).pairs;
    std::unordered_map<std::string, Value> by_name;
    for (const auto& [key, value] : pairs) {
        if (auto text = graph_.text(key)) by_name.insert_or_assign(std::move(*text), value);
    }
    for (const Value name : all) {
        const auto text = graph_.text(name);
        const auto found = text ? by_name.find(*text) : by_name.end();
        if (found == by_name.end()) return Error{Errc::unknown_dtype, at};
        numpy::Field field;
        field.name = *text;
        field.dtype = TRY(numpy_type(graph_.program().item(found->second, 0), depth + 1));
        const auto offset = graph_.integer(graph_.program().item(found->second, 1));
        if (!offset || *offset < 0) return Error{Errc::unknown_dtype, at};
        field.offset = static_cast<std::uint64_t>(*offset);
        field.title = graph_.text(graph_.program().item(found->second, 2)).value_or("");
        out.has_object = out.has_object || field.dtype.has_object;
        out.fields.push_back(std::move(field));
    }
    return {};
}

Result<Tensor> Values::plain_array(const numpy::Dtype& type, std::vector<std::uint64_t> shape,
                                   bool fortran, Bytes bytes, std::uint64_t at) {
    Tensor out;
    out.shape = std::move(shape);
    if (fortran && out.shape.size() > 1) out.strides = fortran_strides(out.shape);
    TRY(put_elements(load_, out, type, bytes, at));
    if (out.is_contiguous()) out.strides.clear();
    return out;
}

/// (version, shape, type, is_fortran, data): data is bytes, or a list of objects. Masked arrays
/// have their mask and fill value behind it.
Result<Tensor> Values::array_from_state(Value value, Value state, std::uint64_t at) {
    const pickle::Program& program = graph_.program();
    if (state.kind() != Kind::tuple) return Error{Errc::bad_arguments, at};
    // Before version 1 there was none in front.
    const std::size_t shape_at = program[state].total == 4 ? 0 : 1;
    const auto item = [&](std::size_t i) { return program.item(state, shape_at + i); };
    std::vector<std::uint64_t> shape = TRY(extents(item(0), at));
    const numpy::Dtype type = TRY(numpy_type(item(1)));
    const bool fortran =
        program.boolean(item(2)).value_or(false) || program.integer(item(2)).value_or(0) != 0;
    const Value data = item(3);
    if (type.has_object) {
        Tensor out;
        out.dtype = Dtype::object();
        out.layout = Layout::object;
        out.shape = std::move(shape);
        if (data.kind() == Kind::list)
            elements_.emplace(value.index(), Elements{{this, data}, out.shape});
        return out;
    }
    const auto bytes = graph_.bytes(data);
    if (!bytes) return Error{Errc::bad_arguments, at};
    Tensor out = TRY(plain_array(type, shape, fortran, *bytes, at));
    if (program[state].total == 7) {
        const auto mask = graph_.bytes(item(4));
        if (mask) {
            const numpy::Dtype boolean = TRY(numpy::parse_descr(std::string_view("?")));
            Tensor part = TRY(plain_array(boolean, std::move(shape), fortran, *mask, at));
            part.path = {{"mask", false}};
            out.components.push_back(std::move(part));
        }
    }
    return out;
}

Result<std::optional<Tensor>> Values::numpy_array(const Graph::Call& call, Value value) {
    const std::uint64_t at = graph_.at(value);
    if (graph_.has_items(value)) return Error{Errc::wrong_type, at};
    auto states = graph_.states(value);
    if (states.empty()) {
        // Nothing was filled in: an empty array of the stated shape.
        if (graph_.known(call.callable).known != Known::np_reconstruct) {
            return std::optional<Tensor>();
        }
        Tensor out;
        out.dtype = Scalar::int8;
        out.shape = TRY(extents(argument(call, 1), at));
        if (TRY(out.count()) != 0) return Error{Errc::bad_arguments, at};
        return std::optional(std::move(out));
    }
    Value state = states.back();
    // Subclasses wrap the array's state: (state of the array, own attributes).
    if (state.kind() == Kind::tuple && graph_.program().item(state, 0).kind() == Kind::tuple &&
        graph_.program()[state].total == 2) {
        state = graph_.program().item(state, 0);
    }
    return std::optional(TRY(array_from_state(value, state, at)));
}

// scalar(type, bytes)
Result<std::optional<Tensor>> Values::numpy_scalar(const Graph::Call& call, std::uint64_t at) {
    const numpy::Dtype type = TRY(numpy_type(argument(call, 0)));
    if (type.has_object) return std::optional<Tensor>();
    const auto bytes = graph_.bytes(argument(call, 1));
    if (!bytes) return Error{Errc::bad_arguments, at};
    Tensor out = TRY(plain_array(type, {}, false, *bytes, at));
    out.scalar = true;
    return std::optional(std::move(out));
}

// _frombuffer(buffer, type, shape, order[, axis_order])
Result<Tensor> Values::from_buffer(const Graph::Call& call, std::uint64_t at) {
    const auto bytes = graph_.bytes(argument(call, 0));
    if (!bytes) return Error{Errc::bad_arguments, at};
    const numpy::Dtype type = TRY(numpy_type(argument(call, 1)));
    const auto order = graph_.text(argument(call, 3));
    const Value axis_order = argument(call, 4);
    if (!order || (axis_order && axis_order.kind() != Kind::none)) {
        return Error{Errc::unsupported, at};
    }
    return plain_array(type, TRY(extents(argument(call, 2), at)), *order == "F", *bytes, at);
}

std::optional<Value> Values::member(Value dict, std::string_view key) const {
    // What is looked up here has a handful of entries; one large dict shared by many would cost
    // the square of the file.
    constexpr std::uint64_t kMostEntries = 64;
    if (!dict.is_node() || graph_.program()[dict].total > kMostEntries) return std::nullopt;
    for (const auto& [name, value] : graph_.contents(dict).pairs) {
        if (graph_.text(name) == key) return value;
    }
    return std::nullopt;
}

Result<std::optional<Tensor>> Values::joblib_array(Value value) {
    const std::uint64_t at = graph_.at(value);
    const auto raw = graph_.raw_array(value);
    const auto states = graph_.states(value);
    if (!raw || states.empty()) return std::optional<Tensor>();
    const Value state = states.back();
    const auto type = member(state, "dtype");
    const auto shape = member(state, "shape");
    const auto order = member(state, "order");
    if (!type || !shape || !order) return Error{Errc::bad_arguments, at};
    Bytes bytes = slice(graph_.program().stream, raw->begin, raw->end - raw->begin);
    if (member(state, "numpy_array_alignment_bytes")) {
        Reader in(bytes, raw->begin);
        TRY(in.skip(TRY(in.u8())));
        bytes = in.rest();
    }
    return std::optional(TRY(plain_array(TRY(numpy_type(*type)), TRY(extents(*shape, at)),
                                         graph_.text(*order) == "F", bytes, at)));
}

}  // namespace pratique::loader
