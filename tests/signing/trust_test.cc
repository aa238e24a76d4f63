// The trust store as it is written: every member of it.
#include "base/time.h"
#include "certificate_builder.h"
#include "statements.h"
#include "trust_stores.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;
using pratique::certificates::Holder;
using pratique::certificates::issue;
using pratique::certificates::kAuthority;

namespace {

/// A store with something in every place.
const std::string& full_store() {
    static const std::string text = [] {
        const Holder root = issue({"Root", kAuthority});
        return store_text(
            entry("alice", alice(), R"(,"status":"active","not_before":"2026-01-01T00:00:00Z")"),
            R"(,"authorities":{"acme":{"pem":)" + quoted(root.pem()) +
                R"(,"may":["sign"]}},"revoked_digests":[])",
            R"({"match":"*","level":"warn","require":[{"any_of":["alice"],"threshold":1}]})");
    }();
    return text;
}
void refused(const std::string& from, const std::string& to, const std::string& why) {
    const std::string result = said(read_trust_store(changed(full_store(), from, to), no_file));
    BOOST_TEST(result.starts_with("bad_trust: trust." + why), to << ": " << result);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trust)

BOOST_AUTO_TEST_CASE(every_member_is_read) {
    const Holder root = issue({"Root", kAuthority});
    const std::string digest = digest_of("x");
    const TrustStore read = store(store_text(
        entry("alice", alice(),
              R"(,"status":"retired","not_before":"2026-01-01T00:00:00Z",)"
              R"("not_after":"2027-01-01T00:00:00Z","comment":"c","accepted_roots":[")" +
                  digest + "\"]",
              R"("sign","attest")"),
        R"(,"authorities":{"acme":{"pem":)" + quoted(root.pem()) +
            R"(,"may":["attest"],"identities":["CN=Signer"],"pins":[")" + digest +
            R"("],"any_usage":true,"comment":"c"}},"revoked_digests":[")" + digest + "\"]",
        R"({"match":"*/llama-*","require":[{"any_of":["alice","acme"],"threshold":2}],)"
        R"("level":"warn","max_unsigned_files":3,"allow_unsigned":["a/b"],)"
        R"("comment":"c"})"));
    BOOST_TEST(read.expires == *utc_seconds("2027-06-01T00:00:00Z"));
    const KeyEntry& key = read.keys.at(0);
    BOOST_TEST(key.name == "alice");
    BOOST_TEST((key.key == alice().public_key()));
    BOOST_TEST((key.status == KeyStatus::retired));
    BOOST_TEST((key.may.sign && key.may.attest));
    BOOST_TEST(key.not_before.value_or(0) == *utc_seconds("2026-01-01T00:00:00Z"));
    BOOST_TEST(key.not_after.value_or(0) == *utc_seconds("2027-01-01T00:00:00Z"));
    BOOST_TEST(key.accepted_roots.contains(digest));
    const AuthorityEntry& acme = read.authorities.at(0);
    BOOST_TEST(acme.name == "acme");
    BOOST_TEST((acme.chain.anchors == std::vector<Der>{root.der()}));
    BOOST_TEST((acme.chain.identities == std::vector<std::string>{"CN=Signer"}));
    BOOST_TEST((acme.chain.pins == std::vector<std::string>{digest}));
    BOOST_TEST(!acme.chain.require_code_signing);
    BOOST_TEST((!acme.may.sign && acme.may.attest));
    BOOST_TEST(read.revoked_digests.contains(digest));
    const TrustRule& rule = read.rules.at(0);
    BOOST_TEST(rule.match == "*/llama-*");
    BOOST_TEST((rule.require.at(0).any_of == std::vector<std::string>{"alice", "acme"}));
    BOOST_TEST(rule.require.at(0).threshold == 2U);
    BOOST_TEST(rule.warn);
    BOOST_TEST(rule.max_unsigned_files == 3U);
    BOOST_TEST((rule.allow_unsigned == std::vector<std::string>{"a/b"}));
}

BOOST_AUTO_TEST_CASE(what_is_not_said_is_the_strictest) {
    const TrustStore read = store(store_text(entry("alice", alice())));
    BOOST_TEST((read.keys.at(0).status == KeyStatus::active));
    BOOST_TEST(!read.keys.at(0).may.attest);
    BOOST_TEST(read.rules.at(0).require.at(0).threshold == 1U);
    BOOST_TEST(!read.rules.at(0).warn);
    BOOST_TEST(read.rules.at(0).max_unsigned_files == 0U);
    BOOST_TEST(store(R"({"version":1,"expires":"2027-06-01T00:00:00Z"})").rules.empty());
}

BOOST_AUTO_TEST_CASE(entries_that_are_not_as_documented_are_refused) {
    const std::string alices = "keys.alice.";
    refused(R"("version":1)", R"("version":2)", "version: is not 1");
    refused(R"("version":1,)", "", "version: is missing");
    refused(R"("version")", R"("x":1,"version")", "x: is not known here");
    refused(R"("expires":"2027-06-01T00:00:00Z",)", "", "expires: is missing");
    refused("2027-06-01T00:00:00Z", "2027-06-01", "expires: is no time like");
    refused(R"("keys":{)", R"("keys":[],"k":{)", "keys: must be an object");
    refused(R"("alice":{)", R"("alice":[],"k":{)", "keys.alice: must be an object");
    refused(R"("id":")" + alice().public_key().id(), R"("id":")" + alice().public_key().hint(),
            alices + "id: is not that of the key: " + alice().public_key().id());
    refused(R"("id":)", R"("no":)", alices + "id: is missing");
    refused(R"("status":"active")", R"("status":"Active")", alices + "status: is not active,");
    refused(R"("status":"active")", R"("x":null)", alices + "x: is not known here");
    refused(R"("may":["sign"])", R"("may":[])", alices + "may: must name sign or attest");
    refused(R"("may":["sign"])", R"("may":["sign","Attest"])", alices + "may: holds neither");
    refused(R"(,"may":["sign"])", "", alices + "may: must name sign or attest");
    refused("2026-01-01T00:00:00Z", "2026-01-01", alices + "not_before: is no time like");
    refused(R"("not_before":"2026-01-01T00:00:00Z")", R"("not_after":"soon")",
            alices + "not_after: is no time like");
    refused(R"("not_before":"2026-01-01T00:00:00Z")", R"("accepted_roots":["AB"])",
            alices + "accepted_roots: holds no SHA-256");
    refused(R"("pem":)", R"("file":"alice.pub","pem":)", alices + "pem: or file: exactly one");
    refused(R"("pem":)", R"("comment":)", alices + "pem: or file: exactly one");
    refused("-----BEGIN PUBLIC", "-----BEGIN PUBLIX", alices + "pem: no key");
    refused("-----BEGIN CERT", "-----BEGIN CERX", "authorities.acme.pem: no certificate");
    refused(R"("may":["sign"]}},)", R"("may":["sign"],"pins":["xy"]}},)",
            "authorities.acme.pins: holds no SHA-256");
    refused(R"("may":["sign"]}},)", R"("may":["sign"],"any_usage":1}},)",
            "authorities.acme.any_usage: must be true or false");
    refused(R"("may":["sign"]}},)", R"("may":["sign"],"pin":[]}},)",
            "authorities.acme.pin: is not known here");
    refused(R"("acme":{)", R"("alice":{)", "authorities.alice: is a name twice");
    refused(R"("revoked_digests":[])", R"("revoked_digests":["x"])",
            "revoked_digests: holds no SHA-256");
}

BOOST_AUTO_TEST_CASE(rules_that_are_not_as_documented_are_refused) {
    refused(R"("match":"*",)", "", "rules[0].match: is missing");
    refused(R"("level":"warn")", R"("level":"off")", "rules[0].level: is not enforce or warn");
    refused(R"("level":"warn")", R"("levle":"warn")", "rules[0].levle: is not known here");
    refused(R"("level":"warn")", R"("max_unsigned_files":-1)",
            "rules[0].max_unsigned_files: must be a whole number");
    refused(R"("level":"warn")", R"("allow_unsigned":["../x"])",
            "rules[0].allow_unsigned: holds no plain relative path");
    refused(R"([{"any_of":["alice"],"threshold":1}])", "[]", "rules[0].require: asks for nobody");
    refused(R"(["alice"])", R"(["alice","carol"])",
            "rules[0].require[0].any_of: names nobody: carol");
    refused(R"(["alice"])", "[]", "rules[0].require[0].threshold: is more than there are");
    refused(R"("threshold":1)", R"("threshold":0)", "rules[0].require[0].threshold: asks for");
    refused(R"("threshold":1)", R"("threshold":2)", "rules[0].require[0].threshold: is more");
    // A name twice is one.
    refused(R"(["alice"],"threshold":1)", R"(["alice","alice"],"threshold":2)",
            "rules[0].require[0].threshold: is more than there are");
    refused(R"("threshold":1)", R"("count":1)", "rules[0].require[0].count: is not known here");
}

BOOST_AUTO_TEST_CASE(a_store_is_strict_json_of_a_bounded_size) {
    const std::string& good = full_store();
    store(good);
    const auto reason = [&](const std::string& text) {
        return said(read_trust_store(text, no_file));
    };
    BOOST_TEST(reason(changed(good, R"("version":1)", R"("version":1,"version":1)"))
                   .starts_with("bad_trust: "));
    BOOST_TEST(reason(good + "x").starts_with("bad_trust: "));
    BOOST_TEST(reason("[]").starts_with("bad_trust: trust: must be an object"));
    BOOST_TEST(reason(std::string((4U << 20) + 1, ' ')) == "too_large: the trust store");
}

BOOST_AUTO_TEST_CASE(a_key_may_lie_in_a_file) {
    const std::string text =
        changed(store_text(entry("alice", alice())),
                R"("pem":)" + quoted(alice().public_key().pem()), R"("file":"keys/alice.pub")");
    std::string asked;
    const TrustStore read = store(text, [&](const std::string& path) -> Judged<std::string> {
        asked = path;
        return alice().public_key().pem();
    });
    BOOST_TEST(asked == "keys/alice.pub");
    BOOST_TEST((read.keys.at(0).key == alice().public_key()));
    BOOST_TEST(
        said(read_trust_store(text, no_file)).starts_with("bad_trust: trust.keys.alice.file"));
}

BOOST_AUTO_TEST_CASE(one_key_has_one_name) {
    const auto twice = read_trust_store(
        store_text(entry("alice", alice()) + "," + entry("also", alice())), no_file);
    BOOST_TEST(said(twice) == "bad_trust: trust.keys.also.id: is also that of alice");
}

BOOST_AUTO_TEST_CASE(the_example_of_the_documentation_is_read) {
    const std::string folder = PRATIQUE_SOURCE_DIR "/samples/policies/";
    const std::string text = pratique::test::slurp(folder + "trust-full.json");
    BOOST_REQUIRE(!text.empty());
    const TrustStore read = store(text);
    BOOST_TEST(read.rules.size() >= 2U);
    // It is the one that the documentation shows.
    const std::string page = pratique::test::slurp(PRATIQUE_SOURCE_DIR "/docs/trust.md");
    BOOST_TEST((page.find(text) != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
