// Keys of minisign: one line of base64 below a comment.
//
//      untrusted comment: <anything>
//      base64( "Ed" ‖ number[8] ‖ key[32] )                                          public
//
//      untrusted comment: <anything>
//      base64( "Ed" ‖ kdf[2] ‖ "B2" ‖ salt[32] ‖ opslimit[8] ‖ memlimit[8] ‖
//              ( number[8] ‖ seed[32] ‖ public key[32] ‖ checksum[32] ) xor stream )  secret
//
// The stream is scrypt of the password where kdf is "Sc", and zeros where it is 00 00. The
// checksum is BLAKE2b-256 over "Ed", number and key, and tells whether the password was the right
// one. Source: minisign 0.12. Thread-safe. No function throws but for std::bad_alloc.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "signing/keys/files.h"

namespace pratique::signing {

inline constexpr std::string_view kMinisignComment = "untrusted comment:";
/// As many bytes as minisign itself takes behind it.
inline constexpr std::size_t kMostMinisignComment = 1024;
/// True if this looks like a file of minisign, a key or a signature, and no other kind is meant.
bool is_minisign(std::string_view text);

/// A public key file, or its second line by itself.
struct MinisignKey {
    std::array<std::byte, 8> number{};
    PublicKey key;
};
/// Refusals: bad_key.
Judged<MinisignKey> read_minisign_key(std::string_view text);

/// What the line of a public key holds, and that of a signature.
struct MinisignRecord {
    std::string_view algorithm;
    std::array<std::byte, 8> number{};
    Bytes content;  // in the bytes that were read
};
Result<MinisignRecord> read_minisign_record(std::string_view bytes, std::size_t content);

/// A secret key. Refusals: bad_key, wrong_password; unsupported for more work than minisign itself
/// asks for.
Judged<PrivateKey> read_minisign_secret(std::string_view text, const AskPassword& ask);

}  // namespace pratique::signing
