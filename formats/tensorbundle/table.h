// A sorted table of keys and values, as LevelDB writes it: TensorFlow's index of a checkpoint is
// one. Everything is found from the end.
//
//   data blocks … | metaindex block | index block | footer, 48 bytes:
//                                                     metaindex handle, index handle, zeros to 40,
//                                                     57 fb 80 8b 24 75 47 db
//   handle = offset varint, size varint (of the block without its trailer)
//   block  = entries | restarts u32 LE … | their number u32 LE   and its trailer:
//            compression u8 (0 none, 1 snappy) | masked CRC-32C u32 LE of both
//   entry  = shared varint, unshared varint, value length varint | key behind the `shared` first
//            bytes of the key before | value. At a restart, nothing is shared.
//   index  = entries of a key not below the last of a block, and the handle of that block
//
// Source: leveldb/doc/table_format.md, tensorflow/core/lib/io/format.cc.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace pratique::tensorbundle {

struct Entry {
    std::string key;
    Bytes value;           ///< in the file, or in Table::inflated
    std::uint64_t at = 0;  ///< offset of its block in the file
};

struct Table {
    std::vector<Entry> entries;  ///< in ascending order of keys, each key once
    std::vector<std::vector<std::byte>> inflated;
    std::uint64_t unclaimed = 0;  ///< bytes of the file that belong to no block
};

/// The last eight bytes of a file of 48 bytes and more.
bool recognise(Bytes bytes);

/// Reads all entries, and checks all checksums. `limits` bounds what is decompressed. Errors:
/// bad_magic, truncated, bad_number, out_of_bounds and overlap (blocks), bad_checksum, unsupported
/// (another compression), bad_compression, bad_header (entries that are not in order, a bad restart
/// array, bytes where zeros belong), duplicate_key, limit_bytes (inflated, or keys above 64 MiB),
/// limit_members. Thread-safe.
Result<Table> read_table(Bytes bytes, const Limits& limits);

}  // namespace pratique::tensorbundle
