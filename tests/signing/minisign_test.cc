#include "signing/detached/minisign.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "detached_builder.h"
#include "key_support.h"

using namespace pratique;
using namespace pratique::signing;
using detached::file_of;
using detached::Minisign;
using test::reason;

namespace {

const std::string kMessage = "a model";

std::string judge(const std::string& signature, const std::string& key,
                  const std::string& message = kMessage, bool allow_legacy = false) {
    const auto read_key = read_minisign_key(key);
    BOOST_TEST_REQUIRE(bool(read_key), key);
    const auto read = read_minisign(signature);
    if (!read) return std::string(name(read.error().reason));
    const Descriptor file = file_of(message);
    const auto verified =
        verify_minisign(*read, *read_key, file.get(), {.allow_legacy = allow_legacy});
    return verified ? "accepted" : std::string(name(verified.error().reason));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(minisign)

BOOST_AUTO_TEST_CASE(a_signature_is_of_one_file_by_one_key) {
    const Minisign signer;
    const std::string key = signer.public_key();
    const std::string signature = signer.prehashed(kMessage);
    BOOST_TEST(judge(signature, key) == "accepted");
    BOOST_TEST(judge(signer.prehashed(""), key, "") == "accepted");
    const std::string large(5'000'000, 'x');
    BOOST_TEST(judge(signer.prehashed(large), key, large) == "accepted");
    BOOST_TEST(judge(signature, key, kMessage + "x") == "bad_signature");
    BOOST_TEST(judge(signature, key, "") == "bad_signature");
    // Another key, first with a number of its own and then with the same.
    Minisign other;
    BOOST_TEST(judge(signature, other.public_key()) == "bad_signature");
    other.number.front() = '\0';
    BOOST_TEST(judge(signature, other.public_key()) == "wrong_key");
}

BOOST_AUTO_TEST_CASE(the_number_of_a_key_is_told_as_minisign_prints_it) {
    const Minisign signer;
    Minisign other;
    other.number = "\x01\x02\x03\x04\x05\x06\x07\x08";
    const auto signature = read_minisign(signer.prehashed(kMessage));
    const auto key = read_minisign_key(other.public_key());
    const Descriptor file = file_of(kMessage);
    const auto judged = verify_minisign(*signature, *key, file.get());
    BOOST_TEST_REQUIRE(!judged);
    BOOST_TEST(judged.error().detail == "signed by key 58F7CE0491B3E675, not by 0807060504030201");
}

BOOST_AUTO_TEST_CASE(the_trusted_comment_is_signed_and_the_other_is_not) {
    const Minisign signer;
    const std::string key = signer.public_key();
    const std::string signature = signer.prehashed(kMessage, "timestamp:1\tfile:caf\xc3\xa9");
    BOOST_TEST(judge(signature, key) == "accepted");
    const auto read = read_minisign(signature);
    BOOST_TEST_REQUIRE(bool(read));
    BOOST_TEST(read->trusted_comment == "timestamp:1\tfile:caf\xc3\xa9");
    BOOST_TEST(judge(replaced(signature, "anything", "something else"), key) == "accepted");
    BOOST_TEST(judge(replaced(signature, "timestamp:1", "timestamp:2"), key) == "bad_signature");
    // The comment of another signature by the same key.
    const std::string other = signer.prehashed("another", "other");
    const std::string mixed = signature.substr(0, signature.find("trusted comment: ti")) +
                              other.substr(other.find("trusted comment: ot"));
    BOOST_TEST(judge(mixed, key) == "bad_signature");
    // Without one, or without its signature.
    BOOST_TEST(judge(signature.substr(0, signature.find("trusted comment: ti")), key) ==
               "bad_signature");
    BOOST_TEST(judge(signature.substr(0, signature.rfind('\n', signature.size() - 2) + 1), key) ==
               "bad_signature");
}

BOOST_AUTO_TEST_CASE(a_signature_that_was_not_read_needs_its_comment_all_the_same) {
    const Minisign signer;
    auto signature = read_minisign(signer.prehashed(kMessage));
    const auto key = read_minisign_key(signer.public_key());
    BOOST_TEST_REQUIRE((signature && key));
    signature->has_trusted_comment = false;
    const Descriptor file = file_of(kMessage);
    BOOST_TEST(reason(verify_minisign(*signature, *key, file.get())) == "bad_signature");
}

BOOST_AUTO_TEST_CASE(legacy_signatures_are_an_exception_that_is_asked_for) {
    const Minisign signer;
    const std::string key = signer.public_key();
    for (const std::string& signature : {signer.legacy(kMessage), signer.signify(kMessage)}) {
        BOOST_TEST(judge(signature, key) == "unsupported");
        BOOST_TEST(judge(signature, key, kMessage, true) == "accepted");
        BOOST_TEST(judge(signature, key, "another", true) == "bad_signature");
    }
    BOOST_TEST(judge(replaced(signer.legacy(kMessage), "a comment", "b comment"), key, kMessage,
                     true) == "bad_signature");
    // One kind does not pass for the other.
    const std::string prehashed =
        detached::signature_of(signer.key, detached::digest("BLAKE2B-512", kMessage));
    BOOST_TEST(judge(signer.two_lines("Ed", prehashed), key, kMessage, true) == "bad_signature");
    const std::string pure = detached::signature_of(signer.key, kMessage);
    BOOST_TEST(judge(signer.two_lines("ED", pure) + signer.comment("c", pure), key, kMessage,
                     true) == "bad_signature");
}

BOOST_AUTO_TEST_CASE(a_legacy_signature_is_of_no_file_that_does_not_fit_in_memory) {
    const Minisign signer;
    const auto signature = read_minisign(signer.legacy(kMessage));
    const auto key = read_minisign_key(signer.public_key());
    BOOST_TEST_REQUIRE((signature && key));
    const Descriptor file = file_of("");
    BOOST_REQUIRE(::ftruncate(file.get(), (1LL << 30) + 1) == 0);
    BOOST_TEST(reason(verify_minisign(*signature, *key, file.get(), {.allow_legacy = true})) ==
               "too_large");
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_not_waited_for) {
    const Minisign signer;
    const auto key = read_minisign_key(signer.public_key());
    int ends[2] = {};
    BOOST_REQUIRE(::pipe(ends) == 0);
    const Descriptor reading(ends[0]);
    const Descriptor writing(ends[1]);
    for (const std::string& text : {signer.prehashed(kMessage), signer.legacy(kMessage)}) {
        const auto signature = read_minisign(text);
        const auto judged =
            verify_minisign(*signature, *key, reading.get(), {.allow_legacy = true});
        BOOST_TEST(reason(judged) == "special_file");
    }
}

BOOST_AUTO_TEST_CASE(signatures_are_read_strictly) {
    const Minisign signer;
    const std::string good = signer.prehashed(kMessage);
    const auto read = [](const std::string& text) { return reason(read_minisign(text)); };
    BOOST_TEST(read(good) == "");
    std::string windows;
    for (const char c : good) windows += c == '\n' ? "\r\n" : std::string(1, c);
    BOOST_TEST(judge(windows, signer.public_key()) == "accepted");
    BOOST_TEST(read(good.substr(0, good.size() - 1)) == "");
    BOOST_TEST(read("") == "bad_signature");
    BOOST_TEST(read("untrusted comment: x") == "bad_signature");
    BOOST_TEST(read("x" + good) == "bad_signature");
    BOOST_TEST(read(good + "\n") == "bad_signature");
    BOOST_TEST(read(good + good) == "bad_signature");
    BOOST_TEST(read(replaced(good, "\ntrusted", "\n trusted")) == "bad_signature");
    BOOST_TEST(read(replaced(good, "anything", "any\x1bthing")) == "bad_signature");
    BOOST_TEST(read(replaced(good, "a comment", std::string("a\0comment", 9))) == "bad_signature");
    BOOST_TEST(read(replaced(good, "a comment", "a\rcomment")) == "bad_signature");
    BOOST_TEST(read(replaced(good, "a comment",
                             "a\x7f"
                             "comment")) == "bad_signature");
    BOOST_TEST(read(signer.signify(kMessage)) == "");
    BOOST_TEST(read(signer.signify(kMessage) + "x") == "bad_signature");
    BOOST_TEST(read(signer.two_lines("ED", std::string(64, 'x'))) == "bad_signature");
    BOOST_TEST(read(replaced(good, "anything", std::string(1024, 'x'))) == "too_large");
    BOOST_TEST(read(signer.prehashed(kMessage, std::string(8192, 'x'))) == "");
    BOOST_TEST(read(signer.prehashed(kMessage, std::string(8193, 'x'))) == "too_large");
    BOOST_TEST(read(good + std::string(20'000, 'x')) == "too_large");
    // Base64 that is not strict, and of another length.
    BOOST_TEST(read(replaced(good, "anything\n", "anything\n ")) == "bad_signature");
    BOOST_TEST(read(replaced(good, "=\ntrusted", "\ntrusted")) == "bad_signature");
    const auto two = [&](const std::string& algorithm, const std::string& signature) {
        return read(signer.two_lines(algorithm, signature) + signer.comment("c", signature));
    };
    BOOST_TEST(two("ED", std::string(64, 'x')) == "");
    BOOST_TEST(two("ED", std::string(63, 'x')) == "bad_signature");
    BOOST_TEST(two("ED", std::string(65, 'x')) == "bad_signature");
    BOOST_TEST(two("ed", std::string(64, 'x')) == "bad_signature");
    // What only another alphabet, or none, would let pass.
    Minisign plain;
    plain.number = "xxxxxxxx";
    const std::string no_signs = plain.two_lines("Ed", std::string(64, 'x'));
    BOOST_TEST(read(no_signs) == "");
    BOOST_TEST(read(replaced(no_signs, "=", "")) == "bad_signature");
    std::string for_urls = plain.two_lines("Ed", std::string(64, '\xff'));
    BOOST_TEST(read(for_urls) == "");
    std::ranges::replace(for_urls, '/', '_');
    BOOST_TEST(read(for_urls) == "bad_signature");
    const std::size_t last = good.rfind('\n', good.size() - 2) + 1;
    BOOST_TEST(read(good.substr(0, last) + detached::encoded(std::string(63, 'x'))) ==
               "bad_signature");
}

BOOST_AUTO_TEST_CASE(keys_are_read_strictly) {
    const Minisign signer;
    const std::string good = signer.public_key();
    const auto read = [](const std::string& text) { return reason(read_minisign_key(text)); };
    BOOST_TEST(read(good) == "");
    BOOST_TEST(read(good.substr(good.find('\n') + 1)) == "");
    const auto key = read_minisign_key(good);
    BOOST_TEST((key->key == signer.key.public_key()));
    BOOST_TEST(text(key->number) == signer.number);
    const std::string point(text(signer.key.public_key().ed25519()));
    const std::string comment = "untrusted comment: x\n";
    BOOST_TEST(read("") == "bad_key");
    BOOST_TEST(read(comment) == "bad_key");
    BOOST_TEST(read(comment + good) == "bad_key");
    BOOST_TEST(read("x\n" + signer.record("Ed", point)) == "bad_key");
    BOOST_TEST(read(good + "x") == "bad_key");
    BOOST_TEST(read(signer.record("Ed", point) + "\nx") == "bad_key");
    BOOST_TEST(read(signer.record("ED", point)) == "bad_key");
    BOOST_TEST(read(signer.record("Ed", point + "x")) == "bad_key");
    BOOST_TEST(read(signer.record("Ed", point.substr(1))) == "bad_key");
    // The neutral element of the curve: anybody could sign for it.
    BOOST_TEST(read(signer.record("Ed", "\x01" + std::string(31, '\0'))) == "bad_key");
    BOOST_TEST(read("untrusted comment: " + std::string(2000, 'x') + "\n" +
                    signer.record("Ed", point)) == "bad_key");
}

BOOST_AUTO_TEST_CASE(signatures_of_minisign_and_signify_themselves,
                     *boost::unit_test::precondition(test::has_vectors)) {
    const auto folder = test::oms_folder() / "detached";
    const auto check = [&](const char* key, const char* signature, const char* expected,
                           const char* legacy) {
        const std::string key_text = test::slurp(folder / key);
        const std::string text = test::slurp(folder / signature);
        const std::string message = test::slurp(folder / "msg.txt");
        const std::string tampered = test::slurp(folder / "msg-tampered.txt");
        BOOST_TEST_CONTEXT(signature) {
            BOOST_TEST(judge(text, key_text, message) == expected);
            BOOST_TEST(judge(text, key_text, message, true) == legacy);
            BOOST_TEST(judge(text, key_text, tampered, true) != "accepted");
        }
    };
    check("minisign.pub", "msg.prehashed.minisig", "accepted", "accepted");
    check("minisign.pub", "ok-untrusted-comment-changed.minisig", "accepted", "accepted");
    check("minisign.pub", "msg.legacy.minisig", "unsupported", "accepted");
    check("signify.pub", "msg.signify.sig", "unsupported", "accepted");
    check("minisign.pub", "bad-trusted-comment.minisig", "bad_signature", "bad_signature");
    check("minisign.pub", "bad-keyid.minisig", "wrong_key", "wrong_key");
    check("minisign.pub", "bad-alg-swapped.minisig", "unsupported", "bad_signature");
    check("minisign.pub", "bad-no-global-sig.minisig", "bad_signature", "bad_signature");
    check("minisign.pub", "msg.signify.sig", "wrong_key", "wrong_key");
}

BOOST_AUTO_TEST_SUITE_END()
