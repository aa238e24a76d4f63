// Tensors for other libraries: DLPack structures that point into the mapped file and keep it, or
// into memory of their own.
#include <pratique/dlpack.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>

#include "api/public/state.h"

namespace pratique::v1 {
namespace {

using loader::Scalar;

struct Type {
    Scalar scalar{};
    DLDataType type{};
};

constexpr auto kTypes = std::to_array<Type>({
    {Scalar::boolean, {kDLBool, 8, 1}},
    {Scalar::uint8, {kDLUInt, 8, 1}},
    {Scalar::int8, {kDLInt, 8, 1}},
    {Scalar::uint16, {kDLUInt, 16, 1}},
    {Scalar::int16, {kDLInt, 16, 1}},
    {Scalar::uint32, {kDLUInt, 32, 1}},
    {Scalar::int32, {kDLInt, 32, 1}},
    {Scalar::uint64, {kDLUInt, 64, 1}},
    {Scalar::int64, {kDLInt, 64, 1}},
    {Scalar::float16, {kDLFloat, 16, 1}},
    {Scalar::bfloat16, {kDLBfloat, 16, 1}},
    {Scalar::float32, {kDLFloat, 32, 1}},
    {Scalar::float64, {kDLFloat, 64, 1}},
    {Scalar::complex32, {kDLComplex, 32, 1}},
    {Scalar::complex64, {kDLComplex, 64, 1}},
    {Scalar::complex128, {kDLComplex, 128, 1}},
    {Scalar::float8_e3m4, {kDLFloat8_e3m4, 8, 1}},
    {Scalar::float8_e4m3, {kDLFloat8_e4m3, 8, 1}},
    {Scalar::float8_e4m3b11fnuz, {kDLFloat8_e4m3b11fnuz, 8, 1}},
    {Scalar::float8_e4m3fn, {kDLFloat8_e4m3fn, 8, 1}},
    {Scalar::float8_e4m3fnuz, {kDLFloat8_e4m3fnuz, 8, 1}},
    {Scalar::float8_e5m2, {kDLFloat8_e5m2, 8, 1}},
    {Scalar::float8_e5m2fnuz, {kDLFloat8_e5m2fnuz, 8, 1}},
    {Scalar::float8_e8m0fnu, {kDLFloat8_e8m0fnu, 8, 1}},
});

/// The managed tensor, and what it needs to live.
template <class Managed>
struct Exported {
    Managed managed{};
    std::shared_ptr<const Model::State> model;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
    std::unique_ptr<std::byte[]> copied;  // NOLINT(*-c-arrays): its memory is aligned for all
};

template <class Managed>
void destroy(Managed* self) {
    if (self == nullptr) return;
    std::unique_ptr<Exported<Managed>> owned(static_cast<Exported<Managed>*>(self->manager_ctx));
}

/// Strides of the usual order, counted in elements.
std::vector<std::int64_t> usual_strides(std::span<const std::uint64_t> shape) {
    std::vector<std::int64_t> out(shape.size());
    std::uint64_t stride = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        out[i] = static_cast<std::int64_t>(stride);
        // Of an array without elements this means nothing, and may wrap.
        stride *= std::max<std::uint64_t>(shape[i], 1);
    }
    return out;
}

bool is_aligned(std::span<const std::byte> bytes, std::uint64_t size) {
    const std::uint64_t unit = std::has_single_bit(size) ? std::min<std::uint64_t>(size, 16) : 1;
    return std::bit_cast<std::uintptr_t>(bytes.data()) % unit == 0;
}

template <class Managed>
Result<Managed*> exported(const Tensor& tensor, bool copy, bool& is_copy) {
    const Tensor::Record& record = *tensor.record();
    const loader::Tensor& from = *record.tensor;
    const auto* type = std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& row) {
        return row.scalar == from.dtype.scalar;
    });
    if (type == kTypes.end() || !from.has_data()) {
        return error_of(record, Errc::unsupported, from.offset);
    }
    auto out = std::make_unique<Exported<Managed>>();
    const std::span<const std::byte> storage = tensor.storage();
    is_copy = copy || from.conj || from.neg || !is_aligned(storage, from.dtype.bytes);
    DLTensor& to = out->managed.dl_tensor;
    out->shape.assign(from.shape.begin(), from.shape.end());
    if (is_copy) {
        const std::uint64_t size = tensor.nbytes();
        out->copied = std::make_unique_for_overwrite<std::byte[]>(size);  // NOLINT(*-c-arrays)
        const auto done = tensor.copy_to({out->copied.get(), size});
        if (!done) return done.error();
        to.data = out->copied.get();
    } else {
        // DLPack has no pointer to constants. The flags, or the documentation, say what it is.
        to.data = const_cast<std::byte*>(storage.data());  // NOLINT(*-const-cast)
        out->model = record.model->shared_from_this();
    }
    const bool is_usual = is_copy || from.strides.empty();
    out->strides = is_usual ? usual_strides(from.shape)
                            : std::vector<std::int64_t>(from.strides.begin(), from.strides.end());
    to.device = {kDLCPU, 0};
    to.ndim = static_cast<std::int32_t>(out->shape.size());
    to.dtype = type->type;
    to.shape = out->shape.data();
    to.strides = out->strides.data();
    out->managed.manager_ctx = out.get();
    out->managed.deleter = destroy<Managed>;
    return &out.release()->managed;
}

}  // namespace

Result<DLManagedTensor*> to_dlpack(const Tensor& tensor, bool copy) {
    bool is_copy = false;
    return exported<DLManagedTensor>(tensor, copy, is_copy);
}

Result<DLManagedTensorVersioned*> to_dlpack_versioned(const Tensor& tensor, bool copy) {
    bool is_copy = false;
    auto out = exported<DLManagedTensorVersioned>(tensor, copy, is_copy);
    if (!out) return out;
    (*out)->version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
    const bool writable = tensor.record()->model->loaded.is_writable();
    (*out)->flags = is_copy    ? DLPACK_FLAG_BITMASK_IS_COPIED
                    : writable ? 0
                               : DLPACK_FLAG_BITMASK_READ_ONLY;
    return out;
}

}  // namespace pratique::v1
