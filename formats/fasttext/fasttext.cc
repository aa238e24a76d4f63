#include "formats/fasttext/fasttext.h"

#include <cstring>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::fasttext {
namespace {

constexpr std::uint32_t kMagic = 793'712'314;
constexpr std::uint64_t kArguments = 12 * 4 + 8;
constexpr std::size_t kLongestWord = std::size_t{64} * 1024;

class Walk {
public:
    explicit Walk(Bytes bytes) : in_(bytes) {}

    Result<std::uint64_t> run() {
        TRY(read_magic());
        TRY(in_.skip(kArguments));
        TRY(read_dictionary());
        const bool quantized = TRY(is_quantized());
        TRY(read_matrix(quantized));
        const bool output = TRY(is_quantized());
        TRY(read_matrix(quantized && output));
        return in_.offset();
    }

    Status read_magic() {
        Reader ahead = in_;
        if (TRY(ahead.le<std::uint32_t>()) != kMagic) return {};
        const std::uint32_t version = TRY(ahead.le<std::uint32_t>());
        if (version != 11 && version != 12) return Error{Errc::unsupported, 4};
        is_new_ = true;
        in_ = ahead;
        return {};
    }

    Status read_dictionary() {
        const std::uint64_t words = TRY(count32());
        TRY(in_.skip(4 + 4 + 8));
        const std::uint64_t at = in_.offset();
        // -1: nothing was pruned.
        const auto pruned = is_new_ ? TRY(in_.le<std::uint64_t>()) : std::uint64_t{0};
        for (std::uint64_t i = 0; i < words; ++i) TRY(read_word());
        if (pruned > INT64_MAX) return {};
        return in_.skip(TRY(checked_mul(pruned, std::uint64_t{8}, at)));
    }

private:
    Result<std::uint64_t> count32() {
        const std::uint64_t at = in_.offset();
        const auto number = TRY(in_.le<std::uint32_t>());
        if (number > INT32_MAX) return Error{Errc::negative_length, at};
        return std::uint64_t{number};
    }

    Result<std::uint64_t> count64() {
        const std::uint64_t at = in_.offset();
        const auto number = TRY(in_.le<std::uint64_t>());
        if (number > INT64_MAX) return Error{Errc::negative_length, at};
        return number;
    }

    Status read_word() {
        const Bytes ahead = slice(in_.rest(), 0, kLongestWord);
        const auto length = text(ahead).find('\0');
        if (length == std::string_view::npos) {
            return Error{ahead.size() < kLongestWord ? Errc::truncated : Errc::bad_text,
                         in_.offset()};
        }
        return in_.skip(length + 1 + 8 + 1);
    }

    Result<bool> is_quantized() { return is_new_ && TRY(in_.u8()) != 0; }

    Status read_matrix(bool quantized) {
        const bool norms = quantized && TRY(in_.u8()) != 0;
        const std::uint64_t at = in_.offset();
        const std::uint64_t rows = TRY(count64());
        const std::uint64_t columns = TRY(count64());
        if (!quantized) {
            const std::uint64_t items = TRY(checked_mul(rows, columns, at));
            return in_.skip(TRY(checked_mul(items, std::uint64_t{4}, at)));
        }
        TRY(in_.skip(TRY(count32())));
        TRY(read_quantizer());
        if (!norms) return {};
        TRY(in_.skip(rows));
        return read_quantizer();
    }

    Status read_quantizer() {
        const std::uint64_t dimension = TRY(count32());
        return in_.skip(4 + 4 + 4 + dimension * 256 * 4);
    }

    Reader in_;
    bool is_new_ = false;
};

/// Old files have no magic; their arguments are small numbers, of which two choose from three.
bool has_old_arguments(Bytes bytes) {
    constexpr std::uint32_t kMostSmall = 100'000;
    Reader in(bytes);
    for (int i = 0; i < 12; ++i) {
        const auto number = in.le<std::uint32_t>();
        const bool is_choice = i == 6 || i == 7;
        const bool is_bucket = i == 8;
        if (!number || *number > (is_choice ? 4U : is_bucket ? 1U << 30 : kMostSmall)) return false;
        if (*number == 0 && (is_choice || i < 2)) return false;
    }
    return in.skip(8) && Walk(from(bytes, in.offset())).read_dictionary();
}

}  // namespace

bool recognise(Bytes bytes) {
    return starts_with(bytes, "\xba\x16\x4f\x2f") || has_old_arguments(bytes);
}

Result<std::uint64_t> measure(Bytes bytes) { return Walk(bytes).run(); }

}  // namespace pratique::fasttext
