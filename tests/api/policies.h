// What the tests of the gate share: policies as text, and files that a scan could have found.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "api/gate/gate.h"
#include "base/json.h"

namespace api_test {

using namespace pratique;
using namespace pratique::api;
using rules::RuleId;
using scanner::GapReason;
using scanner::Verdict;

inline signing::PublicKey some_key() {
    const std::vector<std::byte> seed(32, std::byte{7});
    return signing::PrivateKey::from_ed25519_seed(seed)->public_key();
}

/// A trust store with one key, as a member of a policy.
inline std::string some_trust() {
    json::Writer pem;
    pem.begin_object().key("pem").string(some_key().pem());
    const std::string text = pem.end_object().take();
    const std::size_t from = text.find('{') + 1;
    return R"({"version":1,"expires":"2099-01-01T00:00:00Z","keys":{"lab":{"id":")" +
           some_key().id() + R"(","may":["attest"],)" + text.substr(from, text.rfind('}') - from) +
           "}}}";
}

inline signing::Judged<std::string> no_file(const std::string& path) {
    return signing::Refusal{signing::Reason::unreadable, path, "no such file"};
}

inline signing::Judged<Policy> read(const std::string& members) {
    return read_policy(R"({"version":1)" + (members.empty() ? "" : "," + members) + "}", no_file);
}

inline ScannedFile file(const std::string& name, std::uint64_t size = 10) {
    ScannedFile out;
    out.path = name;
    out.size = size;
    out.sha256 = std::string(64, 'a');
    out.binding = Binding::snapshot;
    out.group = 1;
    out.report.identities = {"pickle"};
    return out;
}

inline ScannedFile with(ScannedFile out, RuleId rule, const std::string& evidence) {
    out.report.findings.push_back(scanner::finding_of(rule, "", 0, evidence));
    return out;
}

inline ScannedFile with(ScannedFile out, GapReason reason) {
    out.report.gaps.push_back({reason, "", 0, "why"});
    return out;
}

}  // namespace api_test
