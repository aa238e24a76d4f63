// What a signature says: an in-toto Statement v1, "these things, by digest, and this about them".
//
//      { "_type": "https://in-toto.io/Statement/v1",
//        "subject": [ { "name": …, "digest": { "sha256": hex } }, … ],
//        "predicateType": …, "predicate": { … } }
//
// It is read only after its signature was checked, from the very bytes that were signed, and never
// written again. Source: in-toto/attestation, spec/v1. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "signing/refusal.h"

namespace pratique::signing {

struct Subject {
    std::string name;
    std::string sha256;  // lower-case hexadecimal, 64 digits
};

struct Statement {
    std::vector<Subject> subjects;
    std::string predicate_type;
    json::Value predicate;  // an object
};

/// Refusals: too_large; bad_statement with what is wrong and where. Every subject has a SHA-256.
Judged<Statement> read_statement(std::string_view payload);

/// Begins a statement in `out`; the caller adds the predicate's members and ends two objects.
void begin_statement(json::Writer& out, const std::vector<Subject>& subjects,
                     std::string_view predicate_type);

/// True of lower-case hexadecimal text for `bytes` bytes.
bool is_hex(std::string_view text, std::size_t bytes);

}  // namespace pratique::signing
