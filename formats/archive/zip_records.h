// The single records of a zip archive, each read from its own offset and resolved to 64 bits. No
// function here knows of any record but the one that it reads; zip_survey.h puts them together.
#pragma once

#include <optional>
#include <vector>

#include "base/reader.h"

namespace pratique::zip {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064b50;
inline constexpr std::uint32_t kLocator64Signature = 0x07064b50;
inline constexpr std::uint32_t kDescriptorSignature = 0x08074b50;
inline constexpr std::uint32_t kDigitalSignature = 0x05054b50;

inline constexpr std::uint64_t kEndRecordSize = 22;
inline constexpr std::uint64_t kLongestComment = 65'535;

inline constexpr std::uint16_t kFlagEncrypted = 1U << 0;
inline constexpr std::uint16_t kFlagDescriptor = 1U << 3;
inline constexpr std::uint16_t kFlagPatch = 1U << 5;
inline constexpr std::uint16_t kFlagStrong = 1U << 6;
inline constexpr std::uint16_t kFlagMasked = 1U << 13;

/// True if `archive` has this signature at `at`.
bool has_signature(Bytes archive, std::uint64_t at, std::uint32_t signature);

/// What the extra field of a header holds for us.
struct Extras {
    Bytes zip64;
    std::string_view unicode_name;
    bool repeated_zip64 = false;
    bool malformed = false;
};

struct LocalHeader {
    std::uint64_t data_offset = 0;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;
    std::string_view name;
    Extras extras;
    bool bad_zip64 = false;

    /// The writer did not know the packed size yet and left it to the descriptor. The size of the
    /// content may be stated nevertheless (Info-ZIP and libarchive do).
    bool sizes_follow() const { return (flags & kFlagDescriptor) != 0 && compressed_size == 0; }
};

struct CentralRecord {
    std::uint64_t at = 0;
    std::uint64_t end = 0;
    std::uint16_t made_by = 0;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint32_t disk = 0;
    std::uint32_t external_attributes = 0;
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;
    std::uint64_t header_offset = 0;  ///< as stated
    std::string_view name;
    Extras extras;
    bool bad_zip64 = false;
};

/// Where an end record says that its directory is.
struct DirectoryClaim {
    std::uint64_t count = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;

    friend bool operator==(const DirectoryClaim&, const DirectoryClaim&) = default;
};

struct EndRecord {
    std::uint64_t at = 0;
    std::uint64_t end = 0;            ///< behind the comment, at most the size of the file
    std::uint64_t directory_end = 0;  ///< of the zip64 end record if there is one, else `at`
    std::uint64_t end64_end = 0;      ///< behind the zip64 end record; 0 without one
    bool has_locator = false;
    bool multi_disk = false;
    bool bad_zip64 = false;
    bool comment_cut = false;
    std::string_view comment;
    /// One claim, or two when the 32-bit and the 64-bit fields contradict each other.
    std::vector<DirectoryClaim> claims;
};

/// Errors: truncated, bad_magic.
Result<LocalHeader> read_local(Bytes archive, std::uint64_t at);
Result<CentralRecord> read_central(Bytes archive, std::uint64_t at);
Result<EndRecord> read_end(Bytes archive, std::uint64_t at);

/// What a descriptor must repeat.
struct Sizes {
    std::uint32_t crc = 0;
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;
};

/// The length of the descriptor at `at` that states exactly `sizes`: 24, 20, 16 or 12 bytes (with
/// 64- or 32-bit sizes, with or without signature); nothing when none of them does.
std::optional<std::uint64_t> match_descriptor(Bytes archive, std::uint64_t at, const Sizes& sizes);

}  // namespace pratique::zip
