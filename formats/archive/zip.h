// Our own zip reader. A zip archive says everything twice, once in front of each member and once in
// the directory at its end, and its readers disagree on which statement holds and even on where
// the directory is. A library shows one view; hiding a payload means being in the other. This
// reader therefore reads both, reports every difference, and lists each byte that nobody claims.
//
//   [prefix] { local header, name, extra | payload | [descriptor] }*      members
//            { central record, name, extra, comment }*                    directory
//            [zip64 end record, zip64 locator]  end record, comment       [tail]
//
// Only headers are read: a member's payload is neither touched nor decompressed here. Source:
// PKWARE APPNOTE 6.3.10; the choices of readers from CPython's zipfile, miniz, libzip and Go.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace pratique::zip {

// Everything that no ordinary writer produces, or that readers understand in different ways.
#define PRATIQUE_ZIP_ANOMALIES(X)                                                              \
    X(prefix_bytes, "bytes before the first member")                                           \
    X(trailing_bytes, "bytes after the end of the archive")                                    \
    X(second_end_record, "another end record, which some readers choose")                      \
    X(bad_end_record, "an end record that leads to no directory")                              \
    X(count_mismatch, "the stated number of entries is not the number of records")             \
    X(directory_size_mismatch, "the stated size of the directory is not its size")             \
    X(header_mismatch_name, "directory and local header name the member differently")          \
    X(header_mismatch_method, "directory and local header state different methods")            \
    X(header_mismatch_size, "directory and local header state different sizes")                \
    X(header_mismatch_flags, "directory and local header differ about encryption or patching") \
    X(header_mismatch_crc, "directory and local header state different checksums")             \
    X(duplicate_name, "a name that an earlier entry has")                                      \
    X(case_twin, "a name equal to an earlier one but for case or the kind of slash")           \
    X(overlap, "a member that shares bytes with another or with a directory")                  \
    X(entry_only_local, "a member that the directory does not name")                           \
    X(entry_only_central, "a directory entry without a local header")                          \
    X(data_out_of_bounds, "a payload that goes on past the end of the file")                   \
    X(encrypted, "an encrypted member")                                                        \
    X(odd_method, "a method other than stored and deflated")                                   \
    X(unicode_name_differs, "a Unicode path field that gives the member another name")         \
    X(comment_holds_archive, "zip structures inside a comment")                                \
    X(name_nul, "a NUL in a name")                                                             \
    X(multi_disk, "an archive that claims to be one volume of several")                        \
    X(bad_descriptor, "a data descriptor that is missing or says something else")              \
    X(bad_extra, "an extra field whose parts do not fit into it")                              \
    X(bad_zip64, "64-bit fields that are missing, repeated, or contradict the 32-bit ones")    \
    X(unsearched, "unclaimed bytes from here on were too many to search for hidden members")

enum class AnomalyKind : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, meaning) name,
    PRATIQUE_ZIP_ANOMALIES(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};

/// The stable spelling used in reports, and the sentence behind it.
std::string_view name(AnomalyKind kind);
std::string_view meaning(AnomalyKind kind);

inline constexpr std::uint16_t kStored = 0;
inline constexpr std::uint16_t kDeflated = 8;
inline constexpr std::uint16_t kWinZipAes = 99;

/// One member as one directory states it. Where directory and local header disagree on what the
/// payload is (method, packed size, encryption), the local header's statement is an entry of its
/// own beside the directory's, with in_central false and the same header_offset.
struct Entry {
    std::string_view name;  ///< raw bytes as stated, a view into the archive
    std::string_view local_name;
    std::string_view unicode_name;  ///< Info-ZIP extra 0x7075; empty when absent or equal to name
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    std::uint16_t made_by = 0;  ///< 0 when only a local header states the entry
    std::uint32_t crc = 0;
    std::uint32_t external_attributes = 0;
    std::uint64_t compressed_size = 0;  ///< of the payload in the file, bytes
    std::uint64_t size = 0;             ///< stated size after decompression, bytes
    std::uint64_t record_offset = 0;  ///< of the directory record; only meaningful with in_central
    std::uint64_t header_offset = 0;  ///< of the local header, in the archive
    std::uint64_t data_offset = 0;    ///< of the payload; only meaningful with in_local
    bool in_central = false;
    bool in_local = false;
};

struct Anomaly {
    AnomalyKind kind{};
    std::uint64_t offset = 0;
    std::string_view name;  ///< the entry's name, empty when it concerns the archive

    friend bool operator==(const Anomaly&, const Anomaly&) = default;
};

struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    friend bool operator==(const Range&, const Range&) = default;
};

/// What was found. Entries come in directory order, those that only other directories or local
/// headers name behind them. Anomalies are sorted by offset, `unclaimed` is sorted and disjoint.
struct Archive {
    std::vector<Entry> entries;
    std::vector<Anomaly> anomalies;
    std::vector<Range> unclaimed;
    std::string_view comment;
    /// Why the archive was not read completely: truncated (no end record: only local headers were
    /// found), bad_header, limit_members. All that was read is in the other fields.
    std::optional<Error> error;
};

/// A local header at offset 0, or an end record near the end that leads to a directory.
bool recognise(Bytes archive);

/// Reads all directories and headers; never fails, but says in Archive what is wrong. Time and
/// memory are bounded by Limits::members and, for the search of unclaimed bytes,
/// Limits::probed_bytes. All views point into `archive`. Thread-safe.
Archive read(Bytes archive, const Limits& limits);

/// The payload as it lies in the archive, cut at its end; empty for an entry without local header.
Bytes payload(Bytes archive, const Entry& entry);

/// The Unix mode, where the entry has one, says symbolic link.
bool is_symlink(const Entry& entry);

/// Any of the three kinds of encryption: traditional, strong, WinZip AES.
bool is_encrypted(const Entry& entry);

}  // namespace pratique::zip
