// Statements and bundles for tests, made from a few words.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "signing/base64.h"
#include "signing/envelope/statement.h"
#include "signing/manifest/manifest.h"

namespace pratique::signing::test {

inline const std::string kPayloadType = "application/vnd.in-toto+json";

/// `text` with the first `from`, which must be there, replaced.
inline std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, from << " in " << text);
    return text.replace(at, from.size(), to);
}

/// A bundle by key around a payload and a signature, in base64.
inline std::string bundle_text(const std::string& payload = "e30=",
                               const std::string& signature = "AAAA",
                               const std::string& material = R"("publicKey":{"hint":"ab"})") {
    return R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",)"
           R"("verificationMaterial":{)" +
           material + R"(,"tlogEntries":[]},"dsseEnvelope":{"payload":")" + payload +
           R"(","payloadType":")" + kPayloadType + R"(","signatures":[{"sig":")" + signature +
           R"(","keyid":""}]}})";
}

/// A SHA-256 that depends on a word.
inline std::string digest_of(const std::string& word) {
    Sha256 hash;
    hash.update(as_bytes(word));
    return hex(hash.finish());
}

struct Row {
    std::string name;
    std::string digest = digest_of("content");
    std::string algorithm = "sha256";
};

inline const std::string kFiles = R"("method":"files","hash_type":"sha256","allow_symlinks":false)";
inline const std::string kShards =
    R"("method":"shards","hash_type":"sha256","allow_symlinks":false,"shard_size":10)";

/// A statement about rows; `serialization` is the inside of that object. The root is right.
inline std::string statement_text(const std::vector<Row>& rows,
                                  const std::string& serialization = kFiles) {
    std::string resources;
    Sha256 root;
    for (const Row& row : rows) {
        root.update(unhex(row.digest));
        resources += (resources.empty() ? "" : ",") + std::string(R"({"name":")") + row.name +
                     R"(","algorithm":")" + row.algorithm + R"(","digest":")" + row.digest + "\"}";
    }
    return R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m","digest":)"
           R"({"sha256":")" +
           hex(root.finish()) + R"("}}],"predicateType":")" + std::string(kOmsPredicate) +
           R"(","predicate":{"serialization":{)" + serialization + R"(},"resources":[)" +
           resources + "]}}";
}

inline Judged<Manifest> manifest_of(const std::string& statement) {
    const Statement read = TRY(read_statement(statement));
    return read_manifest(read);
}

/// "accepted", or the reason and the words.
template <class T>
std::string said(const Judged<T>& judged) {
    return judged ? "accepted"
                  : std::string(name(judged.error().reason)) + ": " + judged.error().detail;
}

/// "reason name;" for each refusal.
inline std::string shown(const Comparison& found) {
    std::string out;
    for (const Refusal& one : found.refusals) {
        out += std::string(name(one.reason)) + " " + one.subject + ";";
    }
    return out;
}

}  // namespace pratique::signing::test
