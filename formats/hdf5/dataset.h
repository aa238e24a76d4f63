// The messages that make an object a dataset: how many elements, of which type, where they lie, and
// what was done to them on their way there.
//
//   dataspace   version | rank | flags | … | dimensions L* | [most L*]
//   layout      version | 0 compact: bytes | 1 contiguous: address, size | 2 chunked | 3 virtual
//   filters     version | count | { id u16 | … | flags u16 | values }
//   fill value  version | … | size u32 | one element
//
// Source: HDF5 File Format Specification 3.0, IV.A.2.b, f, i and l; layout version 5 from the
// source of HDF5 2.0.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/hdf5/datatype.h"
#include "formats/hdf5/object.h"

namespace pratique::hdf5 {

struct Dataspace {
    bool is_null = false;  ///< no elements, and no shape either
    std::vector<std::uint64_t> shape;
    /// As far as the dataset may grow; kNoAddress: without end. As many as dimensions.
    std::vector<std::uint64_t> most;
};

enum class Storage : std::uint8_t { compact, contiguous, chunked };

/// How the chunks of a dataset are found.
enum class Index : std::uint8_t {
    tree = 0,  // a B-tree of version 1
    single = 1,
    implicit = 2,
    fixed_array = 3,
    extensible_array = 4,
    tree2 = 5,
};

struct Layout {
    std::uint8_t version = 0;
    Storage storage = Storage::contiguous;
    Bytes compact;
    std::uint64_t address = kNoAddress;  ///< of the data, or of the index of the chunks
    std::uint64_t size = 0;              ///< of contiguous data, bytes
    Index index = Index::tree;
    std::vector<std::uint64_t> chunk;  ///< elements along each dimension
    std::uint64_t element = 0;         ///< bytes of an element as the layout has it
    std::uint64_t chunk_bytes = 0;
    bool edges_unfiltered = false;     ///< chunks that reach over the edge are stored as they are
    bool single_filtered = false;      ///< the two below are there
    std::uint64_t single_size = 0;     ///< bytes of the one chunk
    std::uint32_t single_skipped = 0;  ///< filters that it did not go through
    std::uint64_t offset = 0;          ///< of the message
};

struct Filter {
    std::uint16_t id = 0;
    std::vector<std::uint32_t> values;
    std::uint64_t offset = 0;  ///< of its description
};

struct Dataset {
    Datatype type;
    Dataspace space;
    Layout layout;
    std::vector<Filter> filters;
    Bytes fill;  ///< one element; empty: zeros
};

/// Errors: truncated, bad_header, unsupported (versions, virtual datasets), limit_rank, overflow,
/// size_mismatch, rank_mismatch (chunks of another rank), missing_record (a message that each
/// dataset has), external_data.
Result<Dataset> read_dataset(File& file, const Object& object);

/// The dataspace of a dataset or an attribute.
Result<Dataspace> read_dataspace(const File& file, Reader& in);

}  // namespace pratique::hdf5
