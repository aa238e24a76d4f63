#include "sandbox/loader/pickle/known.h"

#include <algorithm>
#include <array>

#include "formats/torch/facts.h"

namespace pratique::loader {
namespace {

struct Row {
    std::string_view module;
    std::string_view name;
    Known known;
};

constexpr auto kRows = std::to_array<Row>({
    {"builtins", "dict", Known::mapping},
    {"collections", "OrderedDict", Known::mapping},
    {"collections", "Counter", Known::mapping},
    {"collections", "defaultdict", Known::default_map},
    {"builtins", "list", Known::sequence},
    {"builtins", "tuple", Known::tuple},
    {"collections", "deque", Known::sequence},
    {"torch", "Size", Known::tuple},
    {"torch.jit._pickle", "build_intlist", Known::sequence},
    {"torch.jit._pickle", "build_tensorlist", Known::sequence},
    {"torch.jit._pickle", "build_doublelist", Known::sequence},
    {"torch.jit._pickle", "build_boollist", Known::sequence},
    {"builtins", "set", Known::set},
    {"builtins", "frozenset", Known::frozenset},
    {"builtins", "bytes", Known::bytes_of},
    {"builtins", "bytearray", Known::bytes_of},
    {"_codecs", "encode", Known::encode},
    {"copyreg", "_reconstructor", Known::reconstructor},
    {"copyreg", "__newobj__", Known::new_object},
    {"copyreg", "__newobj_ex__", Known::new_object_ex},
    {"torch.jit._pickle", "restore_type_tag", Known::same},

    {"torch._utils", "_rebuild_tensor", Known::rebuild_tensor},
    {"torch._utils", "_rebuild_tensor_v2", Known::rebuild_tensor_v2},
    {"torch._utils", "_rebuild_tensor_v3", Known::rebuild_tensor_v3},
    {"torch._utils", "_rebuild_parameter", Known::rebuild_parameter},
    {"torch._utils", "_rebuild_parameter_with_state", Known::rebuild_parameter},
    {"torch._tensor", "_rebuild_from_type_v2", Known::rebuild_from_type},
    {"torch._tensor", "_rebuild_from_type", Known::rebuild_from_type},
    {"torch._utils", "_rebuild_sparse_tensor", Known::rebuild_sparse},
    {"torch._utils", "_rebuild_sparse_csr_tensor", Known::rebuild_sparse},
    {"torch._utils", "_rebuild_sparse_compressed_tensor", Known::rebuild_sparse},
    {"torch._utils", "_rebuild_qtensor", Known::rebuild_quantized},
    {"torch._utils", "_rebuild_nested_tensor", Known::rebuild_nested},
    {"torch._utils", "_rebuild_meta_tensor_no_storage", Known::rebuild_meta},
    {"torch._utils", "_rebuild_wrapper_subclass", Known::rebuild_wrapper},
    {"torch._utils", "_rebuild_device_tensor_from_cpu_tensor", Known::rebuild_on_device},
    {"torch._utils", "_rebuild_device_tensor_from_numpy", Known::rebuild_on_device},
    {"torch._utils", "_rebuild_xla_tensor", Known::rebuild_on_device},
    {"torch.storage", "_load_from_bytes", Known::load_from_bytes},
    {"torch.nn.parameter", "Parameter", Known::parameter_class},
    {"torch.nn", "Parameter", Known::parameter_class},
    {"torch.nn.parameter", "Buffer", Known::parameter_class},
    {"torch", "Tensor", Known::tensor_class},
    {"torch.serialization", "_get_layout", Known::layout_of},
    {"torch", "device", Known::harmless},
    {"torch", "per_tensor_affine", Known::harmless},
    {"torch", "per_tensor_symmetric", Known::harmless},
    {"torch", "per_channel_affine", Known::harmless},
    {"torch", "per_channel_symmetric", Known::harmless},
    {"torch", "per_channel_affine_float_qparams", Known::harmless},
    {"torch", "strided", Known::harmless},
    {"torch", "contiguous_format", Known::harmless},
    {"torch", "channels_last", Known::harmless},
    {"torch", "preserve_format", Known::harmless},
    {"torch.torch_version", "TorchVersion", Known::harmless},

    {"numpy.core.multiarray", "_reconstruct", Known::np_reconstruct},
    {"numpy._core.multiarray", "_reconstruct", Known::np_reconstruct},
    {"numpy.core.multiarray", "scalar", Known::np_scalar},
    {"numpy._core.multiarray", "scalar", Known::np_scalar},
    {"numpy.core.numeric", "_frombuffer", Known::np_frombuffer},
    {"numpy._core.numeric", "_frombuffer", Known::np_frombuffer},
    {"numpy", "dtype", Known::np_dtype},
    {"numpy.core.multiarray", "dtype", Known::np_dtype},
    {"numpy", "ndarray", Known::np_array_class},
    {"numpy.core.multiarray", "ndarray", Known::np_array_class},
    {"numpy", "record", Known::np_record},
    {"numpy", "recarray", Known::np_array_class},
    {"numpy.core.records", "record", Known::np_record},
    {"numpy.core.records", "recarray", Known::np_array_class},
    {"numpy.rec", "record", Known::np_record},
    {"numpy.rec", "recarray", Known::np_array_class},
    {"numpy.ma.core", "_mareconstruct", Known::np_masked},
    {"joblib.numpy_pickle", "NumpyArrayWrapper", Known::joblib_array},
    {"sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper", Known::joblib_array},

    {"builtins", "complex", Known::harmless},
    {"builtins", "range", Known::harmless},
    {"builtins", "slice", Known::harmless},
    {"builtins", "object", Known::harmless},
    {"builtins", "int", Known::harmless},
    {"builtins", "float", Known::harmless},
    {"builtins", "str", Known::harmless},
    {"builtins", "bool", Known::harmless},
    {"datetime", "date", Known::harmless},
    {"datetime", "time", Known::harmless},
    {"datetime", "datetime", Known::harmless},
    {"datetime", "timedelta", Known::harmless},
    {"datetime", "timezone", Known::harmless},
    {"decimal", "Decimal", Known::harmless},
    {"fractions", "Fraction", Known::harmless},
    {"uuid", "UUID", Known::harmless},
    {"pathlib", "PurePosixPath", Known::harmless},
    {"pathlib", "PureWindowsPath", Known::harmless},
    {"pathlib", "PosixPath", Known::harmless},
    {"pathlib", "WindowsPath", Known::harmless},
    {"argparse", "Namespace", Known::harmless},
});

/// "FloatStorage" is a storage of float32, "FloatTensor" its tensor.
std::optional<Scalar> scalar_with_suffix(std::string_view name, std::string_view suffix) {
    const auto elements = torch::elements_of(name, suffix);
    return elements ? scalar_named(elements->dtype) : std::nullopt;
}

struct Alias {
    std::string_view name;
    Scalar scalar;
};

/// Second names of torch's types (torch/__init__.py).
constexpr auto kAliases = std::to_array<Alias>({
    {"float", Scalar::float32},
    {"double", Scalar::float64},
    {"half", Scalar::float16},
    {"long", Scalar::int64},
    {"int", Scalar::int32},
    {"short", Scalar::int16},
    {"cfloat", Scalar::complex64},
    {"cdouble", Scalar::complex128},
    {"chalf", Scalar::complex32},
});

std::optional<Scalar> torch_scalar(std::string_view name) {
    const auto* alias = std::find_if(kAliases.begin(), kAliases.end(),
                                     [&](const Alias& a) { return a.name == name; });
    return alias == kAliases.end() ? scalar_named(name) : std::optional(alias->scalar);
}

bool is_torch_tensor_module(std::string_view module) {
    return module == "torch" || module == "torch.cuda" || module == "torch.sparse" ||
           module == "torch.cuda.sparse";
}

}  // namespace

KnownName known(std::string_view module, std::string_view name) {
    const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) {
        return r.name == name && r.module == module;
    });
    if (row != kRows.end()) return {row->known};
    if (const auto scalar = scalar_with_suffix(name, "Storage")) {
        return {Known::storage_class, *scalar, name.ends_with("UntypedStorage")};
    }
    if (is_torch_tensor_module(module)) {
        if (const auto scalar = scalar_with_suffix(name, "Tensor")) {
            return {Known::tensor_class, *scalar};
        }
    }
    if (module == "torch") {
        if (const auto scalar = torch_scalar(name)) return {Known::torch_dtype, *scalar};
        if (name.starts_with("uint") || name.starts_with("int")) return {Known::harmless};
    }
    // NumPy's own types, named where a type is an attribute, and what numbers may be made of.
    if (module == "numpy" && (scalar_named(name) || name == "bool_")) return {Known::harmless};
    return {};
}

}  // namespace pratique::loader
