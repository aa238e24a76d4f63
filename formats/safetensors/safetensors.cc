#include "formats/safetensors/safetensors.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/reader.h"
#include "base/text.h"
#include "formats/safetensors/header.h"

namespace pratique::safetensors {
namespace {

struct Row {
    std::string_view name;
    std::uint64_t bits;
};

constexpr auto kRows = std::to_array<Row>({
#define PRATIQUE_ROW(name, bits) {#name, bits},
    PRATIQUE_SAFETENSORS_DTYPES(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

/// The text of the header. Only spaces may stand behind the object, so that nothing can hide there.
Result<std::string_view> header_text(Reader& in) {
    const auto length = TRY(in.le<std::uint64_t>());
    if (length > kLongestHeader) return Error{Errc::limit_bytes, 0};
    if (length > in.left()) return Error{Errc::truncated, 0};
    const std::uint64_t at = in.offset();
    std::string_view header = text(TRY(in.take(length)));
    if (!is_utf8(header)) return Error{Errc::bad_text, at};
    if (!header.starts_with('{')) return Error{Errc::bad_header, at};
    header = header.substr(0, header.find_last_not_of(' ') + 1);
    if (std::string_view("\t\r\n").find(header.back()) != std::string_view::npos) {
        return Error{Errc::bad_header, at + header.size() - 1};
    }
    return header;
}

/// Bytes that the shape asks for. A dimension of 0 makes it 0, however large the others are.
Result<std::uint64_t> bytes_of(const Tensor& tensor) {
    const auto& shape = tensor.shape;
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return std::uint64_t{0};
    std::uint64_t bits = bits_of(tensor.dtype);
    for (const std::uint64_t size : shape) bits = TRY(checked_mul(bits, size, tensor.offset));
    if (bits % 8 != 0) return Error{Errc::size_mismatch, tensor.offset};
    return bits / 8;
}

/// Every byte from the start to the end of the data belongs to one tensor.
Status check_offsets(std::vector<Tensor>& tensors, std::uint64_t data_size,
                     std::uint64_t data_offset) {
    const auto before = [](const Tensor& a, const Tensor& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    };
    if (!std::is_sorted(tensors.begin(), tensors.end(), before)) {
        std::stable_sort(tensors.begin(), tensors.end(), before);
    }
    std::uint64_t at = 0;
    for (const Tensor& tensor : tensors) {
        if (tensor.begin < at) return Error{Errc::overlap, tensor.offset};
        if (tensor.begin > at) return Error{Errc::bad_offset, tensor.offset};
        if (tensor.end < tensor.begin) return Error{Errc::bad_offset, tensor.offset};
        const std::uint64_t size = TRY(bytes_of(tensor));
        if (size != tensor.end - tensor.begin) return Error{Errc::size_mismatch, tensor.offset};
        if (tensor.end > data_size) return Error{Errc::truncated, tensor.offset};
        at = tensor.end;
    }
    if (at != data_size) return Error{Errc::trailing_bytes, data_offset + at};
    return {};
}

Status read_into(Bytes bytes, Header& out) {
    Reader in(bytes);
    const std::string_view header = TRY(header_text(in));
    out.data_offset = in.offset();
    TRY(read_entries(header, sizeof(std::uint64_t), out));
    return check_offsets(out.tensors, in.left(), out.data_offset);
}

}  // namespace

std::string_view name(Dtype dtype) { return kRows[static_cast<std::size_t>(dtype)].name; }

std::uint64_t bits_of(Dtype dtype) { return kRows[static_cast<std::size_t>(dtype)].bits; }

std::optional<Dtype> dtype_named(std::string_view wanted) {
    const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                   [&](const Row& candidate) { return candidate.name == wanted; });
    if (row == kRows.end()) return std::nullopt;
    return static_cast<Dtype>(row - kRows.begin());
}

bool recognise(Bytes bytes) {
    Reader in(bytes);
    const auto length = in.le<std::uint64_t>();
    return length && *length >= 2 && *length <= kLongestHeader && starts_with(in.rest(), "{");
}

Header read(Bytes bytes) {
    Header out;
    const Status status = read_into(bytes, out);
    if (!status) out.error = status.error();
    return out;
}

}  // namespace pratique::safetensors
