#include "signing/keys/pem.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <string>

#include "signing/openssl.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kEcParameters = "EC PARAMETERS";
constexpr std::size_t kLineLength = 64;

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }

/// The next line, without its end and the blanks before that.
std::string_view next_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto last = line.find_last_not_of(" \t\r");
    return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// The label of a line that begins or ends a block.
std::optional<std::string_view> label_of(std::string_view line, std::string_view start) {
    if (!line.starts_with(start) || !line.ends_with(kDashes)) return {};
    if (line.size() < start.size() + kDashes.size()) return {};
    return line.substr(start.size(), line.size() - start.size() - kDashes.size());
}

struct Block {
    std::string_view label;
    std::string_view body;
};

/// The next block; its end must name what its beginning does.
Judged<std::optional<Block>> next_block(std::string_view& rest) {
    while (!rest.empty()) {
        const auto begun = label_of(next_line(rest), kBegin);
        if (!begun) continue;
        const std::string_view body = rest;
        while (!rest.empty()) {
            const std::size_t length = body.size() - rest.size();
            const std::string_view line = next_line(rest);
            if (line.starts_with(kBegin)) return bad("a PEM block inside of another");
            const auto ended = label_of(line, kEnd);
            if (!ended) continue;
            if (*ended != *begun) return bad("a PEM block that ends as another one");
            return std::optional<Block>({*begun, body.substr(0, length)});
        }
        return bad("a PEM block without its end");
    }
    return std::optional<Block>{};
}

Judged<Block> only_block(std::string_view text) {
    if (text.size() > kMostKeyFile) return Refusal{Reason::too_large, "", "a key file"};
    std::optional<Block> found;
    while (const auto block = TRY(next_block(text))) {
        const bool second = found.has_value() && found->label != kEcParameters;
        if (second) return bad("more than one PEM block");
        found = block;
    }
    if (!found) return bad("no PEM block");
    return *found;
}

}  // namespace

bool has_pem(std::string_view text) {
    while (!text.empty()) {
        if (next_line(text).starts_with(kBegin)) return true;
    }
    return false;
}

Judged<std::string_view> pem_label(std::string_view text) { return TRY(only_block(text)).label; }

Judged<Pem> read_pem(std::string_view text) {
    const Block block = TRY(only_block(text));
    if (block.body.find(':') != std::string_view::npos) {
        return Refusal{Reason::unsupported, "",
                       "a PEM block with headers: OpenSSL's old encryption, which is weak; "
                       "openssl pkcs8 -topk8 writes the new one"};
    }
    Secret der = TRY(secret_from_base64(block.body, " \t\r\n"));
    if (der.empty()) return bad("an empty PEM block");
    return Pem{block.label, std::move(der)};
}

Secret write_pem(std::string_view label, Bytes der) {
    start_sodium();
    constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;
    Secret base64(sodium_base64_encoded_len(der.size(), kVariant));  // with its NUL
    sodium_bin2base64(
        reinterpret_cast<char*>(base64.writable().data()),  // NOLINT(*-reinterpret-cast)
        base64.size(), raw(der), der.size(), kVariant);
    const std::string head = std::string(kBegin).append(label).append("-----\n");
    const std::string tail = std::string(kEnd).append(label).append("-----\n");
    Bytes rest = slice(base64.bytes(), 0, base64.size() - 1);
    const std::size_t lines = (rest.size() + kLineLength - 1) / kLineLength;
    Secret out(head.size() + rest.size() + lines + tail.size());
    auto to = out.writable();
    const auto put = [&to](Bytes bytes) {
        std::copy(bytes.begin(), bytes.end(), to.begin());
        to = to.subspan(bytes.size());
    };
    put(as_bytes(head));
    while (!rest.empty()) {
        put(slice(rest, 0, kLineLength));
        put(as_bytes("\n"));
        rest = from(rest, kLineLength);
    }
    put(as_bytes(tail));
    return out;
}

Judged<Secret> secret_from_base64(std::string_view text, const char* ignored) {
    start_sodium();
    // libsodium would pass over a NUL as over the characters that are ignored, and takes bytes from
    // 0x80 on for characters where char is signed.
    if (std::ranges::any_of(text, [](char c) { return c <= 0 || c > '~'; })) {
        return bad("text that is no base64");
    }
    Secret out(text.size() / 4 * 3 + 3);
    std::size_t size = 0;
    // Refuses bits that are left over, padding that is not as it must be, and what is behind it.
    if (sodium_base642bin(raw_writable(out.writable()), out.size(), text.data(), text.size(),
                          ignored, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return bad("text that is no base64");
    }
    return out.first(size);
}

}  // namespace pratique::signing
