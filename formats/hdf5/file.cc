#include "formats/hdf5/file.h"

#include <bit>

#include "base/checked.h"
#include "formats/hdf5/checksum.h"

namespace pratique::hdf5 {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
constexpr std::uint64_t kFirstUserBlock = 512;
/// Steps that any file may take, and steps per byte of it on top. A file without tricks takes
/// about one step per byte of its metadata, and as many again for each name that an object has.
constexpr std::uint64_t kFreeSteps = 64 * kMiB;
constexpr std::uint64_t kStepsPerByte = 8;
/// What a structure costs besides its bytes.
constexpr std::uint64_t kStructure = 64;

bool is_width(std::uint8_t bytes) { return bytes == 2 || bytes == 4 || bytes == 8; }

}  // namespace

std::optional<std::uint64_t> recognise(Bytes bytes) {
    if (starts_with(bytes, kSignature)) return 0;
    for (std::uint64_t at = kFirstUserBlock; at < bytes.size(); at *= 2) {
        if (starts_with(from(bytes, at), kSignature)) return at;
    }
    return std::nullopt;
}

Result<File> File::open(Bytes bytes, const Limits& limits) {
    const auto found = recognise(bytes);
    if (!found) return Error{Errc::bad_magic, 0};
    File out(bytes, limits);
    out.base_ = *found;
    out.steps_left_ = kFreeSteps + kStepsPerByte * bytes.size();
    Reader in(pratique::from(bytes, *found), *found);
    TRY(in.skip(kSignature.size()));
    out.version_ = TRY(in.u8());
    if (out.version_ > 3) return Error{Errc::unsupported, in.offset() - 1};
    TRY(out.version_ < 2 ? out.read_old(in) : out.read_new(in));
    return out;
}

Status File::read_widths(Reader& in) {
    const std::uint64_t at = in.offset();
    address_bytes_ = TRY(in.u8());
    length_bytes_ = TRY(in.u8());
    if (!is_width(address_bytes_) || !is_width(length_bytes_)) return Error{Errc::bad_header, at};
    return {};
}

Status File::read_old(Reader& in) {
    TRY(in.skip(4));  // versions of parts, all 0 for ever
    TRY(read_widths(in));
    TRY(in.skip(1 + 2 + 2 + 4));  // reserved, B-tree ranks, flags
    if (version_ == 1) TRY(in.skip(4));
    const std::uint64_t stated_base = TRY(address(in));
    TRY(address(in));  // free space
    const std::uint64_t stated_end = TRY(address(in));
    const std::uint64_t driver_at = in.offset();
    // A driver block is what files have that are one of several.
    if (TRY(address(in)) != kNoAddress) return Error{Errc::unsupported, driver_at};
    TRY(address(in));  // the root group's name, which is empty
    root_ = TRY(address(in));
    return place(stated_base, stated_end);
}

Status File::read_new(Reader& in) {
    const std::uint64_t start = in.offset() - kSignature.size() - 1;
    TRY(read_widths(in));
    TRY(in.skip(1));  // flags: whether someone has it open
    const std::uint64_t stated_base = TRY(address(in));
    TRY(address(in));  // extension: B-tree ranks, free space
    const std::uint64_t stated_end = TRY(address(in));
    root_ = TRY(address(in));
    TRY(check_sum(in, slice(bytes_, start, in.offset() - start)));
    return place(stated_base, stated_end);
}

/// Addresses count from the signature, whatever the superblock says: libhdf5 sees it so, and a
/// user block that was put in front later moves the end as well.
Status File::place(std::uint64_t stated_base, std::uint64_t stated_end) {
    if (stated_base == kNoAddress || stated_end == kNoAddress || stated_end < stated_base) {
        return Error{Errc::bad_header, base_};
    }
    end_ = TRY(checked_add(stated_end - stated_base, base_, base_));
    if (end_ > bytes_.size()) return Error{Errc::truncated, bytes_.size()};
    if (root_ == kNoAddress) return Error{Errc::bad_header, base_};
    return {};
}

Result<Reader> File::at(std::uint64_t address, std::uint64_t count) {
    const std::uint64_t offset = offset_of(address);
    const Bytes bytes = TRY(data(address, count));
    TRY(spend(saturating_add(count, kStructure), offset));
    return Reader(bytes, offset);
}

Result<Reader> File::from(std::uint64_t address) {
    const std::uint64_t offset = offset_of(address);
    if (offset >= bytes_.size()) return Error{Errc::out_of_bounds, offset};
    TRY(spend(kStructure, offset));
    return Reader(pratique::from(bytes_, offset), offset);
}

Result<Bytes> File::data(std::uint64_t address, std::uint64_t count) const {
    const std::uint64_t offset = TRY(checked_add(address, base_));
    if (!fits(offset, count, bytes_.size())) return Error{Errc::out_of_bounds, offset};
    return slice(bytes_, offset, count);
}

std::uint64_t File::offset_of(std::uint64_t address) const {
    return saturating_add(address, base_);
}

Status File::spend(std::uint64_t steps, std::uint64_t offset) {
    if (steps > steps_left_) return Error{Errc::limit_steps, offset};
    steps_left_ -= steps;
    return {};
}

Result<std::uint64_t> File::address(Reader& in) const {
    const std::uint64_t value = TRY(number(in, address_bytes_));
    const bool is_none =
        address_bytes_ < 8 && value == (std::uint64_t{1} << 8 * address_bytes_) - 1;
    return is_none ? kNoAddress : value;
}

Result<std::uint64_t> File::length(Reader& in) const { return number(in, length_bytes_); }

Result<std::uint64_t> number(Reader& in, std::uint64_t bytes) {
    if (bytes > 8) return Error{Errc::overflow, in.offset()};
    const Bytes raw = TRY(in.take(bytes));
    std::uint64_t value = 0;
    for (std::size_t i = raw.size(); i > 0; --i) {
        value = value << 8 | std::to_integer<std::uint64_t>(raw[i - 1]);
    }
    return value;
}

Status expect(Reader& in, std::string_view magic) {
    const std::uint64_t at = in.offset();
    if (text(TRY(in.take(magic.size()))) != magic) return Error{Errc::bad_magic, at};
    return {};
}

Status expect_version(Reader& in, std::uint8_t version) {
    const std::uint64_t at = in.offset();
    if (TRY(in.u8()) != version) return Error{Errc::unsupported, at};
    return {};
}

Status check_sum(Reader& in, Bytes bytes) {
    const std::uint64_t at = in.offset();
    if (!is_sum(TRY(in.le<std::uint32_t>()), lookup3(bytes))) return Error{Errc::bad_checksum, at};
    return {};
}

std::uint64_t bytes_for(std::uint64_t most) {
    return most == 0 ? 1 : (std::bit_width(most) - 1UL) / 8 + 1;
}

}  // namespace pratique::hdf5
