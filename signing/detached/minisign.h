// minisign: Ed25519 signatures of single files, in text files of their own.
//
//      untrusted comment: <anything>
//      base64( algorithm[2] ‖ key number[8] ‖ signature[64] )
//      trusted comment: <text>
//      base64( signature[64] over signature ‖ text )
//
// Algorithm "ED" signs BLAKE2b-512 of the file, "Ed" the file itself: old, and without a bound on
// what must be kept in memory, so it is refused unless it is asked for. signify's files are the
// first two lines with "Ed". Source: minisign 0.12 (jedisct1/minisign), signify 31.
// Thread-safe.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "signing/keys/minisign.h"
#include "signing/refusal.h"

namespace pratique::signing {

struct MinisignOptions {
    /// Accept "Ed" as well; of signify, too.
    bool allow_legacy = false;
    int cancel = -1;  // as in HashOptions
};

struct MinisignSignature {
    bool prehashed = false;
    std::array<std::byte, 8> number{};
    std::array<std::byte, 64> signature{};
    bool has_trusted_comment = false;
    std::string trusted_comment;  // raw, to be escaped; nothing before it is verified
    std::array<std::byte, 64> global_signature{};
};
/// Refusals: bad_signature with the reason, too_large.
Judged<MinisignSignature> read_minisign(std::string_view text);

/// Checks both signatures over an open file. Refusals: wrong_key, bad_signature, unreadable,
/// unstable_file, unsupported (a legacy one that is not allowed).
Judged<void> verify_minisign(const MinisignSignature& signature, const MinisignKey& key, int fd,
                             const MinisignOptions& options = {});

}  // namespace pratique::signing
