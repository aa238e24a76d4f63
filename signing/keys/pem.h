// PEM: DER as text, with a line above and below that says what it is.
//
//      any text
//      -----BEGIN PUBLIC KEY-----
//      base64, in lines
//      -----END PUBLIC KEY-----
//      any text
//
// One block a file. A second one would leave open which key is meant, so it is refused; only EC
// PARAMETERS, which OpenSSL writes above an EC PRIVATE KEY that says the same, are passed over.
// Source: RFC 7468. Thread-safe.
#pragma once

#include <string_view>

#include "signing/keys/secret.h"
#include "signing/refusal.h"

namespace pratique::signing {

/// More than any key file has, in bytes.
inline constexpr std::size_t kMostKeyFile = 64UL * 1024;

struct Pem {
    std::string_view label;  ///< a view of the text
    Secret der;
};

/// True if there is a line that begins a block.
bool has_pem(std::string_view text);
/// The label of the block, without a look at what is in it. Refusals: bad_key, too_large.
Judged<std::string_view> pem_label(std::string_view text);
/// Refusals: bad_key, too_large; unsupported for a block with headers (OpenSSL's old encryption).
Judged<Pem> read_pem(std::string_view text);

/// As OpenSSL writes it: lines of 64 characters, each with its line feed.
Secret write_pem(std::string_view label, Bytes der);

/// Strict base64 with its padding, but for characters in `ignored`; as base64.h, into memory for
/// secrets. Refusals: bad_key.
Judged<Secret> secret_from_base64(std::string_view text, const char* ignored = "");

}  // namespace pratique::signing
