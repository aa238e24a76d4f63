#include "formats/onnx/tensor.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/checked.h"
#include "base/text.h"

namespace pratique::onnx {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Numbers;
using protobuf::Once;
using protobuf::Wire;

constexpr std::size_t kMostDimensions = 64;

// The fields of TensorProto.
constexpr std::uint32_t kDims = 1;
constexpr std::uint32_t kDataType = 2;
constexpr std::uint32_t kSegment = 3;
constexpr std::uint32_t kFloats = 4;
constexpr std::uint32_t kInt32s = 5;
constexpr std::uint32_t kStrings = 6;
constexpr std::uint32_t kInt64s = 7;
constexpr std::uint32_t kName = 8;
constexpr std::uint32_t kRaw = 9;
constexpr std::uint32_t kDoubles = 10;
constexpr std::uint32_t kUint64s = 11;
constexpr std::uint32_t kDoc = 12;
constexpr std::uint32_t kExternal = 13;
constexpr std::uint32_t kLocation = 14;
constexpr std::uint32_t kMetadata = 16;

constexpr std::array kTypes = std::to_array<ElementType>({
    {1, "float32", 32, kFloats, 32, Wire::fixed32},
    {2, "uint8", 8, kInt32s, 8, Wire::varint},
    {3, "int8", 8, kInt32s, 8, Wire::varint},
    {4, "uint16", 16, kInt32s, 16, Wire::varint},
    {5, "int16", 16, kInt32s, 16, Wire::varint},
    {6, "int32", 32, kInt32s, 32, Wire::varint},
    {7, "int64", 64, kInt64s, 64, Wire::varint},
    {8, "string", 0, kStrings, 0, Wire::bytes},
    {9, "bool", 8, kInt32s, 8, Wire::varint},
    {10, "float16", 16, kInt32s, 16, Wire::varint},
    {11, "float64", 64, kDoubles, 64, Wire::fixed64},
    {12, "uint32", 32, kUint64s, 32, Wire::varint},
    {13, "uint64", 64, kUint64s, 64, Wire::varint},
    {14, "complex64", 64, kFloats, 32, Wire::fixed32},
    {15, "complex128", 128, kDoubles, 64, Wire::fixed64},
    {16, "bfloat16", 16, kInt32s, 16, Wire::varint},
    {17, "float8_e4m3fn", 8, kInt32s, 8, Wire::varint},
    {18, "float8_e4m3fnuz", 8, kInt32s, 8, Wire::varint},
    {19, "float8_e5m2", 8, kInt32s, 8, Wire::varint},
    {20, "float8_e5m2fnuz", 8, kInt32s, 8, Wire::varint},
    {21, "uint4", 4, kInt32s, 8, Wire::varint},
    {22, "int4", 4, kInt32s, 8, Wire::varint},
    {23, "float4_e2m1fn", 4, kInt32s, 8, Wire::varint},
    {24, "float8_e8m0fnu", 8, kInt32s, 8, Wire::varint},
    {25, "uint2", 2, kInt32s, 8, Wire::varint},
    {26, "int2", 2, kInt32s, 8, Wire::varint},
    {27, "float6_e2m3fn", 6, kInt32s, 6, Wire::varint},
    {28, "float6_e3m2fn", 6, kInt32s, 6, Wire::varint},
});

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

/// A dimension list: one number or packed ones.
Status read_dimensions(const Field& field, std::vector<std::uint64_t>& out) {
    Numbers numbers = TRY(Numbers::in(field, Wire::varint));
    while (const auto extent = TRY(numbers.next())) {
        if (*extent > INT64_MAX) return Error{Errc::negative_length, field.at};
        if (out.size() == kMostDimensions) return Error{Errc::limit_rank, field.at};
        out.push_back(*extent);
    }
    return {};
}

Result<std::uint64_t> count_elements(const std::vector<std::uint64_t>& shape, std::uint64_t at) {
    if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return std::uint64_t{0};
    std::uint64_t product = 1;
    for (const std::uint64_t extent : shape) product = TRY(checked_mul(product, extent, at));
    return product;
}

/// Plain decimal: no sign, no space, no exponent, no leading zero.
Result<std::uint64_t> read_decimal(std::string_view digits, std::uint64_t at) {
    if (digits.size() > 1 && digits[0] == '-') return Error{Errc::negative_length, at};
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) {
        return Error{Errc::bad_number, at};
    }
    std::uint64_t value = 0;
    const char* end = std::to_address(digits.end());
    const auto [stop, failed] = std::from_chars(digits.data(), end, value);
    if (failed == std::errc::result_out_of_range) return Error{Errc::overflow, at};
    if (failed != std::errc{} || stop != end) return Error{Errc::bad_number, at};
    return value;
}

/// What is collected while the fields of one tensor go by, before it can be judged as a whole.
struct Draft {
    Tensor tensor;
    Once once;
    std::int32_t data_type = 0;
    std::uint64_t data_type_at = 0;
    bool is_external = false;
    std::uint32_t typed = 0;  ///< the typed field, if there was one
    std::uint32_t runs = 0;   ///< occurrences of it
    std::vector<std::string_view> keys;
    std::optional<std::uint64_t> length;
};

Status read_external_entry(const Field& field, Draft& draft) {
    Message message = TRY(Message::in(field));
    std::string_view key;
    std::string_view value;
    std::uint64_t value_at = field.at;
    Once once;
    while (const auto part = TRY(message.next())) {
        if (part->number != 1 && part->number != 2) continue;
        TRY(once.see(*part));
        (part->number == 1 ? key : value) = text(TRY(part->bytes()));
        if (part->number == 2) value_at = part->content_at;
    }
    External& out = draft.tensor.external;
    const std::size_t known = key == "location"   ? 0
                              : key == "offset"   ? 1
                              : key == "length"   ? 2
                              : key == "checksum" ? 3
                                                  : 4;
    if (known == 4) return {};  // Runtimes keep notes of their own here.
    if (std::find(draft.keys.begin(), draft.keys.end(), key) != draft.keys.end()) {
        return Error{Errc::duplicate_key, field.at};
    }
    draft.keys.push_back(key);
    if (known == 0) {
        out.location = value;
        out.at = value_at;
    }
    if (known == 1) out.offset = TRY(read_decimal(value, value_at));
    if (known == 2) draft.length = TRY(read_decimal(value, value_at));
    if (known == 3) out.has_checksum = true;
    return {};
}

Status read_numbers(const Field& field, Wire wire, Draft& draft) {
    if (draft.typed != 0 && draft.typed != field.number) return Error{Errc::conflict, field.at};
    draft.typed = field.number;
    ++draft.runs;
    if (wire == Wire::bytes) {  // strings
        TRY(field.bytes());
        ++draft.tensor.numbers;
        return {};
    }
    const Numbers numbers = TRY(Numbers::in(field, wire));
    draft.tensor.numbers += TRY(numbers.count());
    // Little-endian, and back to back: the same bytes as raw data would be.
    const bool one_piece = draft.runs == 1 && wire != Wire::varint && field.wire == Wire::bytes;
    draft.tensor.raw = one_piece ? field.content : Bytes{};
    return {};
}

/// One field of a TensorProto. What is not known is passed over, as in every protobuf reader.
Status read_field(const Field& field, Draft& draft) {
    switch (field.number) {
        case kDims: return read_dimensions(field, draft.tensor.shape);
        case kDataType:
            draft.data_type_at = field.at;
            draft.data_type = TRY(field.int32());
            return draft.once.see(field);
        case kSegment: return Error{Errc::unsupported, field.at};
        case kFloats: return read_numbers(field, Wire::fixed32, draft);
        case kDoubles: return read_numbers(field, Wire::fixed64, draft);
        case kInt32s:
        case kInt64s:
        case kUint64s: return read_numbers(field, Wire::varint, draft);
        case kStrings: return read_numbers(field, Wire::bytes, draft);
        case kName:
            draft.tensor.name = text(TRY(field.bytes()));
            if (!is_utf8(draft.tensor.name)) return Error{Errc::bad_text, field.content_at};
            return draft.once.see(field);
        case kRaw: draft.tensor.raw = TRY(field.bytes()); return draft.once.see(field);
        case kExternal: return read_external_entry(field, draft);
        case kLocation:
            draft.is_external = TRY(field.int32()) == 1;
            if (!draft.is_external && field.value != 0) return Error{Errc::bad_header, field.at};
            return draft.once.see(field);
        default: return {};
    }
}

Status judge_typed(const Draft& draft) {
    const Tensor& tensor = draft.tensor;
    const ElementType& type = *tensor.type;
    if (draft.typed != type.field) return Error{Errc::bad_header, tensor.at};
    const std::uint64_t expected =
        type.is_string() ? tensor.count
        : type.number_bits > type.bits
            ? ceil_div(tensor.count, type.number_bits / type.bits)
            : TRY(checked_mul(tensor.count, std::uint64_t{type.bits / type.number_bits},
                              tensor.at));
    if (tensor.numbers != expected) return Error{Errc::size_mismatch, tensor.at};
    return {};
}

/// Whether the parts agree: one place for the values, and as many of them as the shape says.
Status judge(Draft& draft) {
    Tensor& tensor = draft.tensor;
    tensor.type = element_type(draft.data_type);
    if (tensor.type == nullptr) return Error{Errc::unknown_dtype, draft.data_type_at};
    tensor.count = TRY(count_elements(tensor.shape, tensor.at));
    const std::uint64_t bits =
        TRY(checked_mul(tensor.count, std::uint64_t{tensor.type->bits}, tensor.at));
    tensor.size = ceil_div(bits, 8);
    const bool has_raw = draft.once.saw(kRaw);
    if (int{has_raw} + int{draft.typed != 0} + int{draft.is_external} > 1) {
        return Error{Errc::conflict, tensor.at};
    }
    if (draft.typed != 0) {
        tensor.storage = draft.typed == kStrings ? Storage::strings : Storage::numbers;
        return judge_typed(draft);
    }
    if (!has_raw && !draft.is_external) {
        if (tensor.count != 0) return Error{Errc::size_mismatch, tensor.at};
        return {};
    }
    if (tensor.type->is_string()) return Error{Errc::bad_header, tensor.at};
    tensor.storage = has_raw ? Storage::raw : Storage::external;
    if (has_raw && tensor.raw.size() != tensor.size) return Error{Errc::size_mismatch, tensor.at};
    if (draft.is_external && tensor.external.at == 0) {
        return Error{Errc::missing_record, tensor.at};
    }
    if (draft.length && draft.is_external && *draft.length != tensor.size) {
        return Error{Errc::size_mismatch, tensor.at};
    }
    return {};
}

}  // namespace

const ElementType* element_type(std::int32_t data_type) {
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const ElementType& type) {
        return type.number == data_type;
    });
    return found == kTypes.end() ? nullptr : found;
}

Result<Tensor> read_tensor(Bytes bytes, std::uint64_t at) {
    Draft draft;
    draft.tensor.at = at;
    draft.tensor.message = bytes;
    Message message(bytes, at);
    while (const auto field = TRY(message.next())) TRY(read_field(*field, draft));
    TRY(judge(draft));
    return std::move(draft.tensor);
}

Result<SparseTensor> read_sparse(Bytes bytes, std::uint64_t at) {
    SparseTensor out;
    out.at = at;
    Message message(bytes, at);
    Once once;
    while (const auto field = TRY(message.next())) {
        if (field->number == 3) TRY(read_dimensions(*field, out.shape));
        if (field->number != 1 && field->number != 2) continue;
        TRY(once.see(*field));
        Tensor& part = field->number == 1 ? out.values : out.indices;
        part = TRY(read_tensor(TRY(field->bytes()), field->content_at));
    }
    if (!once.saw(1) || !once.saw(2)) return Error{Errc::missing_record, at};
    if (out.indices.type->name != "int64") return Error{Errc::bad_header, out.indices.at};
    TRY(count_elements(out.shape, at));
    // One place per value: its number in row-major order, or its index in each dimension.
    const std::vector<std::uint64_t> flat{out.values.count};
    const std::vector<std::uint64_t> full{out.values.count, out.shape.size()};
    const bool fit =
        out.values.shape == flat && (out.indices.shape == flat || out.indices.shape == full);
    if (!fit) return Error{Errc::size_mismatch, at};
    return out;
}

Result<std::size_t> Values::read(std::span<std::uint64_t> out) {
    std::size_t count = 0;
    while (count < out.size()) {
        if (run_) {
            const std::size_t found = TRY(run_->read(out.subspan(count)));
            if (found == 0) run_.reset();
            count += found;
            continue;
        }
        const auto field = TRY(message_.next());
        if (!field) break;
        if (field->number == field_) run_ = TRY(Numbers::in(*field, wire_));
    }
    return count;
}

std::vector<std::string_view> strings_of(const Tensor& tensor, std::size_t most) {
    std::vector<std::string_view> out;
    Message message(tensor.message, tensor.at);
    for (;;) {
        const auto field = message.next();
        if (!field || !*field || out.size() == most) return out;
        if ((*field)->number == kStrings) out.push_back(text((*field)->content));
    }
}

bool recognise_tensor(Bytes bytes) {
    Message message(bytes);
    for (;;) {
        const auto field = message.next();
        if (!field) return false;
        if (!*field) break;
        const std::uint32_t number = (*field)->number;
        if (number > kMetadata || number == 15) return false;
        if (number == kDoc && !is_utf8(text((*field)->content))) return false;
    }
    const auto tensor = read_tensor(bytes, 0);
    return tensor && tensor->storage != Storage::nothing;
}

}  // namespace pratique::onnx
