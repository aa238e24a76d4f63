// Where a tensor's elements are. The loader never hands out a pointer: a tensor is a place in one
// of the sources, and whoever reads it has the place checked again (check()).
//
//      source 0         the file that was loaded
//      source 1, 2, …   its companions: external data, shards
//      kOutput          what the worker wrote: decompressed, swapped, converted
//
// Strides count elements, are never negative, and are left out for the usual order (C, row-major).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/loader/dtype.h"

namespace pratique::loader {

inline constexpr std::uint32_t kOutput = UINT32_MAX;
/// As NumPy has it (64 since 2.0); torch has the same.
inline constexpr std::size_t kMostDimensions = 64;
/// Arrays of objects inside arrays of objects: more than any writer has.
inline constexpr unsigned kMostNesting = 16;

/// How the elements are laid out. Anything but `strided` has no bytes of its own.
#define PRATIQUE_LAYOUTS(X)                                                     \
    X(strided, "elements at regular distances")                                 \
    X(sparse_coo, "components indices and values")                              \
    X(sparse_csr, "components compressed_indices, plain_indices and values")    \
    X(sparse_csc, "components compressed_indices, plain_indices and values")    \
    X(sparse_bsr, "components compressed_indices, plain_indices and values")    \
    X(sparse_bsc, "components compressed_indices, plain_indices and values")    \
    X(sparse_onnx, "components values and indices")                             \
    X(nested, "components buffer, sizes, strides and storage_offsets")          \
    X(object, "an array of Python objects: tensors inside them are components") \
    X(meta, "no data at all: shape and type only")

enum class Layout : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, meaning) name,
    PRATIQUE_LAYOUTS(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};
std::string_view name(Layout layout);

/// How integers of a quantised tensor are to be read: value = (integer - zero_point) × scale. Per
/// channel, both are components `scales` and `zero_points` along `axis`.
struct Quantizer {
    std::string scheme;  ///< "per_tensor_affine", "per_channel_affine", …
    double scale = 0;
    std::int64_t zero_point = 0;
    std::optional<std::uint32_t> axis;

    friend bool operator==(const Quantizer&, const Quantizer&) = default;
};

/// One key on the way from the root of the file to a tensor.
struct Step {
    std::string key;         ///< text as it is, anything else as Python prints it
    bool is_number = false;  ///< an integer key, or a place in a list

    friend bool operator==(const Step&, const Step&) = default;
};

/// The keys joined with dots: the name of a tensor.
std::string joined(const std::vector<Step>& path);

/// A copy recurses as deep as components are nested; check_form() bounds that.
struct Tensor {              // NOLINT(misc-no-recursion)
    std::vector<Step> path;  ///< empty for a tensor that is the whole file
    Dtype dtype = Scalar::uint8;
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> strides;  ///< as many as dimensions, or none: row-major
    Layout layout = Layout::strided;
    std::uint32_t source = 0;
    std::uint64_t offset = 0;  ///< bytes from the start of the source to the first element
    bool conj = false;         ///< the imaginary parts are still to be negated
    bool neg = false;          ///< all elements are still to be negated
    bool parameter = false;    ///< torch.nn.Parameter
    bool requires_grad = false;
    bool scalar = false;  ///< a number of NumPy's, not an array
    std::optional<std::uint32_t> ggml_type;
    std::optional<Quantizer> quantizer;
    /// Where the writer had it, if that says more than "cpu": "meta", "cuda:0".
    std::string device;
    /// Parts of a sparse, nested or quantised tensor, tensors in an array of objects. Parts of
    /// parts only in the latter.
    std::vector<Tensor> components;

    friend bool operator==(const Tensor&, const Tensor&) = default;

    std::string name() const { return joined(path); }
    bool has_data() const { return layout == Layout::strided; }
    /// Elements: the product of the shape. Errors: overflow.
    Result<std::uint64_t> count() const;
    /// Bytes of the elements, each once for each place in the shape, in row-major order. Errors:
    /// overflow.
    Result<std::uint64_t> logical_bytes() const;
    /// Bytes from the first element to behind the last, as they lie in the source. Errors:
    /// overflow.
    Result<std::uint64_t> extent() const;
    bool is_contiguous() const;
};

/// Whether the tensor keeps to the rules above and lies in a source of `size` bytes: looked at in
/// the worker and, as the worker may lie, again outside. Of components too. Errors, all with the
/// offset of the data: limit_rank, rank_mismatch, overflow, view_out_of_bounds, wrong_type (a
/// layout that cannot have these components).
/// `size_of(source)` gives the size of a source, or nothing if there is none.
template <class SizeOf>
Status check(const Tensor& tensor, const SizeOf& size_of);

/// The part of check() that is about one tensor and one size.
Status check_place(const Tensor& tensor, std::optional<std::uint64_t> size);
Status check_form(const Tensor& tensor);

template <class SizeOf>
Status check(const Tensor& tensor, const SizeOf& size_of) {  // NOLINT(misc-no-recursion)
    TRY(check_form(tensor));
    if (tensor.has_data()) TRY(check_place(tensor, size_of(tensor.source)));
    // check_form() bounds the depth.
    for (const Tensor& part : tensor.components) TRY(check(part, size_of));
    return {};
}

}  // namespace pratique::loader
