#include "sandbox/loader/tensor.h"

#include <algorithm>
#include <array>

#include "base/checked.h"

namespace pratique::loader {
namespace {

constexpr auto kLayoutNames = std::to_array<std::string_view>({
#define PRATIQUE_NAME(name, meaning) #name,
    PRATIQUE_LAYOUTS(PRATIQUE_NAME)
#undef PRATIQUE_NAME
});

Status check_nesting(const Tensor& tensor) {
    if (tensor.components.empty()) return {};
    std::vector<std::pair<const Tensor*, unsigned>> todo{{&tensor, 0}};
    while (!todo.empty()) {
        const auto [at, depth] = todo.back();
        todo.pop_back();
        if (depth > kMostNesting) return Error{Errc::limit_depth, tensor.offset};
        for (const Tensor& part : at->components) todo.emplace_back(&part, depth + 1);
    }
    return {};
}

}  // namespace

std::string_view name(Layout layout) { return kLayoutNames[static_cast<std::size_t>(layout)]; }

std::string joined(const std::vector<Step>& path) {
    std::string out;
    for (const Step& step : path) {
        if (&step != &path.front()) out += '.';
        out += step.key;
    }
    return out;
}

Result<std::uint64_t> Tensor::count() const {
    // A dimension of zero makes all others harmless.
    if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return std::uint64_t{0};
    std::uint64_t product = 1;
    for (const std::uint64_t extent : shape) product = TRY(checked_mul(product, extent, offset));
    return product;
}

Result<std::uint64_t> Tensor::logical_bytes() const { return dtype.size_of(TRY(count()), offset); }

Result<std::uint64_t> Tensor::extent() const {
    const std::uint64_t items = TRY(count());
    if (items == 0 || strides.empty()) return dtype.size_of(items, offset);
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        last = TRY(checked_add(last, TRY(checked_mul(shape[i] - 1, strides[i], offset)), offset));
    }
    return checked_mul(TRY(checked_add(last, std::uint64_t{1}, offset)), dtype.bytes, offset);
}

bool Tensor::is_contiguous() const {
    if (strides.empty()) return true;
    std::uint64_t expected = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        if (shape[i] == 0) return true;
        if (shape[i] != 1 && strides[i] != expected) return false;
        // Cannot overflow for what check_place() let pass; wraps harmlessly for the rest.
        expected *= shape[i];
    }
    return true;
}

Status check_form(const Tensor& tensor) {
    const std::uint64_t at = tensor.offset;
    if (tensor.shape.size() > kMostDimensions) return Error{Errc::limit_rank, at};
    if (!tensor.strides.empty() && tensor.strides.size() != tensor.shape.size()) {
        return Error{Errc::rank_mismatch, at};
    }
    // Numbers of tensors are signed 64-bit numbers to everyone.
    for (const std::uint64_t extent : tensor.shape) {
        if (extent > INT64_MAX) return Error{Errc::overflow, at};
    }
    if (tensor.dtype.group == 0) return Error{Errc::wrong_type, at};
    if (tensor.has_data() && tensor.dtype.is_object()) return Error{Errc::wrong_type, at};
    if (tensor.dtype.group != 1 && !tensor.is_contiguous()) return Error{Errc::wrong_type, at};
    return check_nesting(tensor);
}

Status check_place(const Tensor& tensor, std::optional<std::uint64_t> size) {
    if (!size) return Error{Errc::missing_record, tensor.offset};
    const std::uint64_t extent = TRY(tensor.extent());
    TRY(tensor.logical_bytes());
    if (!fits(tensor.offset, extent, *size)) return Error{Errc::view_out_of_bounds, tensor.offset};
    return {};
}

}  // namespace pratique::loader
