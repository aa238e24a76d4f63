// The trust store: every member of it, and who is believed.
#include "base/time.h"
#include "certificate_builder.h"
#include "key_support.h"
#include "signing/sign.h"
#include "signing/trust/store.h"
#include "statements.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;
using pratique::certificates::Holder;
using pratique::certificates::issue;
using pratique::certificates::kAuthority;
using pratique::certificates::kDay;
using pratique::certificates::kToday;

namespace {

const PrivateKey& alice() {
    static const PrivateKey key = PrivateKey::generate(KeyType::ed25519);
    return key;
}
const PrivateKey& bob() {
    static const PrivateKey key = PrivateKey::generate(KeyType::p256);
    return key;
}

/// Text as it stands in a JSON string.
std::string quoted(std::string text) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
        text.replace(at, 1, "\\n");
    }
    return "\"" + text + "\"";
}

std::string entry(const std::string& name, const PrivateKey& key, const std::string& more = "",
                  const std::string& may = "\"sign\"") {
    return "\"" + name + R"(":{"id":")" + key.public_key().id() + R"(","pem":)" +
           quoted(key.public_key().pem()) + R"(,"may":[)" + may + "]" + more + "}";
}

const std::string kRule = R"({"match":"*","require":[{"any_of":["alice"]}]})";

std::string store_text(const std::string& keys, const std::string& more = "",
                       const std::string& rules = kRule) {
    return R"({"version":1,"expires":"2027-06-01T00:00:00Z","keys":{)" + keys + "}" + more +
           R"(,"rules":[)" + rules + "]}";
}

Judged<std::string> no_file(const std::string& path) {
    return Refusal{Reason::unreadable, path, "not there"};
}
TrustStore store(const std::string& text, const ReadFile& files = no_file) {
    auto out = read_trust_store(text, files);
    BOOST_TEST_REQUIRE(bool(out), said(out));
    return *std::move(out);
}

Bundle signed_by(const PrivateKey& key, const std::vector<Der>& chain = {}) {
    const auto text = sign_statement(statement_text({{"a"}}), key, chain);
    BOOST_TEST_REQUIRE(bool(text), said(text));
    return *read_bundle(*text);
}
Manifest signed_manifest() { return *manifest_of(statement_text({{"a"}})); }

std::string ask(const TrustStore& store, const Bundle& bundle, std::int64_t now = kToday,
                Role role = Role::sign) {
    const auto voucher = store.find_voucher(bundle, role, now);
    return voucher ? voucher->name : said(voucher);
}

/// A holder's certificate for a key of this project.
Holder certify(const PrivateKey& key, const Holder& issuer, const std::string& subject = "Signer") {
    const std::string pem = key.public_key().pem();
    const std::unique_ptr<BIO, int (*)(BIO*)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    return issue({subject}, &issuer,
                 certificates::key_of(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr)));
}

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

// --- Who vouches -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_keys_that_are_listed_vouch) {
    const TrustStore read = store(store_text(entry("alice", alice()) + "," + entry("bob", bob())));
    BOOST_TEST(ask(read, signed_by(alice())) == "alice");
    BOOST_TEST(ask(read, signed_by(bob())) == "bob");
    Bundle bundle = signed_by(PrivateKey::generate(KeyType::ed25519));
    BOOST_TEST(ask(read, bundle) == "untrusted_key: ");
    bundle.hint = alice().public_key().hint();
    BOOST_TEST(ask(read, bundle) == "bad_signature: ");
    bundle.hint = std::nullopt;
    BOOST_TEST(ask(read, bundle) == "untrusted_key: ");
    Bundle old = signed_by(bob());
    old.hint = std::nullopt;
    BOOST_TEST(ask(read, old) == "bob");
    old.method = Method::sigstore;
    BOOST_TEST(ask(read, old).find("bob") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_store_and_a_key_have_their_time) {
    const std::int64_t from = *utc_seconds("2026-01-01T00:00:00Z");
    const std::int64_t until = *utc_seconds("2027-02-01T00:00:00Z");
    const std::int64_t expires = *utc_seconds("2027-06-01T00:00:00Z");
    const TrustStore read = store(store_text(
        entry("alice", alice(),
              R"(,"not_before":"2026-01-01T00:00:00Z","not_after":"2027-02-01T00:00:00Z")") +
        "," + entry("bob", bob())));
    const Bundle bundle = signed_by(alice());
    BOOST_TEST(ask(read, bundle, from - 1) == "expired: from 2026-01-01T00:00:00Z");
    BOOST_TEST(ask(read, bundle, from) == "alice");
    BOOST_TEST(ask(read, bundle, until) == "alice");
    BOOST_TEST(ask(read, bundle, until + 1) == "expired: until 2027-02-01T00:00:00Z");
    BOOST_TEST(ask(read, signed_by(bob()), expires) == "bob");
    BOOST_TEST(ask(read, signed_by(bob()), expires + 1) ==
               "expired: the trust store, since 2027-06-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_publisher_signs_and_a_scanner_attests) {
    const TrustStore read =
        store(store_text(entry("alice", alice()) + "," + entry("bob", bob(), "", "\"attest\"")));
    BOOST_TEST(ask(read, signed_by(alice()), kToday, Role::sign) == "alice");
    BOOST_TEST(ask(read, signed_by(alice()), kToday, Role::attest) ==
               "untrusted_key: may not attest");
    BOOST_TEST(ask(read, signed_by(bob()), kToday, Role::attest) == "bob");
    BOOST_TEST(ask(read, signed_by(bob()), kToday, Role::sign) == "untrusted_key: may not sign");
}

BOOST_AUTO_TEST_CASE(a_revoked_key_vouches_for_nothing) {
    const TrustStore read =
        store(store_text(entry("alice", alice(), R"(,"status":"revoked")", R"("sign","attest")")));
    BOOST_TEST(ask(read, signed_by(alice())) == "revoked: the key");
    BOOST_TEST(ask(read, signed_by(alice()), kToday, Role::attest) == "revoked: the key");
}

BOOST_AUTO_TEST_CASE(a_retired_key_vouches_for_the_roots_that_are_listed) {
    const Manifest manifest = signed_manifest();
    const auto judge = [&](const std::string& root) {
        const TrustStore read = store(store_text(
            entry("alice", alice(), R"(,"status":"retired","accepted_roots":[)" + root + "]",
                  R"("sign","attest")")));
        const Bundle bundle = signed_by(alice());
        BOOST_TEST(ask(read, bundle, kToday, Role::attest) == "expired: the key is retired");
        const auto voucher = read.find_voucher(bundle, Role::sign, kToday);
        BOOST_REQUIRE(voucher);
        return said(read.check_manifest(*voucher, manifest));
    };
    BOOST_TEST(judge("").starts_with("expired: the key is retired"));
    BOOST_TEST(judge("\"" + digest_of("other") + "\"").starts_with("expired: the key is retired"));
    BOOST_TEST(judge("\"" + manifest.root + "\"") == "accepted");
}

BOOST_AUTO_TEST_CASE(a_revoked_root_is_refused_whoever_signed_it) {
    const Manifest manifest = signed_manifest();
    const auto judge = [&](const std::string& root) {
        const TrustStore read =
            store(store_text(entry("alice", alice()), R"(,"revoked_digests":[")" + root + "\"]"));
        const auto voucher = read.find_voucher(signed_by(alice()), Role::sign, kToday);
        BOOST_REQUIRE(voucher);
        return said(read.check_manifest(*voucher, manifest));
    };
    BOOST_TEST(judge(manifest.root) == "revoked: the root digest " + manifest.root);
    BOOST_TEST(judge(digest_of("other")) == "accepted");
}

BOOST_AUTO_TEST_CASE(an_authority_vouches_for_whom_it_certifies) {
    const Holder root = issue({"Root", kAuthority});
    const Holder other = issue({"Root", kAuthority});
    const Holder leaf = certify(bob(), root);
    const auto read = [&](const std::string& more, const std::string& keys = "") {
        const std::string rule = R"({"match":"*","require":[{"any_of":["acme"]}]})";
        return store(store_text(keys,
                                R"(,"authorities":{"acme":{"pem":)" + quoted(root.pem()) +
                                    R"(,"may":["sign"])" + more + "}}",
                                rule));
    };
    const Bundle bundle = signed_by(bob(), {leaf.der()});
    const TrustStore plain = read("");
    BOOST_TEST(ask(plain, bundle) == "acme");
    BOOST_TEST(ask(plain, bundle, kToday, Role::attest) == "untrusted_certificate: ");
    BOOST_TEST(ask(plain, bundle, kToday + 101 * kDay).starts_with("expired_certificate"));
    const Holder stranger = certify(bob(), other);
    BOOST_TEST(ask(plain, signed_by(bob(), {stranger.der()})) != "acme");
    BOOST_TEST(ask(plain, signed_by(bob(), {stranger.der(), other.der()})) != "acme");
    Bundle forged = signed_by(bob(), {leaf.der()});
    forged.payload += " ";
    BOOST_TEST(ask(plain, forged) == "bad_signature: ");
    BOOST_TEST(ask(read(R"(,"identities":["CN=Signer"])"), bundle) == "acme");
    BOOST_TEST(ask(read(R"(,"identities":["CN=Other"])"), bundle) != "acme");
    BOOST_TEST(ask(read(R"(,"pins":[")" + bob().public_key().id() + "\"]"), bundle) == "acme");
    BOOST_TEST(ask(read(R"(,"pins":[")" + alice().public_key().id() + "\"]"), bundle) != "acme");
    // What is said of a key is said of it whoever certifies it.
    BOOST_TEST(ask(read("", entry("bob", bob(), R"(,"status":"revoked")")), bundle) ==
               "revoked: the key");
    const TrustStore retired = read("", entry("bob", bob(), R"(,"status":"retired")"));
    const auto voucher = retired.find_voucher(bundle, Role::sign, kToday);
    BOOST_REQUIRE(voucher);
    BOOST_TEST(said(retired.check_manifest(*voucher, signed_manifest()))
                   .starts_with("expired: the key is retired"));
}

BOOST_AUTO_TEST_CASE(a_retired_key_does_not_attest_by_a_certificate_either) {
    const Holder root = issue({"Root", kAuthority});
    const TrustStore read = store(store_text(
        entry("bob", bob(), R"(,"status":"retired")"),
        R"(,"authorities":{"acme":{"pem":)" + quoted(root.pem()) + R"(,"may":["attest"]}})",
        R"({"match":"*","require":[{"any_of":["acme"]}]})"));
    BOOST_TEST(ask(read, signed_by(bob(), {certify(bob(), root).der()}), kToday, Role::attest) ==
               "expired: the key is retired");
}

// --- Rules -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_first_rule_that_matches_decides) {
    const auto rule = [](const std::string& match) {
        return R"({"match":")" + match + R"(","require":[{"any_of":["alice"]}]})";
    };
    const TrustStore read = store(store_text(
        entry("alice", alice()), "",
        rule("*/llama-*") + "," + rule("/m/*") + "," + rule("exact") + "," + rule("v[12]?")));
    const auto match = [&](const std::string& model) {
        const TrustRule* found = read.rule_for(model);
        return found == nullptr ? "nobody" : found->match;
    };
    BOOST_TEST(match("/m/llama-7b") == "*/llama-*");
    BOOST_TEST(match("/m/a/b/llama-7b/x") == "*/llama-*");
    BOOST_TEST(match("/m/.hidden") == "/m/*");
    BOOST_TEST(match("/m") == "nobody");
    BOOST_TEST(match("exact") == "exact");
    BOOST_TEST(match("Exact") == "nobody");
    BOOST_TEST(match("exact/") == "nobody");
    BOOST_TEST(match("v1x") == "v[12]?");
    BOOST_TEST(match("") == "nobody");
    // A name is matched whole, whatever is in it.
    BOOST_TEST(match(std::string("exact\0/evil", 11)) == "nobody");
}

BOOST_AUTO_TEST_CASE(a_threshold_counts_distinct_keys_of_distinct_entries) {
    const PublicKey one = alice().public_key();
    const PublicKey two = bob().public_key();
    const auto voucher = [](const std::string& name, const PublicKey& key) {
        return Voucher{name, {Method::key, key}};
    };
    const auto judge = [&](std::size_t threshold, const std::vector<Voucher>& vouchers) {
        const TrustRule rule{"*", {{{"a", "b", "c"}, threshold}}, false, 0, {}};
        return said(decide(rule, vouchers)).substr(0, 8);
    };
    BOOST_TEST(judge(1, {}) == "untruste");
    BOOST_TEST(judge(1, {voucher("x", one)}) == "untruste");
    BOOST_TEST(judge(1, {voucher("a", one)}) == "accepted");
    BOOST_TEST(judge(2, {voucher("a", one)}) == "untruste");
    BOOST_TEST(judge(2, {voucher("a", one), voucher("a", one)}) == "untruste");
    BOOST_TEST(judge(2, {voucher("a", one), voucher("b", one)}) == "untruste");
    BOOST_TEST(judge(2, {voucher("a", one), voucher("a", two)}) == "untruste");
    BOOST_TEST(judge(2, {voucher("a", one), voucher("x", two)}) == "untruste");
    BOOST_TEST(judge(2, {voucher("a", one), voucher("b", two)}) == "accepted");
    // Whoever is asked first: a by two, b by one.
    BOOST_TEST(judge(2, {voucher("a", one), voucher("a", two), voucher("b", one)}) == "accepted");
    BOOST_TEST(judge(2, {voucher("b", one), voucher("a", one), voucher("a", two)}) == "accepted");
    BOOST_TEST(judge(3, {voucher("a", one), voucher("b", two), voucher("c", one)}) == "untruste");
}

BOOST_AUTO_TEST_CASE(every_requirement_must_be_met) {
    const TrustRule rule{"*", {{{"a"}, 1}, {{"b"}, 1}}, false, 0, {}};
    const Voucher a{"a", {Method::key, alice().public_key()}};
    const Voucher b{"b", {Method::key, bob().public_key()}};
    BOOST_TEST(said(decide(rule, {a})) == "untrusted_key: 1 of b must have signed, 0 did");
    BOOST_TEST(said(decide(rule, {b})) == "untrusted_key: 1 of a must have signed, 0 did");
    BOOST_TEST(said(decide(rule, {b, a})) == "accepted");
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
