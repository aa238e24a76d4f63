#include "signing/detached/minisign.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/reader.h"
#include "base/text.h"
#include "signing/detached/lines.h"
#include "signing/detached/message.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kUntrusted = "untrusted comment:";
constexpr std::string_view kTrusted = "trusted comment: ";
// What minisign itself takes.
constexpr std::size_t kMostComment = 1024;
constexpr std::size_t kMostTrustedComment = 8192;
// A whole file in memory; above, minisign refuses as well.
constexpr std::uint64_t kMostLegacy = std::uint64_t{1} << 30;

constexpr std::string_view kPure = "Ed";
constexpr std::string_view kPrehashed = "ED";

Refusal bad(std::string detail) { return {Reason::bad_signature, {}, std::move(detail)}; }
Refusal bad_key(std::string detail) { return {Reason::bad_key, {}, std::move(detail)}; }

template <std::size_t size>
Result<std::array<std::byte, size>> take(Reader& in) {
    const Bytes taken = TRY(in.take(size));
    std::array<std::byte, size> out{};
    std::ranges::copy(taken, out.begin());
    return out;
}

/// What a line of base64 holds, in a key file (32 bytes of key) and in a signature (64).
template <std::size_t size>
struct Record {
    std::string_view algorithm;
    std::array<std::byte, 8> number{};
    std::array<std::byte, size> content{};
};

template <std::size_t size>
Result<Record<size>> read_record(std::string_view bytes) {
    Reader in(as_bytes(bytes));
    Record<size> record;
    record.algorithm = text(TRY(in.take(2)));
    record.number = TRY(take<8>(in));
    record.content = TRY(take<size>(in));
    if (!in.at_end()) return Error{Errc::trailing_bytes, in.offset()};
    return record;
}

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

Judged<MinisignKey> read_minisign_key(std::string_view text) {
    if (text.size() > kMostComment + 256) return bad_key("too large for a minisign public key");
    auto lines = lines_of(text);
    if (lines.size() == 2 && lines.front().starts_with(kUntrusted)) lines.erase(lines.begin());
    if (lines.size() != 1) return bad_key("not one comment and one line of a minisign public key");
    const auto decoded = standard_base64(lines.front());
    if (!decoded) return bad_key("a minisign public key that is no strict base64");
    const auto record = read_record<32>(*decoded);
    if (!record) return bad_key("a minisign public key has 42 bytes");
    if (record->algorithm != kPure) return bad_key("an unknown algorithm of a minisign key");
    auto key = TRY(PublicKey::from_ed25519(record->content));
    return MinisignKey{.number = record->number, .key = std::move(key)};
}

bool is_minisign(std::string_view text) { return text.starts_with(kUntrusted); }

Judged<MinisignSignature> read_minisign(std::string_view text) {
    if (text.size() > kMostComment + kMostTrustedComment + 1024) {
        return Refusal{Reason::too_large, {}, "a minisign signature above 10 KiB"};
    }
    if (!is_minisign(text)) return bad("it does not start with an untrusted comment");
    const auto lines = lines_of(text);
    if (lines.front().size() > kUntrusted.size() + kMostComment) {
        return Refusal{Reason::too_large, {}, "an untrusted comment above 1024 bytes"};
    }
    if (!is_plain(lines.front())) return bad("a control character in the untrusted comment");
    const bool trusted = lines.size() == 4 && lines.at(2).starts_with(kTrusted);
    if (lines.size() != 2 && !trusted) {
        return bad("neither two lines, nor four with a trusted comment in the third");
    }
    const auto decoded = standard_base64(lines.at(1));
    if (!decoded) return bad("it is no strict base64");
    const auto record = read_record<64>(*decoded);
    if (!record) return bad("a minisign signature has 74 bytes");
    if (record->algorithm != kPure && record->algorithm != kPrehashed) {
        return bad("an unknown algorithm of a minisign signature");
    }
    MinisignSignature out;
    out.prehashed = record->algorithm == kPrehashed;
    out.number = record->number;
    out.signature = record->content;
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
    const auto message = TRY(signature.prehashed ? digest_message(fd, HashAlgorithm::blake2b)
                                                 : read_message(fd, kMostLegacy));
    if (!key.key.verify(message, signature.signature)) return bad("the file is not the signed one");
    return {};
}

}  // namespace pratique::signing
