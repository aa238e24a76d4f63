// Why a signature, a key or a file is not accepted. Every check of this floor that says no says it
// with one of these names, the thing that it speaks of, and a sentence; nothing here throws.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pratique::signing {

// Name, whether the question stays open (exit 2) instead of being answered with no (exit 1), and
// what it means.
#define PRATIQUE_REFUSALS(X)                                                       \
    X(unsigned_model, false, "there is no signature")                              \
    X(too_large, false, "larger than any honest one")                              \
    X(bad_bundle, false, "no Sigstore bundle v0.3 with one DSSE envelope")         \
    X(bad_statement, false, "no in-toto statement of the kind that is asked for")  \
    X(bad_manifest, false, "a list of files that could be understood in two ways") \
    X(bad_signature, false, "not made by this key over these bytes")               \
    X(wrong_method, false, "signed by another method than the one asked for")      \
    X(wrong_key, false, "the bundle names another key")                            \
    X(bad_key, false, "no key, or one that proves nothing")                        \
    X(exposed_key, false, "a private key that others may read")                    \
    X(wrong_password, false, "the password does not open the key")                 \
    X(bad_certificate, false, "no certificate, or one that must not sign models")  \
    X(untrusted_certificate, false, "no chain leads to a trusted authority")       \
    X(expired_certificate, false, "a certificate of the chain is not valid now")   \
    X(missing_file, false, "signed, but not there")                                \
    X(changed_file, false, "not the bytes that were signed")                       \
    X(uncovered_file, false, "there, but not signed")                              \
    X(link, false, "a symbolic link, which the signature does not allow")          \
    X(special_file, false, "no regular file")                                      \
    X(bad_file_name, false, "a name that no signature can hold")                   \
    X(bad_trust, false, "a trust store or policy that is not as documented")       \
    X(untrusted_key, false, "a key that nobody vouches for")                       \
    X(revoked, false, "a key or a file that was revoked")                          \
    X(expired, false, "too old, or not valid yet")                                 \
    X(unsupported, false, "an algorithm or a method that is not supported")        \
    X(unstable_file, true, "it was written to while it was read")                  \
    X(unreadable, true, "the system could not read or write it")                   \
    X(interrupted, true, "the caller gave up")

enum class Reason : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, open, meaning) name,
    PRATIQUE_REFUSALS(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};

/// The stable spelling used in reports, and the sentence behind it.
std::string_view name(Reason reason);
std::string_view meaning(Reason reason);
/// True if nothing was found wrong: it could only not be decided.
bool is_open(Reason reason);

struct Refusal {
    Reason reason{};
    /// The file or key that it speaks of, as it was found: raw bytes, to be escaped.
    std::string subject = {};
    /// More for people; may hold text of files, to be escaped. Never a secret.
    std::string detail = {};

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

template <class T>
using Judged = Result<T, Refusal>;

/// Of a text that is no strict JSON: what is wrong, and at which byte.
Refusal not_json(Reason reason, const Error& error);

/// One line for people: "subject: meaning (detail)". Escaped.
std::string describe(const Refusal& refusal);

}  // namespace pratique::signing
