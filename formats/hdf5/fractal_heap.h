// The heap that holds the links of a large group, and the attributes of an object with many: a
// space of 2ⁿ bytes, of which doubling blocks are there.
//
//   'FRHP' 00 | ID bytes | … | table width, start, most | root O | rows | checksum
//   'FHIB' 00 | heap O | offset | child O* …  | checksum       of width × rows children
//   'FHDB' 00 | heap O | offset | [checksum] | objects         an object's offset counts all of it
//
//   ID   version u2 | kind u2 | 0 u4 | managed: offset, length   or   huge: key of a B-tree
//                                                                or   tiny: the object
//
// Source: HDF5 File Format Specification 3.0, III.G; widths of an ID's parts from the source of
// HDF5 1.14.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "formats/hdf5/file.h"

namespace pratique::hdf5 {

class FractalHeap {
public:
    /// Reads the header. Errors: bad_magic, unsupported (versions, filtered heaps), bad_header,
    /// bad_checksum, out_of_bounds, truncated, limit_steps.
    static Result<FractalHeap> open(File& file, std::uint64_t address);

    std::uint64_t id_bytes() const { return id_bytes_; }

    /// The object of an ID. Errors: as open(), missing_record.
    Result<Reader> object(File& file, Reader id);

private:
    struct Row {
        std::uint64_t block_bytes = 0;
        bool is_direct = false;
    };
    struct Block {
        std::uint64_t address = 0;
        std::uint64_t bytes = 0;  ///< of the heap's space that it covers
        std::uint64_t rows = 0;   ///< of an indirect block; 0: direct
    };

    Status read_header(File& file, std::uint64_t address);
    Row row(std::uint64_t number) const;
    /// The child of `block` that covers `offset`, which is made relative to it.
    Result<Block> descend(File& file, const Block& block, std::uint64_t& offset) const;
    Result<Reader> managed(File& file, std::uint64_t offset, std::uint64_t length);
    Result<Reader> huge(File& file, Reader id) const;
    /// Once for each block.
    Status check_direct(File& file, const Block& block);

    std::uint64_t offset_ = 0;  ///< of the header, in the artifact
    std::uint64_t id_bytes_ = 0;
    std::uint64_t offset_bytes_ = 0;
    std::uint64_t length_bytes_ = 0;
    std::uint64_t huge_tree_ = 0;
    std::uint64_t width_ = 0;
    std::uint64_t start_bytes_ = 0;
    std::uint64_t most_direct_bytes_ = 0;
    std::uint64_t root_ = 0;
    std::uint64_t root_rows_ = 0;
    bool has_checksums_ = false;
    std::unordered_set<std::uint64_t> checked_;  ///< addresses of direct blocks
};

}  // namespace pratique::hdf5
