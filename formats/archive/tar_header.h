// The parts of a tar archive that can be decoded alone: one header block, one run of PAX records,
// one sparse map. What they mean for each other is decided in tar.cc.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::tar {

inline constexpr std::uint64_t kBlock = 512;

/// `size` rounded up to whole blocks; the largest whole block number when that overflows.
std::uint64_t padded(std::uint64_t size);

bool is_zero(Bytes bytes);

/// A number field: octal text, or base-256. Errors (offset 0): bad_number, overflow,
/// negative_length. An empty field is 0, as every reader has it.
Result<std::uint64_t> number(Bytes field);

struct Header {
    char type = 0;
    bool posix = false;
    std::string name;  // prefix included
    std::string link;
    bool prefix_disputed = false;
    Result<std::uint64_t> size = std::uint64_t{0};
};

/// Nothing if the block's checksum is wrong (as the sum of unsigned or of signed bytes).
std::optional<Header> decode_header(Bytes block);

/// True for a header without magic whose number fields are numbers and whose type is one of V7's.
bool plausible_v7(Bytes block);

/// What PAX records and long names say about the next member.
struct Overrides {
    std::optional<std::string> name;
    std::optional<std::string> link;
    std::optional<std::uint64_t> size;
    std::optional<std::string> sparse_name;
    bool sparse = false;
    /// Something was said twice, differently.
    bool conflict = false;

    bool empty() const { return !name && !link && !size && !sparse_name && !sparse; }
};

/// Reads the records of one PAX header into `into`; a later record wins. Errors (offset in
/// `records`): bad_header (the records break off), bad_number (a size that is none).
Status read_pax(Bytes records, Overrides& into);

/// The name in a GNU long-name member: up to the first NUL. Error: trailing_bytes, with the name
/// taken all the same.
Status read_long_name(Bytes data, std::optional<std::string>& into, bool& conflict);

/// Old GNU sparse: the blocks of map that follow the header, and whether the map is consistent.
struct SparseMap {
    std::uint64_t bytes = 0;
    bool consistent = true;
};

/// `rest` starts behind the header block. Error (offset in `rest`): truncated.
Result<SparseMap> read_sparse_map(Bytes header, Bytes rest, std::uint64_t stored);

}  // namespace pratique::tar
