#include "signing/base64.h"

#include <sodium.h>

namespace pratique::signing {
namespace {

/// Of either alphabet. To libsodium 1.0.18 bytes from 0x80 on are characters, too: where char is
/// signed they slip through its comparisons.
constexpr std::string_view kCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=";

std::optional<std::string> decode(std::string_view text, int variant) {
    if (text.find_first_not_of(kCharacters) != std::string_view::npos) return std::nullopt;
    std::string out(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    // libsodium's spelling of bytes; it may alias any object.
    auto* to = reinterpret_cast<unsigned char*>(out.data());  // NOLINT(*-reinterpret-cast)
    if (sodium_base642bin(to, out.size(), text.data(), text.size(), nullptr, &size, nullptr,
                          variant) != 0) {
        return std::nullopt;
    }
    out.resize(size);
    return out;
}

}  // namespace

std::string base64(Bytes bytes) {
    std::string out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT
    sodium_bin2base64(out.data(), out.size(), from, bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    out.pop_back();  // the NUL
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    const bool standard = text.find_first_of("+/") != std::string_view::npos;
    const bool for_urls = text.find_first_of("-_") != std::string_view::npos;
    if (standard && for_urls) return std::nullopt;
    const bool padded = text.size() % 4 == 0;
    if (standard || (padded && !for_urls)) return decode(text, sodium_base64_VARIANT_ORIGINAL);
    return decode(
        text, padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

}  // namespace pratique::signing
