#include "formats/archive/tar_header.h"

#include <algorithm>
#include <charconv>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::tar {
namespace {

using namespace std::string_view_literals;

struct Field {
    std::uint64_t at;
    std::uint64_t size;
};

constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUser{108, 8};
constexpr Field kGroup{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::uint64_t kType = 156;
constexpr Field kLink{157, 100};
constexpr Field kMagic{257, 6};
constexpr Field kPrefix{345, 155};

Bytes field_of(Bytes block, Field field) { return slice(block, field.at, field.size); }

std::string_view c_string(Bytes field) {
    const std::string_view all = text(field);
    return all.substr(0, all.find('\0'));
}

Result<std::uint64_t> base_256(Bytes field) {
    constexpr unsigned kSign = 0x40;
    const auto first = static_cast<unsigned>(field.front());
    if ((first & kSign) != 0) return Error{Errc::negative_length, 0};
    std::uint64_t value = first & (kSign - 1);
    for (const std::byte byte : field.subspan(1)) {
        value = TRY(checked_mul<std::uint64_t>(value, 256));
        value |= static_cast<std::uint64_t>(byte);
    }
    return value;
}

template <class T>
void set(std::optional<T>& slot, T value, bool& conflict) {
    conflict = conflict || (slot && *slot != value);
    slot = std::move(value);
}

Status apply_record(std::string_view key, std::string_view value, Overrides& into) {
    if (key == "path") set(into.name, std::string(value), into.conflict);
    if (key == "linkpath") set(into.link, std::string(value), into.conflict);
    if (key == "GNU.sparse.name") set(into.sparse_name, std::string(value), into.conflict);
    into.sparse = into.sparse || key.starts_with("GNU.sparse.");
    if (key == "size") {
        std::uint64_t size = 0;
        const auto [end, code] = std::from_chars(value.begin(), value.end(), size);
        if (code != std::errc{} || end != value.end()) return Error{Errc::bad_number, 0};
        set(into.size, size, into.conflict);
    }
    return {};
}

// The length in front of a record counts itself and the line end.
Result<std::uint64_t> record_length(Bytes rest) {
    constexpr std::size_t kMostDigits = 20;
    const std::string_view start = text(slice(rest, 0, kMostDigits + 1));
    const auto space = start.find(' ');
    std::uint64_t length = 0;
    if (space == std::string_view::npos) return Error{Errc::bad_header, 0};
    const std::string_view digits = start.substr(0, space);
    const auto [end, code] = std::from_chars(digits.begin(), digits.end(), length);
    if (code != std::errc{} || end != digits.end()) return Error{Errc::bad_header, 0};
    if (length <= space + 1 || length > rest.size()) return Error{Errc::bad_header, 0};
    return length;
}

}  // namespace

std::uint64_t padded(std::uint64_t size) {
    return saturating_add(size, kBlock - 1) / kBlock * kBlock;
}

bool is_zero(Bytes bytes) {
    static constexpr std::array<char, kBlock> kZeros{};
    const std::string_view zeros(kZeros.data(), kZeros.size());
    for (Bytes rest = bytes; !rest.empty(); rest = from(rest, kBlock)) {
        const std::string_view block = text(slice(rest, 0, kBlock));
        if (block != zeros.substr(0, block.size())) return false;
    }
    return true;
}

Result<std::uint64_t> number(Bytes field) {
    if (!field.empty() && (field.front() & std::byte{0x80}) != std::byte{}) return base_256(field);
    std::string_view digits = c_string(field);
    digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
    const std::string_view behind = digits.substr(std::min(digits.find(' '), digits.size()));
    digits.remove_suffix(behind.size());
    if (behind.find_first_not_of(' ') != std::string_view::npos) return Error{Errc::bad_number, 0};
    if (digits.empty()) return std::uint64_t{0};
    if (digits.front() == '-') return Error{Errc::negative_length, 0};
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(digits.begin(), digits.end(), value, 8);
    if (code != std::errc{} || end != digits.end()) return Error{Errc::bad_number, 0};
    return value;
}

std::optional<Header> decode_header(Bytes block) {
    const auto stated = number(field_of(block, kChecksum));
    if (!stated || block.size() != kBlock) return {};
    std::int64_t plain = 0;
    std::int64_t with_sign = 0;  // some early writers summed signed characters
    std::uint64_t at = 0;
    for (const std::byte byte : block) {
        const bool summed = at < kChecksum.at || at >= kChecksum.at + kChecksum.size;
        const std::byte counted = summed ? byte : std::byte{' '};
        plain += static_cast<std::uint8_t>(counted);
        with_sign += static_cast<std::int8_t>(counted);
        ++at;
    }
    const auto sum = static_cast<std::int64_t>(std::min<std::uint64_t>(*stated, INT32_MAX));
    if (sum != plain && sum != with_sign) return {};

    Header header;
    header.type = text(block)[kType];
    header.posix = text(field_of(block, kMagic)) == "ustar\0"sv;
    header.name = c_string(field_of(block, kName));
    header.link = c_string(field_of(block, kLink));
    header.size = number(field_of(block, kSize));
    const std::string_view prefix = c_string(field_of(block, kPrefix));
    if (header.posix && !prefix.empty()) header.name = std::string(prefix) + '/' + header.name;
    // GNU sparse headers keep times and their map there, which no reader takes for a prefix.
    header.prefix_disputed = !header.posix && !prefix.empty() && header.type != 'S';
    return header;
}

bool plausible_v7(Bytes block) {
    if (text(field_of(block, kName)).starts_with('\0')) return false;
    for (const Field field : {kMode, kUser, kGroup, kSize, kTime}) {
        if (!number(field_of(block, field))) return false;
    }
    return "\0"sv.find(text(block)[kType]) == 0 ||
           "0123456"sv.find(text(block)[kType]) != std::string_view::npos;
}

Status read_pax(Bytes records, Overrides& into) {
    Reader in(records);
    Status bad;
    while (!in.at_end()) {
        const std::uint64_t at = in.offset();
        const auto length = record_length(in.rest());
        if (!length) return Error{length.error().code, at};
        std::string_view record = text(TRY(in.take(*length)));
        record.remove_prefix(record.find(' ') + 1);
        const auto equals = record.find('=');
        if (!record.ends_with('\n') || equals == std::string_view::npos) {
            return Error{Errc::bad_header, at};
        }
        record.remove_suffix(1);
        const Status applied =
            apply_record(record.substr(0, equals), record.substr(equals + 1), into);
        if (!applied && bad) bad = Error{applied.error().code, at};
    }
    return bad;
}

Status read_long_name(Bytes data, std::optional<std::string>& into, bool& conflict) {
    const std::string_view name = c_string(data);
    set(into, std::string(name), conflict);
    if (!is_zero(from(data, name.size()))) return Error{Errc::trailing_bytes, name.size()};
    return {};
}

Result<SparseMap> read_sparse_map(Bytes header, Bytes rest, std::uint64_t stored) {
    constexpr Field kRealSize{483, 12};
    constexpr std::uint64_t kNumber = 12;
    SparseMap map;
    std::uint64_t end = 0;
    std::uint64_t total = 0;
    const auto read_rows = [&](Bytes rows) {
        for (std::uint64_t at = 0; at < rows.size(); at += 2 * kNumber) {
            const auto offset = number(slice(rows, at, kNumber));
            const auto count = number(slice(rows, at + kNumber, kNumber));
            if (!offset || !count) {
                map.consistent = false;
                return;
            }
            if (*offset == 0 && *count == 0) continue;  // an unused row
            map.consistent = map.consistent && *offset >= end;
            end = saturating_add(*offset, *count);
            total = saturating_add(total, *count);
        }
    };
    read_rows(slice(header, 386, 8UL * kNumber));
    bool more = text(header)[482] != '\0';
    Reader in(rest);
    while (more) {
        const Bytes block = TRY(in.take(kBlock));
        read_rows(slice(block, 0, 42UL * kNumber));
        more = text(block)[504] != '\0';
    }
    map.bytes = in.offset();
    const auto real = number(field_of(header, kRealSize));
    map.consistent = map.consistent && real && *real >= end && total == stored;
    return map;
}

}  // namespace pratique::tar
