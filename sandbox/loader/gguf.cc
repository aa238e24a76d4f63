#include "sandbox/loader/gguf.h"

#include <algorithm>
#include <array>
#include <string>

#include "formats/gguf/byte_order.h"
#include "formats/gguf/dequantize.h"
#include "formats/gguf/gguf.h"
#include "sandbox/loader/gguf_metadata.h"

namespace pratique::loader {
namespace {

/// Blocks that are converted at a time: at most 300 KiB in and 1 MiB out.
constexpr std::uint64_t kBlocksOfPiece = 1024;

struct PlainRow {
    gguf::Type type;
    Scalar scalar;
};

constexpr auto kPlain = std::to_array<PlainRow>({
    {gguf::Type::F32, Scalar::float32},
    {gguf::Type::F16, Scalar::float16},
    {gguf::Type::F64, Scalar::float64},
    {gguf::Type::BF16, Scalar::bfloat16},
    {gguf::Type::I8, Scalar::int8},
    {gguf::Type::I16, Scalar::int16},
    {gguf::Type::I32, Scalar::int32},
    {gguf::Type::I64, Scalar::int64},
});

/// Of types without blocks.
std::optional<Scalar> plain(gguf::Type type) {
    const auto* row = std::find_if(kPlain.begin(), kPlain.end(),
                                   [&](const PlainRow& r) { return r.type == type; });
    if (row == kPlain.end()) return std::nullopt;
    return row->scalar;
}

Tensor describe(const gguf::Tensor& entry) {
    Tensor out;
    out.path.push_back({std::string(entry.name)});
    out.ggml_type = static_cast<std::uint32_t>(entry.type);
    for (std::uint32_t i = entry.dimensions; i > 0; --i) {
        out.shape.push_back(entry.sizes.at(i - 1));
    }
    if (const auto scalar = plain(entry.type)) {
        out.dtype = *scalar;
    } else {
        const gguf::Block& block = gguf::block_of(entry.type);
        out.dtype = Dtype::other("ggml:" + std::string(block.name), block.bytes, block.elements);
    }
    return out;
}

/// Writes quantised blocks to the output in the other byte order, as numbers, or both.
class Conversion {
public:
    Conversion(Load& load, const gguf::Tensor& entry, bool swap, bool dequantize)
        : load_(load),
          entry_(entry),
          block_(gguf::block_of(entry.type)),
          swap_(swap),
          dequantize_(dequantize) {}

    /// The tensor is added before anything is written: it may be refused for its size.
    Status run(Tensor tensor, Bytes blocks) {
        if (dequantize_ && !gguf::can_dequantize(entry_.type)) {
            return Error{Errc::unsupported, entry_.offset};
        }
        if (dequantize_) tensor.dtype = Scalar::float32;
        tensor.source = kOutput;
        tensor.offset = TRY(load_.reserve(TRY(tensor.logical_bytes())));
        std::uint64_t at = tensor.offset;
        TRY(load_.add(std::move(tensor)));
        while (!blocks.empty()) {
            const Bytes piece = slice(blocks, 0, kBlocksOfPiece * block_.bytes);
            blocks = blocks.subspan(piece.size());
            at += TRY(write(piece, at));
        }
        return {};
    }

private:
    Result<std::uint64_t> write(Bytes piece, std::uint64_t at) {
        if (swap_) {
            swapped_.assign(piece.begin(), piece.end());
            if (const Status done = gguf::swap_blocks(entry_.type, swapped_); !done) {
                return Error{done.error().code, entry_.offset};
            }
            piece = swapped_;
        }
        if (dequantize_) {
            numbers_.resize(piece.size() / block_.bytes * block_.elements);
            TRY(gguf::dequantize(entry_.type, piece, numbers_));
            piece = std::as_bytes(std::span<const float>(numbers_));
        }
        TRY(load_.output().write(at, piece));
        return std::uint64_t{piece.size()};
    }

    Load& load_;
    const gguf::Tensor& entry_;
    const gguf::Block& block_;
    bool swap_;
    bool dequantize_;
    std::vector<std::byte> swapped_;
    std::vector<float> numbers_;
};

Status load_tensor(Load& load, const gguf::Tensor& entry, Bytes data, bool swap) {
    Tensor tensor = describe(entry);
    const auto scalar = plain(entry.type);
    const bool dequantize = !scalar && load.options().dequantize;
    if (!scalar && (swap || dequantize)) {
        return Conversion(load, entry, swap, dequantize).run(std::move(tensor), data);
    }
    if (!data.empty()) TRY(load.put_swapped(tensor, data, swap ? swap_unit(*scalar) : 1));
    return load.add(std::move(tensor));
}

}  // namespace

Status load_gguf(Load& load, Bytes bytes) {
    load.out().format += "gguf";
    const gguf::File file = gguf::read(bytes);
    if (file.error) return *file.error;
    load.out().tensors.reserve(file.tensors.size());
    for (const gguf::Tensor& entry : file.tensors) {
        const Bytes data = slice(bytes, entry.begin, entry.bytes);
        TRY(load_tensor(load, entry, data, file.big_endian));
    }
    if (file.data_end < bytes.size()) {
        load.warn(Errc::trailing_bytes, file.data_end,
                  "bytes behind the last tensor were not read");
    }
    if (file.odd_texts != 0) {
        load.warn(Errc::bad_text, 0, "some strings in arrays of the metadata are not UTF-8");
    }
    load.out().metadata = gguf_metadata(load.tree(), file, load.place_of(bytes));
    return {};
}

}  // namespace pratique::loader
