// The public Tensor: looks at one record of a Model, and copies elements out.
#include <algorithm>
#include <array>
#include <utility>

#include "api/public/state.h"

namespace pratique::v1 {
namespace {

constexpr auto kTypes = std::to_array<std::pair<loader::Scalar, DType>>({
#define PRATIQUE_TYPE(name) {loader::Scalar::name, DType::name},
    PRATIQUE_TYPE(boolean) PRATIQUE_TYPE(uint8) PRATIQUE_TYPE(int8) PRATIQUE_TYPE(uint16)
        PRATIQUE_TYPE(int16) PRATIQUE_TYPE(uint32) PRATIQUE_TYPE(int32) PRATIQUE_TYPE(uint64)
            PRATIQUE_TYPE(int64) PRATIQUE_TYPE(float16) PRATIQUE_TYPE(bfloat16)
                PRATIQUE_TYPE(float32) PRATIQUE_TYPE(float64) PRATIQUE_TYPE(complex32)
                    PRATIQUE_TYPE(complex64) PRATIQUE_TYPE(complex128) PRATIQUE_TYPE(float8_e4m3fn)
                        PRATIQUE_TYPE(float8_e5m2) PRATIQUE_TYPE(float8_e4m3fnuz)
                            PRATIQUE_TYPE(float8_e5m2fnuz) PRATIQUE_TYPE(float8_e8m0fnu)
#undef PRATIQUE_TYPE
});

static_assert(static_cast<int>(Layout::meta) == static_cast<int>(loader::Layout::meta));

Bytes source_of(const Tensor::Record& record) {
    return record.model->loaded.source(record.tensor->source);
}

/// Of a tensor that was checked: its numbers exist.
template <class Number>
std::uint64_t value_or_zero(const Number& number) {
    return number ? *number : 0;
}

}  // namespace

Error error_of(const Tensor::Record& tensor, Errc code, std::uint64_t offset) {
    Error out;
    out.code = pratique::name(code);
    out.message = "tensor " + escape(tensor.name) + ": " + std::string(meaning(code));
    out.offset = offset;
    return out;
}

std::string_view Tensor::name() const { return record_->name; }
std::string_view Tensor::state_name() const { return record_->state_name; }

DType Tensor::dtype() const {
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& pair) {
        return pair.first == record_->tensor->dtype.scalar;
    });
    return found == kTypes.end() ? DType::other : found->second;
}

std::string_view Tensor::dtype_name() const { return record_->tensor->dtype.name(); }
std::uint64_t Tensor::element_size() const { return record_->tensor->dtype.bytes; }
std::span<const std::uint64_t> Tensor::shape() const { return record_->tensor->shape; }
std::span<const std::uint64_t> Tensor::strides() const { return record_->tensor->strides; }
Layout Tensor::layout() const { return static_cast<Layout>(record_->tensor->layout); }
std::uint64_t Tensor::count() const { return value_or_zero(record_->tensor->count()); }

std::uint64_t Tensor::nbytes() const {
    const loader::Tensor& tensor = *record_->tensor;
    return tensor.has_data() ? value_or_zero(tensor.logical_bytes()) : 0;
}

bool Tensor::is_conjugate() const { return record_->tensor->conj; }
bool Tensor::is_negative() const { return record_->tensor->neg; }
bool Tensor::is_parameter() const { return record_->tensor->parameter; }
bool Tensor::requires_grad() const { return record_->tensor->requires_grad; }
bool Tensor::is_scalar() const { return record_->tensor->scalar; }
std::optional<std::uint32_t> Tensor::ggml_type() const { return record_->tensor->ggml_type; }
std::span<const Tensor> Tensor::components() const { return record_->components; }

std::optional<Quantizer> Tensor::quantizer() const {
    const auto& known = record_->tensor->quantizer;
    if (!known) return std::nullopt;
    return Quantizer{known->scheme, known->scale, known->zero_point, known->axis};
}

bool Tensor::is_contiguous() const {
    const auto whole = api::in_place(*record_->tensor, source_of(*record_));
    return record_->tensor->has_data() && whole && whole->has_value();
}

std::span<const std::byte> Tensor::bytes() const {
    const auto whole = api::in_place(*record_->tensor, source_of(*record_));
    return whole ? (*whole).value_or(Bytes{}) : Bytes{};
}

std::span<const std::byte> Tensor::storage() const {
    const loader::Tensor& tensor = *record_->tensor;
    const Bytes source = source_of(*record_);
    if (!tensor.has_data() || !check_place(tensor, source.size())) return {};
    return slice(source, tensor.offset, value_or_zero(tensor.extent()));
}

Result<std::size_t> Tensor::copy_to(std::span<std::byte> out) const {
    const std::uint64_t size = nbytes();
    if (out.size() != size) return error_of(*record_, Errc::size_mismatch, record_->tensor->offset);
    std::size_t used = 0;
    const Status done =
        api::for_each_piece(*record_->tensor, source_of(*record_), [&](Bytes piece) -> Status {
            if (!fits(used, piece.size(), size)) return FloorError{Errc::out_of_bounds, used};
            std::copy(piece.begin(), piece.end(), out.subspan(used).begin());
            used += piece.size();
            return {};
        });
    if (!done) return error_of(*record_, done.error().code, done.error().offset);
    return used;
}

Result<std::vector<std::byte>> Tensor::copy() const {
    std::vector<std::byte> out(nbytes());
    const auto done = copy_to(out);
    if (!done) return done.error();
    return out;
}

Result<std::string> Tensor::sha256() const {
    const auto digest = api::tensor_sha256(*record_->tensor, source_of(*record_));
    if (!digest) return error_of(*record_, digest.error().code, digest.error().offset);
    return *digest;
}

}  // namespace pratique::v1
