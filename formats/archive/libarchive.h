// The archives that carry models now and then but are nobody's model format: 7z and rar (favourites
// for hiding a pickle from scanners that read zip only), cpio, ar and cab. libarchive reads them,
// from memory and with one format enabled at a time, so that only the code for the magic that was
// really there meets the bytes.
//
//     7z    37 7a bc af 27 1c        rar4  52 61 72 21 1a 07 00     rar5  52 61 72 21 1a 07 01 00
//     cpio  "070701" "070702" "070707"     ar  "!<arch>\n"          cab   "MSCF" 00 00 00 00
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"

namespace pratique::archive {

enum class ForeignKind : std::uint8_t { seven_zip, rar4, rar5, cpio, ar, cab };

/// The stable spelling used in reports.
std::string_view name(ForeignKind kind);

std::optional<ForeignKind> recognise_foreign(Bytes bytes);

enum class ForeignType : std::uint8_t { file, hard_link, symbolic_link, directory, other };

struct ForeignEntry {
    std::string name;
    std::string link;
    ForeignType type{};
    /// As stated by the archive; the bytes may be fewer when there is an error.
    std::uint64_t size = 0;
    std::vector<std::byte> bytes;
    /// The data cannot be read without a password; `bytes` is empty.
    bool encrypted = false;
    /// Why the bytes are incomplete. The offset is that of the entry's header, where known.
    std::optional<Error> error;
};

struct Foreign {
    std::vector<ForeignEntry> entries;
    /// Why reading ended early, or the first entry's error if it did not.
    std::optional<Error> error;
    /// Where the archive ends, where its own header or reader says so: what follows is unclaimed.
    std::optional<std::uint64_t> end;
};

/// Errors: bad_magic (none of these formats), encrypted, unsupported, bad_header, bad_checksum,
/// bad_compression, truncated, size_mismatch, limit_bytes, limit_ratio, limit_members,
/// limit_memory. Thread-safe. libarchive does not verify the checksums of members stored in rar. It
/// takes the memory that a 7z or rar header asks for as its window: the process must have a memory
/// limit of its own. Running into it is limit_memory; where it happens over the few bytes of a
/// name, libarchive ends the process.
Foreign read_foreign(Bytes bytes, const Limits& limits);

/// To be called once in a process that will be locked down: loads the UTF-8 locale that names are
/// converted through. read_foreign() opens no file afterwards; without that locale, names beyond
/// ASCII may come out empty.
void warm_up_foreign();

}  // namespace pratique::archive
