#include "formats/archive/zip_records.h"

#include <algorithm>

#include "base/checked.h"

namespace pratique::zip {
namespace {

constexpr std::uint32_t kUse64 = 0xFFFFFFFF;
constexpr std::uint16_t kUse32 = 0xFFFF;
constexpr std::uint16_t kExtraZip64 = 0x0001;
constexpr std::uint16_t kExtraUnicodePath = 0x7075;
constexpr std::uint64_t kLocator64Size = 20;
constexpr std::uint64_t kEnd64Size = 56;

bool all_zero(Bytes bytes) {
    for (const std::byte b : bytes) {
        if (b != std::byte{0}) return false;
    }
    return true;
}

// version u8 (1), CRC-32 of the header's name u32, name in UTF-8. Readers that skip the check of
// the CRC exist, so the name counts whatever the CRC says.
Status read_unicode_path(Reader in, std::string_view name, Extras& out) {
    TRY(in.skip(5));
    const std::string_view given = text(in.rest());
    if (given != name) out.unicode_name = given;
    return {};
}

Status read_extra_parts(Reader& in, std::string_view name, Extras& out) {
    while (in.left() >= 4) {
        const auto id = TRY(in.le<std::uint16_t>());
        Reader part = TRY(in.sub(TRY(in.le<std::uint16_t>())));
        if (id == kExtraZip64) {
            out.repeated_zip64 = !out.zip64.empty();
            if (out.zip64.empty()) out.zip64 = part.rest();
        } else if (id == kExtraUnicodePath) {
            TRY(read_unicode_path(part, name, out));
        }
    }
    return {};
}

/// Alignment tools fill the extra field with zeros, also with fewer than a part's four bytes;
/// that is no damage.
Extras read_extras(Bytes extra, std::string_view name) {
    Extras out;
    Reader in(extra);
    const Status parts = read_extra_parts(in, name, out);
    out.malformed = !parts || !all_zero(in.rest());
    return out;
}

/// The 64-bit values stand in a fixed order, but only those whose 32-bit field is saturated.
Status widen(Reader& zip64, std::uint64_t& field) {
    if (field != kUse64) return {};
    field = TRY(zip64.le<std::uint64_t>());
    return {};
}

Status widen_local(LocalHeader& local) {
    Reader zip64(local.extras.zip64);
    TRY(widen(zip64, local.size));
    return widen(zip64, local.compressed_size);
}

Status widen_central(CentralRecord& record) {
    Reader zip64(record.extras.zip64);
    TRY(widen(zip64, record.size));
    TRY(widen(zip64, record.compressed_size));
    TRY(widen(zip64, record.header_offset));
    if (record.disk == kUse32) record.disk = TRY(zip64.le<std::uint32_t>());
    return {};
}

struct End64 {
    std::uint64_t at = 0;
    std::uint64_t end = 0;
    bool multi_disk = false;
    DirectoryClaim claim;
};

Result<End64> read_end64(Bytes archive, std::uint64_t at) {
    Reader in(from(archive, at), at);
    if (TRY(in.le<std::uint32_t>()) != kEnd64Signature) return Error{Errc::bad_magic, at};
    End64 out;
    out.at = at;
    out.end = TRY(checked_add(TRY(in.le<std::uint64_t>()), std::uint64_t{12}));
    out.end = TRY(checked_add(out.end, at));
    TRY(in.skip(4));  // versions made by and needed
    const auto disk = TRY(in.le<std::uint32_t>());
    const auto directory_disk = TRY(in.le<std::uint32_t>());
    const auto count_here = TRY(in.le<std::uint64_t>());
    out.claim.count = TRY(in.le<std::uint64_t>());
    out.claim.size = TRY(in.le<std::uint64_t>());
    out.claim.offset = TRY(in.le<std::uint64_t>());
    out.multi_disk = disk != 0 || directory_disk != 0 || count_here != out.claim.count;
    return out;
}

/// The zip64 end record stands where the locator says, or, when something was put in front of the
/// archive and the offsets were left alone, directly before the locator.
Result<End64> find_end64(Bytes archive, std::uint64_t locator) {
    Reader in(from(archive, locator), locator);
    TRY(in.skip(8));  // signature, disk
    const auto stated = TRY(in.le<std::uint64_t>());
    for (const std::uint64_t at : {stated, locator - std::min(locator, kEnd64Size)}) {
        const auto found = read_end64(archive, at);
        if (found && found->end <= locator) return found;
    }
    return Error{Errc::bad_header, locator};
}

bool contradicts(std::uint64_t narrow, std::uint64_t saturated, std::uint64_t wide) {
    return narrow != saturated && narrow != wide;
}

void apply_zip64(Bytes archive, EndRecord& out) {
    if (out.at < kLocator64Size) return;
    const std::uint64_t locator = out.at - kLocator64Size;
    if (!has_signature(archive, locator, kLocator64Signature)) return;
    out.has_locator = true;
    const auto end64 = find_end64(archive, locator);
    if (!end64) {
        out.bad_zip64 = true;
        return;
    }
    out.directory_end = end64->at;
    out.end64_end = end64->end;
    out.multi_disk = out.multi_disk || end64->multi_disk;
    const DirectoryClaim narrow = out.claims.front();
    const DirectoryClaim wide = end64->claim;
    out.claims.front() = wide;
    if (contradicts(narrow.count, kUse32, wide.count) ||
        contradicts(narrow.size, kUse64, wide.size) ||
        contradicts(narrow.offset, kUse64, wide.offset)) {
        out.bad_zip64 = true;
        out.claims.push_back(narrow);
    }
}

template <std::unsigned_integral Size>
bool states(Reader in, const Sizes& sizes) {
    const auto crc = in.le<std::uint32_t>();
    const auto compressed = in.le<Size>();
    const auto size = in.le<Size>();
    return crc && compressed && size && *crc == sizes.crc && *compressed == sizes.compressed_size &&
           *size == sizes.size;
}

}  // namespace

bool has_signature(Bytes archive, std::uint64_t at, std::uint32_t signature) {
    const auto found = Reader(from(archive, at)).le<std::uint32_t>();
    return found && *found == signature;
}

Result<LocalHeader> read_local(Bytes archive, std::uint64_t at) {
    Reader in(from(archive, at), at);
    if (TRY(in.le<std::uint32_t>()) != kLocalSignature) return Error{Errc::bad_magic, at};
    LocalHeader out;
    TRY(in.skip(2));  // version needed
    out.flags = TRY(in.le<std::uint16_t>());
    out.method = TRY(in.le<std::uint16_t>());
    TRY(in.skip(4));  // time and date
    out.crc = TRY(in.le<std::uint32_t>());
    out.compressed_size = TRY(in.le<std::uint32_t>());
    out.size = TRY(in.le<std::uint32_t>());
    const auto name_size = TRY(in.le<std::uint16_t>());
    const auto extra_size = TRY(in.le<std::uint16_t>());
    out.name = text(TRY(in.take(name_size)));
    out.extras = read_extras(TRY(in.take(extra_size)), out.name);
    out.data_offset = in.offset();
    out.bad_zip64 = !widen_local(out) || out.extras.repeated_zip64;
    return out;
}

Result<CentralRecord> read_central(Bytes archive, std::uint64_t at) {
    Reader in(from(archive, at), at);
    if (TRY(in.le<std::uint32_t>()) != kCentralSignature) return Error{Errc::bad_magic, at};
    CentralRecord out;
    out.at = at;
    out.made_by = TRY(in.le<std::uint16_t>());
    TRY(in.skip(2));  // version needed
    out.flags = TRY(in.le<std::uint16_t>());
    out.method = TRY(in.le<std::uint16_t>());
    TRY(in.skip(4));  // time and date
    out.crc = TRY(in.le<std::uint32_t>());
    out.compressed_size = TRY(in.le<std::uint32_t>());
    out.size = TRY(in.le<std::uint32_t>());
    const auto name_size = TRY(in.le<std::uint16_t>());
    const auto extra_size = TRY(in.le<std::uint16_t>());
    const auto comment_size = TRY(in.le<std::uint16_t>());
    out.disk = TRY(in.le<std::uint16_t>());
    TRY(in.skip(2));  // internal attributes
    out.external_attributes = TRY(in.le<std::uint32_t>());
    out.header_offset = TRY(in.le<std::uint32_t>());
    out.name = text(TRY(in.take(name_size)));
    out.extras = read_extras(TRY(in.take(extra_size)), out.name);
    TRY(in.skip(comment_size));
    out.end = in.offset();
    out.bad_zip64 = !widen_central(out) || out.extras.repeated_zip64;
    return out;
}

Result<EndRecord> read_end(Bytes archive, std::uint64_t at) {
    Reader in(from(archive, at), at);
    if (TRY(in.le<std::uint32_t>()) != kEndSignature) return Error{Errc::bad_magic, at};
    EndRecord out;
    out.at = at;
    out.directory_end = at;
    const auto disk = TRY(in.le<std::uint16_t>());
    const auto directory_disk = TRY(in.le<std::uint16_t>());
    const auto count_here = TRY(in.le<std::uint16_t>());
    DirectoryClaim claim;
    claim.count = TRY(in.le<std::uint16_t>());
    claim.size = TRY(in.le<std::uint32_t>());
    claim.offset = TRY(in.le<std::uint32_t>());
    out.claims.push_back(claim);
    const auto comment_size = TRY(in.le<std::uint16_t>());
    out.comment_cut = comment_size > in.left();
    out.comment = text(TRY(in.take(std::min<std::uint64_t>(comment_size, in.left()))));
    out.end = in.offset();
    out.multi_disk = (disk != 0 && disk != kUse32) ||
                     (directory_disk != 0 && directory_disk != kUse32) ||
                     (count_here != claim.count && count_here != kUse32);
    apply_zip64(archive, out);
    return out;
}

std::optional<std::uint64_t> match_descriptor(Bytes archive, std::uint64_t at, const Sizes& sizes) {
    // The longest form is tried first: for an empty member its first half looks like the short.
    const Reader plain(from(archive, at), at);
    Reader marked = plain;
    if (has_signature(archive, at, kDescriptorSignature) && marked.skip(4)) {
        if (states<std::uint64_t>(marked, sizes)) return 24;
        if (states<std::uint32_t>(marked, sizes)) return 16;
    }
    if (states<std::uint64_t>(plain, sizes)) return 20;
    if (states<std::uint32_t>(plain, sizes)) return 12;
    return std::nullopt;
}

}  // namespace pratique::zip
