#include "api/write/form.h"

#include <algorithm>
#include <array>

#include "api/elements.h"
#include "base/text.h"

namespace pratique::api {
namespace {

using loader::Dtype;
using loader::Scalar;
using loader::Tensor;

constexpr auto kIntegers = std::to_array<std::pair<Scalar, Scalar>>({
    {Scalar::qint8, Scalar::int8},
    {Scalar::quint8, Scalar::uint8},
    {Scalar::qint16, Scalar::int16},
    {Scalar::quint16, Scalar::uint16},
    {Scalar::qint32, Scalar::int32},
});

constexpr auto kUnsigned = std::to_array<std::pair<std::uint64_t, Scalar>>({
    {1, Scalar::uint8},
    {2, Scalar::uint16},
    {4, Scalar::uint32},
    {8, Scalar::uint64},
});

/// Of a tensor whose place was checked: it can be counted.
std::uint64_t bytes_of(const Tensor& tensor) {
    const auto bytes = tensor.logical_bytes();
    return bytes ? *bytes : 0;
}

}  // namespace

Form plain_form(const Tensor& tensor) {
    Form out{tensor.dtype, tensor.shape, bytes_of(tensor)};
    for (const auto& [quantised, integer] : kIntegers) {
        if (tensor.dtype.scalar == quantised) out.dtype = integer;
    }
    return out;
}

Form raw_form(const Tensor& tensor) {
    Form out{Scalar::uint8, tensor.shape, bytes_of(tensor)};
    if (tensor.dtype.group != 1) {
        out.shape = {out.bytes};
        // Blocks lie within rows: those stay apart.
        if (!tensor.shape.empty() && tensor.shape.back() % tensor.dtype.group == 0) {
            out.shape = tensor.shape;
            out.shape.back() = tensor.shape.back() / tensor.dtype.group * tensor.dtype.bytes;
        }
        return out;
    }
    for (const auto& [size, integer] : kUnsigned) {
        if (tensor.dtype.bytes != size) continue;
        out.dtype = integer;
        return out;
    }
    out.shape.push_back(tensor.dtype.bytes);
    return out;
}

WriteFailure no_type(const Item& item, std::string_view format) {
    return {"tensor " + escape(item.name) + " is of type " + escape(item.tensor->dtype.name()) +
            ", which " + std::string(format) +
            " has no type for; --raw-bits writes such bits as unsigned integers"};
}

Status put_elements(const Item& item, const Sources& sources, TargetFile& file,
                    const std::function<void(Bytes)>& also) {
    const Tensor& tensor = *item.tensor;
    TRY(for_each_piece(tensor, sources.bytes(tensor.source), [&](Bytes piece) {
        if (also) also(piece);
        return file.write(piece);
    }));
    if (sources.let_go) sources.let_go(tensor);
    return {};
}

WriteFailure failure_of(const Error& error, const Item* item, const TargetFile& file) {
    if (error.code == Errc::io) return {file.failure()};
    const std::string what = item == nullptr ? "" : "tensor " + escape(item->name) + ": ";
    return {what + std::string(name(error.code)) + " at " + std::to_string(error.offset) + ": " +
            std::string(meaning(error.code))};
}

}  // namespace pratique::api
