// Our own tar reader, because readers of tar disagree and the disagreement hides things: which name
// counts when a header, a PAX record and a GNU long name each give one, whether a link's size means
// data, whether an archive goes on behind its end. Every reading is followed, what is disputed is
// an anomaly, and bytes that belong to no member are ranges for the caller to search.
//
//     header(512) | data, padded to 512 | header | data | … | 512 zeros | 512 zeros | padding
//
//     0 name(100)  100 mode(8)  108 uid(8)  116 gid(8)  124 size(12)  136 mtime(12)  148
//     checksum(8) 156 type  157 link(100)  257 magic(6)  263 version(2)  265 user(32)  297
//     group(32) 329 device(16)  345 prefix(155, POSIX) numbers are octal text, or with the top bit
//     set base-256 (GNU) type x, X, g  data is PAX records "length key=value\n" for the next member
//     (g: for all) type L, K     data is the next member's name or link (GNU) type S        old GNU
//     sparse: map at 386, "more" at 482, real size at 483, then map blocks
//
// Sources: POSIX.1-2017 pax; GNU tar manual, "Basic Tar Format"; CPython's tarfile for what it
// skips.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "formats/archive/range.h"

namespace pratique::tar {

using archive::Range;

enum class EntryType : std::uint8_t {
    file,
    hard_link,
    symbolic_link,
    directory,
    device,
    fifo,
    sparse,  // the stored bytes are a packed form, not the content
    other    // unknown types have data, as POSIX says
};

struct Entry {
    /// Bytes as stored: no encoding is assumed, nothing is normalised.
    std::string name;
    std::string link;
    EntryType type{};
    std::uint64_t header_offset = 0;
    /// The stored data; cut where the archive ends (the archive then has the error truncated).
    std::uint64_t data_offset = 0;
    std::uint64_t size = 0;
};

enum class AnomalyKind : std::uint8_t {
    bad_checksum,            // a block where a header belongs, but it is none
    size_on_link,            // a link, directory, device or fifo with a size: is it data or not?
    size_override_conflict,  // PAX and header give different sizes, both usable
    name_override_conflict,  // two different overrides of one name or link
    prefix_disputed,         // a prefix field in a header whose dialect has none
    negative_size,
    bad_extension,       // PAX records that break off, or a long name with bytes behind its end
    dangling_extension,  // overrides with no member behind them
    sparse,              // a sparse member: its content is not what is stored
    sparse_mismatch,     // a sparse map that does not fit the sizes
    non_zero_padding,    // bytes between a member's end and the next block
    missing_end,         // no block of zeros at the end
    data_after_end,      // bytes behind the end that are no archive
    second_archive       // members behind the end
};

/// The stable spelling used in reports.
std::string_view name(AnomalyKind kind);

struct Anomaly {
    AnomalyKind kind{};
    std::uint64_t offset = 0;
};

struct Archive {
    std::vector<Entry> entries;
    std::vector<Anomaly> anomalies;
    /// In order, not touching: bytes that are not zero and in no member, header or extension, and
    /// the disputed data of links.
    std::vector<Range> unclaimed;
    /// The first thing that was broken; reading went on behind it where that made sense.
    std::optional<Error> error;
};

/// True if a tar archive starts at bytes[0]: the magic of POSIX or GNU, or, for V7 which has none,
/// a header whose checksum is right and whose fields are numbers.
bool recognise(Bytes bytes);

/// Errors: truncated, bad_checksum, bad_number, negative_length, size_mismatch, overflow,
/// limit_members, limit_bytes (an extension of more than 1 MiB). Thread-safe.
Archive read(Bytes bytes, const Limits& limits);

}  // namespace pratique::tar
