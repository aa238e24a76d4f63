// Trust stores as text, and two people who sign.
#pragma once

#include "key_support.h"
#include "signing/trust/store.h"

namespace pratique::signing::test {

inline const PrivateKey& alice() {
    static const PrivateKey key = PrivateKey::generate(KeyType::ed25519);
    return key;
}
inline const PrivateKey& bob() {
    static const PrivateKey key = PrivateKey::generate(KeyType::p256);
    return key;
}

/// Text as it stands in a JSON string.
inline std::string quoted(std::string text) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
        text.replace(at, 1, "\\n");
    }
    return "\"" + text + "\"";
}

inline std::string entry(const std::string& name, const PrivateKey& key,
                         const std::string& more = "", const std::string& may = "\"sign\"") {
    return "\"" + name + R"(":{"id":")" + key.public_key().id() + R"(","pem":)" +
           quoted(key.public_key().pem()) + R"(,"may":[)" + may + "]" + more + "}";
}

inline const std::string kRule = R"({"match":"*","require":[{"any_of":["alice"]}]})";

inline std::string store_text(const std::string& keys, const std::string& more = "",
                              const std::string& rules = kRule) {
    return R"({"version":1,"expires":"2027-06-01T00:00:00Z","keys":{)" + keys + "}" + more +
           R"(,"rules":[)" + rules + "]}";
}

inline Judged<std::string> no_file(const std::string& path) {
    return Refusal{Reason::unreadable, path, "not there"};
}
inline TrustStore store(const std::string& text, const ReadFile& files = no_file) {
    auto out = read_trust_store(text, files);
    BOOST_TEST_REQUIRE(bool(out), said(out));
    return *std::move(out);
}

}  // namespace pratique::signing::test
