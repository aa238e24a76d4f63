#include "formats/word2vec/word2vec.h"

#include <algorithm>
#include <charconv>

#include "base/reader.h"

namespace pratique::word2vec {
namespace {

constexpr std::uint64_t kMostNumbers = 1'000'000;
constexpr std::size_t kLongestLine = 64;
constexpr std::size_t kLongestWord = 4096;

struct Header {
    std::uint64_t words = 0;
    std::uint64_t numbers = 0;
};

Result<std::uint64_t> read_number(std::string_view& line, char end) {
    std::uint64_t number = 0;
    const auto [stop, failed] = std::from_chars(line.begin(), line.end(), number);
    const auto length = static_cast<std::size_t>(stop - line.begin());
    if (failed != std::errc{} || length >= line.size() || line[length] != end || number == 0) {
        return Error{Errc::bad_header, 0};
    }
    line.remove_prefix(length + 1);
    return number;
}

Result<Header> read_header(Reader& in) {
    const std::string_view whole = text(slice(in.rest(), 0, kLongestLine));
    std::string_view line = whole;
    Header out;
    out.words = TRY(read_number(line, ' '));
    out.numbers = TRY(read_number(line, '\n'));
    if (out.numbers > kMostNumbers) return Error{Errc::bad_header, 0};
    TRY(in.skip(whole.size() - line.size()));
    return out;
}

Status read_vector(Reader& in, std::uint64_t numbers) {
    const std::string_view ahead = text(slice(in.rest(), 0, kLongestWord));
    const auto length = ahead.find(' ');
    if (length == std::string_view::npos) {
        return Error{ahead.size() < kLongestWord ? Errc::truncated : Errc::bad_text, in.offset()};
    }
    return in.skip(length + 1 + 4 * numbers);
}

/// Vectors as text are characters of numbers.
bool is_binary(Bytes vector) {
    return std::ranges::any_of(text(vector), [](char c) {
        return std::string_view("0123456789+-.eE \n\tnaif").find(c) == std::string_view::npos;
    });
}

}  // namespace

bool recognise(Bytes bytes) {
    Reader in(bytes);
    const auto header = read_header(in);
    if (!header || header->words > in.left()) return false;
    if (!read_vector(in, header->numbers)) return false;
    const std::uint64_t size = 4 * header->numbers;
    return is_binary(slice(bytes, in.offset() - size, size));
}

Result<std::uint64_t> measure(Bytes bytes) {
    Reader in(bytes);
    const Header header = TRY(read_header(in));
    for (std::uint64_t i = 0; i < header.words; ++i) TRY(read_vector(in, header.numbers));
    if (starts_with(in.rest(), "\n")) TRY(in.skip(1));
    return in.offset();
}

}  // namespace pratique::word2vec
