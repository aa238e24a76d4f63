// A TensorFlow checkpoint (tensor bundle): an index, which is a sorted table, and shards beside it
// that hold nothing but elements. A variable that was partitioned has an entry for the whole, which
// lists the slices, and one for each slice under a key that no variable can have.
//
//   <prefix>.index   key ""           BundleHeaderProto: num_shards 1, endianness 2 (0 little),
//                                     version 3 {producer 1, min_consumer 2}
//                    "dense/kernel"   BundleEntryProto: dtype 1, shape 2 {dim 2 {size 1},
//                                     unknown_rank 3}, shard_id 3, offset 4, size 5, crc32c 6,
//                                     slices 7 {extent 1 {start 1, length 2}}
//                    00 name 00 01 …  the same, for one slice
//   <prefix>.data-00000-of-00001      elements, row-major
//
// Source: tensorflow/core/protobuf/tensor_bundle.proto, core/util/tensor_bundle/tensor_bundle.cc,
// core/util/saved_tensor_slice_util.cc, core/lib/strings/ordered_code.cc.
#pragma once

#include <optional>
#include <string_view>

#include "formats/tensorbundle/table.h"

namespace pratique::tensorbundle {

/// A range of one dimension. Without a length: all of it.
struct Extent {
    std::uint64_t start = 0;
    std::optional<std::uint64_t> length;
};
using Slice = std::vector<Extent>;

/// What a value of DataType means.
struct ElementType {
    std::int32_t number = 0;
    std::string_view name;    ///< as torch and NumPy spell it; "string", "resource", "variant"
    std::uint64_t bytes = 0;  ///< of one element in a shard; 0 of those that are no numbers
};
/// The type of this number, or nothing.
const ElementType* element_type(std::int32_t number);

struct BundleEntry {
    std::string_view key;
    const ElementType* type = nullptr;  ///< never null
    std::vector<std::uint64_t> shape;
    std::uint32_t shard = 0;
    std::uint64_t offset = 0;  ///< bytes from the start of the shard
    std::uint64_t size = 0;    ///< bytes; of numbers, what the shape comes to
    std::uint32_t crc32c = 0;  ///< masked
    std::vector<Slice> slices;
    std::uint64_t at = 0;  ///< offset of its block in the index

    /// One slice of a variable, not a variable.
    bool is_slice() const { return key.starts_with('\0'); }
};

struct Bundle {
    Bundle() = default;
    Bundle(Bundle&&) = default;
    Bundle& operator=(Bundle&&) = default;
    // A copy's views would be of the original.
    Bundle(const Bundle&) = delete;
    Bundle& operator=(const Bundle&) = delete;
    ~Bundle() = default;

    Table table;  ///< what the views below are of
    std::uint32_t shards = 0;
    bool big_endian = false;
    std::int32_t producer = 0;
    std::int32_t min_consumer = 0;
    std::vector<BundleEntry> entries;  ///< in the order of keys

    const BundleEntry* find(std::string_view key) const;
};

/// Reads an index. Errors: those of read_table(), missing_record (no header, or more slices
/// than entries), bad_header, unsupported (written for readers newer than this one, or a shape of
/// unknown rank), unknown_dtype, negative_length, limit_rank, overflow, out_of_bounds (a shard that
/// there is not), size_mismatch, those of protobuf::Message, each with the offset of the block.
/// Thread-safe.
Result<Bundle> read_bundle(Bytes index, const Limits& limits);

/// The key of a slice of the variable `name`.
std::string slice_key(std::string_view name, const Slice& slice);

/// The name of a shard: "<prefix>.data-00000-of-00001". Nothing if the index is not called
/// "<prefix>.index".
std::optional<std::string> shard_name(std::string_view index_name, std::uint32_t shard,
                                      std::uint32_t shards);

}  // namespace pratique::tensorbundle
