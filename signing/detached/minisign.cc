#include "signing/detached/minisign.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "signing/detached/message.h"
#include "signing/lines.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kTrusted = "trusted comment: ";
// What minisign itself takes.
constexpr std::size_t kMostTrustedComment = 8192;
// A whole file in memory; above, minisign refuses as well.
constexpr std::uint64_t kMostLegacy = std::uint64_t{1} << 30;

constexpr std::string_view kPure = "Ed";
constexpr std::string_view kPrehashed = "ED";

Refusal bad(std::string detail) { return {Reason::bad_signature, {}, std::move(detail)}; }

/// As minisign prints it: a little-endian number in upper-case hexadecimal.
std::string printed(std::array<std::byte, 8> number) {
    std::ranges::reverse(number);
    std::string out = hex(number);
    for (char& c : out) {
        if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

/// The line behind the trusted comment, and the comment itself.
Judged<void> read_trusted(const std::vector<std::string_view>& lines, MinisignSignature& out) {
    const std::string_view comment = lines.at(2).substr(kTrusted.size());
    if (comment.size() > kMostTrustedComment) {
        return Refusal{Reason::too_large, {}, "a trusted comment above 8192 bytes"};
    }
    if (!is_plain(comment)) return bad("a control character in the trusted comment");
    const auto global = standard_base64(lines.at(3));
    if (!global || global->size() != out.global_signature.size()) {
        return bad("the signature of the trusted comment is no base64 of 64 bytes");
    }
    out.has_trusted_comment = true;
    out.trusted_comment = comment;
    std::ranges::copy(as_bytes(*global), out.global_signature.begin());
    return {};
}

}  // namespace

Judged<MinisignSignature> read_minisign(std::string_view text) {
    if (text.size() > kMostMinisignComment + kMostTrustedComment + 1024) {
        return Refusal{Reason::too_large, {}, "a minisign signature above 10 KiB"};
    }
    if (!is_minisign(text)) return bad("it does not start with an untrusted comment");
    const auto lines = lines_of(text);
    if (lines.front().size() > kMinisignComment.size() + kMostMinisignComment) {
        return Refusal{Reason::too_large, {}, "an untrusted comment above 1024 bytes"};
    }
    if (!is_plain(lines.front())) return bad("a control character in the untrusted comment");
    const bool trusted = lines.size() == 4 && lines.at(2).starts_with(kTrusted);
    if (lines.size() != 2 && !trusted) {
        return bad("neither two lines, nor four with a trusted comment in the third");
    }
    const auto decoded = standard_base64(lines.at(1));
    if (!decoded) return bad("it is no strict base64");
    MinisignSignature out;
    const auto record = read_minisign_record(*decoded, out.signature.size());
    if (!record) return bad("a minisign signature has 74 bytes");
    if (record->algorithm != kPure && record->algorithm != kPrehashed) {
        return bad("an unknown algorithm of a minisign signature");
    }
    out.prehashed = record->algorithm == kPrehashed;
    out.number = record->number;
    std::ranges::copy(record->content, out.signature.begin());
    if (trusted) {
        TRY(read_trusted(lines, out));
    } else if (out.prehashed) {
        return bad("its trusted comment, and the signature of that, are missing");
    }
    return out;
}

Judged<void> verify_minisign(const MinisignSignature& signature, const MinisignKey& key, int fd,
                             const MinisignOptions& options) {
    if (signature.number != key.number) {
        return Refusal{
            Reason::wrong_key,
            {},
            "signed by key " + printed(signature.number) + ", not by " + printed(key.number)};
    }
    if (!signature.prehashed && !options.allow_legacy) {
        return Refusal{Reason::unsupported, {}, "a legacy signature, which is not allowed"};
    }
    if (signature.prehashed && !signature.has_trusted_comment) {
        return bad("the signature of the trusted comment is missing");
    }
    if (signature.has_trusted_comment) {
        std::string signed_text(text(signature.signature));
        signed_text += signature.trusted_comment;
        if (!key.key.verify(as_bytes(signed_text), signature.global_signature)) {
            return bad("the trusted comment is not the signed one");
        }
    }
    const auto message =
        TRY(signature.prehashed ? digest_message(fd, HashAlgorithm::blake2b, options.cancel)
                                : read_message(fd, kMostLegacy));
    if (!key.key.verify(message, signature.signature)) return bad("the file is not the signed one");
    return {};
}

}  // namespace pratique::signing
