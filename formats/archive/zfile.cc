#include "formats/archive/zfile.h"

#include <charconv>
#include <string>

#include "base/reader.h"

namespace pratique::zfile {
namespace {

constexpr std::string_view kMagic = "ZF";
constexpr std::size_t kLengthText = 19;
constexpr std::string_view kBlank = " \t\n\v\f\r";

// Hexadecimal as Python's int(text, 16) reads it: blanks around it, a sign, a prefix and
// underscores are no writer's doing, but the reader takes them, so they must not hide a file from
// this one.
Result<std::uint64_t> length_of(std::string_view field) {
    const Error bad{Errc::bad_number, kMagic.size()};
    const auto first = field.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return bad;
    field = field.substr(first, field.find_last_not_of(kBlank) + 1 - first);
    if (field.starts_with('+')) field.remove_prefix(1);
    if (field.starts_with("0x") || field.starts_with("0X")) field.remove_prefix(2);
    std::string digits(field);
    std::erase(digits, '_');
    if (digits.ends_with('L')) digits.pop_back();
    const std::string_view all = digits;
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(all.begin(), all.end(), value, 16);
    if (code != std::errc{} || end != all.end()) return bad;
    return value;
}

}  // namespace

Result<Header> parse(Bytes bytes) {
    if (!starts_with(bytes, kMagic)) return Error{Errc::bad_magic, 0};
    Reader in(bytes);
    TRY(in.skip(kMagic.size()));
    Header header;
    header.declared = TRY(length_of(text(TRY(in.take(kLengthText)))));
    if (starts_with(in.rest(), " ")) TRY(in.skip(1));
    header.payload = in.offset();
    return header;
}

bool recognise(Bytes bytes) { return static_cast<bool>(parse(bytes)); }

archive::Inflated inflate(Bytes bytes, const archive::InflateLimits& limits) {
    const auto header = parse(bytes);
    if (!header) {
        archive::Inflated nothing;
        nothing.error = header.error();
        return nothing;
    }
    auto result = archive::inflate(archive::Codec::zlib, from(bytes, header->payload), limits);
    result.consumed += header->payload;
    if (result.error) {
        result.error->offset += header->payload;
    } else if (result.bytes.size() != header->declared) {
        result.error = Error{Errc::size_mismatch, kMagic.size()};
    }
    return result;
}

}  // namespace pratique::zfile
