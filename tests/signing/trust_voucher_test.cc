// Who is believed by a trust store, of what, and when.
#include "base/time.h"
#include "certificate_builder.h"
#include "signing/sign.h"
#include "statements.h"
#include "trust_stores.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;
using pratique::certificates::Holder;
using pratique::certificates::issue;
using pratique::certificates::kAuthority;
using pratique::certificates::kDay;
using pratique::certificates::kToday;

namespace {

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

}  // namespace

BOOST_AUTO_TEST_SUITE(trust_vouchers)

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

BOOST_AUTO_TEST_SUITE_END()
