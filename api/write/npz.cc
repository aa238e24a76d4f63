#include "api/write/npz.h"

#include <libdeflate.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "api/write/descr.h"
#include "base/checked.h"
#include "base/wire.h"

namespace pratique::api {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint32_t kLocal = 0x04034b50;
constexpr std::uint32_t kCentral = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kLocator64 = 0x07064b50;
constexpr std::uint16_t kExtra64 = 0x0001;
constexpr std::uint16_t kExtraAlignment = 0xd935;  // as zipalign has it
constexpr std::uint16_t kUtf8 = 1U << 11;
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kVersion64 = 45;
constexpr std::uint16_t kFirstDay = (1U << 5) | 1U;  // 1 January 1980
constexpr std::uint32_t kIn64 = UINT32_MAX;
constexpr std::uint64_t kLocalSize = 30;
constexpr std::uint64_t kCrcAt = 14;

struct Member {
    const Item* item = nullptr;
    std::string name;
    std::string header;  ///< of the .npy
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    std::uint32_t crc = 0;

    bool is_large() const { return size >= kIn64; }
    bool is_far() const { return offset >= kIn64; }
    std::uint16_t flags() const {
        const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
        return std::all_of(name.begin(), name.end(), is_ascii) ? std::uint16_t{0} : kUtf8;
    }
    std::uint32_t size32() const { return is_large() ? kIn64 : static_cast<std::uint32_t>(size); }
};

/// What both headers of a member have in common, from the flags on.
void put_common(WireWriter& out, const Member& member) {
    out.u16(member.flags()).u16(0).u16(0).u16(kFirstDay);
    out.u32(member.crc).u32(member.size32()).u32(member.size32());
    out.u16(static_cast<std::uint16_t>(member.name.size()));
}

WireWriter local_header(const Member& member) {
    const std::uint64_t extra64 = member.is_large() ? 20 : 0;
    const std::uint64_t fixed =
        member.offset + kLocalSize + member.name.size() + extra64 + member.header.size();
    // The field takes six bytes at least: its head and the alignment.
    constexpr std::uint64_t kLeast = 6;
    const std::uint64_t missing = (kAlignment - (fixed + kLeast) % kAlignment) % kAlignment;
    WireWriter out;
    out.u32(kLocal).u16(member.is_large() ? kVersion64 : kVersion);
    put_common(out, member);
    out.u16(static_cast<std::uint16_t>(extra64 + kLeast + missing));
    out.raw(as_bytes(member.name));
    if (member.is_large()) out.u16(kExtra64).u16(16).u64(member.size).u64(member.size);
    out.u16(kExtraAlignment).u16(static_cast<std::uint16_t>(2 + missing));
    out.u16(kAlignment).raw(as_bytes(std::string(missing, '\0')));
    return out;
}

WireWriter central_header(const Member& member) {
    WireWriter extra;
    if (member.is_large()) extra.u64(member.size).u64(member.size);
    if (member.is_far()) extra.u64(member.offset);
    const bool is64 = !extra.view().empty();
    WireWriter out;
    // Made by: version, on Unix, whose file mode stands in the upper half of the attributes.
    const std::uint16_t version = is64 ? kVersion64 : kVersion;
    out.u32(kCentral).u16(static_cast<std::uint16_t>(3U << 8 | version)).u16(version);
    put_common(out, member);
    out.u16(static_cast<std::uint16_t>(is64 ? extra.view().size() + 4 : 0)).u16(0).u16(0).u16(0);
    out.u32(0100644U << 16);
    out.u32(member.is_far() ? kIn64 : static_cast<std::uint32_t>(member.offset));
    out.raw(as_bytes(member.name));
    if (is64) {
        out.u16(kExtra64).u16(static_cast<std::uint16_t>(extra.view().size())).raw(extra.view());
    }
    return out;
}

/// The end of the archive, behind a directory of this place and size.
WireWriter end_of(std::uint64_t members, std::uint64_t at, std::uint64_t size) {
    WireWriter out;
    const bool is64 = members >= UINT16_MAX || at >= kIn64 || size >= kIn64;
    if (is64) {
        out.u32(kEnd64).u64(44).u16(kVersion64).u16(kVersion64).u32(0).u32(0);
        out.u64(members).u64(members).u64(size).u64(at);
        out.u32(kLocator64).u32(0).u64(at + size).u32(1);
    }
    const auto count = static_cast<std::uint16_t>(std::min<std::uint64_t>(members, UINT16_MAX));
    out.u32(kEnd).u16(0).u16(0).u16(count).u16(count);
    out.u32(static_cast<std::uint32_t>(std::min<std::uint64_t>(size, kIn64)));
    out.u32(static_cast<std::uint32_t>(std::min<std::uint64_t>(at, kIn64))).u16(0);
    return out;
}

std::uint32_t crc_of(std::uint32_t crc, Bytes bytes) {
    return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

Status put_member(Member& member, const Sources& sources, TargetFile& file) {
    member.offset = file.size();
    TRY(file.write(local_header(member).view()));
    TRY(file.write(as_bytes(member.header)));
    member.crc = crc_of(0, as_bytes(member.header));
    TRY(put_elements(*member.item, sources, file,
                     [&](Bytes piece) { member.crc = crc_of(member.crc, piece); }));
    WireWriter crc;
    crc.u32(member.crc);
    return file.patch(member.offset + kCrcAt, crc.view());
}

Status put_directory(const std::vector<Member>& members, TargetFile& file) {
    const std::uint64_t at = file.size();
    for (const Member& member : members) TRY(file.write(central_header(member).view()));
    return file.write(end_of(members.size(), at, file.size() - at).view());
}

/// Empty if NumPy has no such type.
std::string descr_of(const loader::Dtype& dtype) {
    std::string out = numpy_descr(dtype);
    return is_plain_descr(out) ? out : std::string();
}

/// Nothing if NumPy has no such type.
std::optional<Member> member_of(const Item& item, bool raw_bits) {
    Form form = plain_form(*item.tensor);
    std::string descr = descr_of(form.dtype);
    if (descr.empty()) {
        if (!raw_bits) return std::nullopt;
        form = raw_form(*item.tensor);
        descr = descr_of(form.dtype);
    }
    Member out{&item, member_name(item.name), npy_header(descr, form.shape)};
    out.size = out.header.size() + form.bytes;
    return out;
}

/// A name that was changed may be another's. The count goes on where it stopped: a file can have
/// 100,000 names that all become one.
class MemberNames {
public:
    std::string unused(const std::string& name) {
        std::string out = name;
        while (!taken_.insert(out).second) out = name + "_" + std::to_string(++numbers_[name]);
        return out;
    }

private:
    std::unordered_set<std::string> taken_;
    std::unordered_map<std::string, std::uint64_t> numbers_;
};

}  // namespace

std::string member_name(const std::string& name) {
    std::string out;
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t end = std::min(name.find('/', at), name.size());
        std::string part = name.substr(at, end - at);
        for (char& c : part) {
            const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
            if (is_control || c == '\\' || c == ':') c = '_';
        }
        // An absolute path, this folder, or the one above.
        if (part.empty() || part == "." || part == "..") part.insert(0, 1, '_');
        if (at != 0) out += '/';
        out += part;
        at = end + 1;
    }
    return out;
}

std::string npy_header(const std::string& descr, std::span<const std::uint64_t> shape) {
    // NumPy keeps room for a first dimension of 21 digits, in case the array grows.
    constexpr std::size_t kDigits = 21;
    std::string dims;
    for (const std::uint64_t extent : shape) {
        if (!dims.empty()) dims += ", ";
        dims += std::to_string(extent);
    }
    if (shape.size() == 1) dims += ',';
    std::string text =
        "{'descr': " + descr + ", 'fortran_order': False, 'shape': (" + dims + "), }";
    if (!shape.empty()) text.append(kDigits - std::to_string(shape.front()).size(), ' ');
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    const bool ascii = std::all_of(text.begin(), text.end(), is_ascii);
    const bool is_short = ascii && text.size() + 1 + kAlignment <= UINT16_MAX;
    const std::size_t front = is_short ? 10 : 12;
    text.append(kAlignment - (front + text.size() + 1) % kAlignment, ' ');
    text += '\n';
    WireWriter out;
    out.raw(as_bytes("\x93NUMPY"));
    if (is_short) {
        out.u8(1).u8(0).u16(static_cast<std::uint16_t>(text.size()));
    } else {
        out.u8(ascii ? 2 : 3).u8(0).u32(static_cast<std::uint32_t>(text.size()));
    }
    out.raw(as_bytes(text));
    return std::string(pratique::text(out.view()));
}

Written write_npz(const Plan& plan, const Sources& sources, bool raw_bits, TargetFile& file) {
    std::vector<Member> members;
    MemberNames names;
    std::uint64_t total = 0;
    for (const Item& item : plan.items) {
        auto member = member_of(item, raw_bits);
        if (!member) return no_type(item, "NumPy");
        member->name = names.unused(member->name) + ".npy";
        if (member->name.size() > UINT16_MAX) {
            return WriteFailure{"a name of " + std::to_string(member->name.size()) +
                                " bytes is too long for an archive"};
        }
        total = saturating_add(total, member->size);
        members.push_back(std::move(*member));
    }
    if (total > INT64_MAX / 2) return WriteFailure{"all tensors together are too large for a file"};
    for (Member& member : members) {
        if (const Status done = put_member(member, sources, file); !done) {
            return failure_of(done.error(), member.item, file);
        }
    }
    if (const Status done = put_directory(members, file); !done) {
        return failure_of(done.error(), nullptr, file);
    }
    return std::nullopt;
}

}  // namespace pratique::api
