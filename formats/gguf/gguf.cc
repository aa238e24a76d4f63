#include "formats/gguf/gguf.h"

#include <algorithm>

#include "base/checked.h"
#include "base/text.h"
#include "formats/gguf/cursor.h"

namespace pratique::gguf {
namespace {

constexpr std::string_view kMagic = "GGUF";

/// Fewest bytes that a tensor's entry takes: an empty name, no dimensions, type and offset.
constexpr std::uint64_t kSmallestEntry = 4 + 4 + 4 + 8;

/// Readers keep some 32 bytes for each pair and tensor: of more than these, the size in memory
/// wraps.
constexpr std::uint64_t kMostCounted = INT64_MAX / 32;

Result<std::uint64_t> align_up(std::uint64_t value, std::uint64_t alignment, std::uint64_t at) {
    return TRY(checked_add(value, alignment - 1, at)) / alignment * alignment;
}

Status read_version(Reader& in, File& out) {
    if (!starts_with(in.rest(), kMagic)) return Error{Errc::bad_magic, 0};
    TRY(in.skip(kMagic.size()));
    Reader again = in;
    out.version = TRY(in.le<std::uint32_t>());
    // No version is that high: the bytes are in the other order.
    if ((out.version & 0xffff) == 0) {
        out.version = TRY(again.be<std::uint32_t>());
        out.big_endian = true;
        if (out.version != 3) return Error{Errc::unsupported, kMagic.size()};
    }
    if (out.version > 3) return Error{Errc::unsupported, kMagic.size()};
    return {};
}

/// Elements and bytes, by the rules of ggml: the product of all sizes below 2^63, rows of whole
/// blocks.
Status measure(Tensor& tensor) {
    const Block& block = block_of(tensor.type);
    if (tensor.sizes[0] % block.elements != 0) return Error{Errc::size_mismatch, tensor.offset};
    std::uint64_t count = 1;
    std::uint64_t product = 1;  // of the sizes that are not 0
    for (const std::uint64_t size : tensor.sizes) {
        count *= size;  // cannot wrap before `product` does
        if (size != 0) product = TRY(checked_mul(product, size, tensor.offset));
        if (product > INT64_MAX) return Error{Errc::overflow, tensor.offset};
    }
    tensor.bytes =
        TRY(checked_mul(count / block.elements, std::uint64_t{block.bytes}, tensor.offset));
    if (tensor.bytes > INT64_MAX) return Error{Errc::overflow, tensor.offset};
    return {};
}

Result<Tensor> read_tensor(Cursor& cursor) {
    Tensor out;
    out.offset = cursor.offset();
    out.name = TRY(cursor.string());
    const bool has_nul = out.name.find('\0') != std::string_view::npos;
    if (out.name.size() > kLongestName || has_nul) return Error{Errc::bad_name, out.offset};
    if (!is_utf8(out.name)) return Error{Errc::bad_text, out.offset};
    const std::uint64_t at = cursor.offset();
    out.dimensions = TRY(cursor.u32());
    if (out.dimensions > kMostDimensions) return Error{Errc::limit_rank, at};
    out.sizes.fill(1);
    for (std::uint32_t i = 0; i < out.dimensions; ++i) out.sizes.at(i) = TRY(cursor.count());
    const std::uint64_t at_type = cursor.offset();
    const auto type = type_from(TRY(cursor.u32()));
    if (!type) return Error{Errc::unknown_dtype, at_type};
    out.type = *type;
    TRY(measure(out));
    out.begin = TRY(cursor.u64());  // from the start of the data, as yet
    return out;
}

/// Entries name the places of their data: there is only one place where each can be.
Status read_tensors(Cursor& cursor, std::uint64_t count, File& out) {
    if (count > cursor.left() / kSmallestEntry) return Error{Errc::truncated, cursor.offset()};
    std::vector<Named> names;
    std::uint64_t end = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const Tensor tensor = TRY(read_tensor(cursor));
        if (tensor.begin < end) return Error{Errc::overlap, tensor.offset};
        if (tensor.begin > end) return Error{Errc::bad_offset, tensor.offset};
        end = TRY(checked_add(end, tensor.bytes, tensor.offset));
        end = TRY(align_up(end, out.alignment, tensor.offset));
        names.push_back({tensor.name, tensor.offset});
        out.tensors.push_back(tensor);
    }
    return check_unique(std::move(names));
}

/// Turns the tensors' places into offsets in the artifact, now that it is known where data starts.
Status place_data(std::uint64_t lists_end, std::uint64_t size, File& out) {
    out.data_offset = lists_end;
    out.data_end = lists_end;
    if (out.tensors.empty()) return {};
    out.data_offset = TRY(align_up(lists_end, out.alignment, lists_end));
    for (Tensor& tensor : out.tensors) {
        tensor.begin = TRY(checked_add(tensor.begin, out.data_offset, tensor.offset));
        if (!fits(tensor.begin, tensor.bytes, size)) return Error{Errc::truncated, tensor.offset};
        out.data_end = TRY(align_up(tensor.begin + tensor.bytes, out.alignment, tensor.offset));
    }
    out.data_end = std::min(out.data_end, size);
    return {};
}

Status read_into(Bytes bytes, File& out) {
    Reader in(bytes);
    TRY(read_version(in, out));
    Cursor cursor(in, out.version, out.big_endian);
    const std::uint64_t at = cursor.offset();
    const std::uint64_t tensors = TRY(cursor.count());
    const std::uint64_t pairs = TRY(cursor.count());
    if (std::max(tensors, pairs) > kMostCounted) return Error{Errc::overflow, at};
    if (tensors > kMostTensors || pairs > kMostPairs) return Error{Errc::limit_members, at};
    TRY(read_pairs(cursor, pairs, out));
    TRY(read_tensors(cursor, tensors, out));
    return place_data(cursor.offset(), bytes.size(), out);
}

}  // namespace

const Value* File::find(std::string_view key) const {
    const auto found =
        std::find_if(pairs.begin(), pairs.end(), [&](const Pair& pair) { return pair.key == key; });
    return found == pairs.end() ? nullptr : &found->value;
}

bool recognise(Bytes bytes) { return starts_with(bytes, kMagic); }

File read(Bytes bytes) {
    File out;
    const Status status = read_into(bytes, out);
    if (!status) out.error = status.error();
    return out;
}

}  // namespace pratique::gguf
