#include "signing/detached/sshsig.h"

#include <boost/test/unit_test.hpp>

#include "detached_builder.h"
#include "key_support.h"
#include "signing/keys/ssh_wire.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::detached;
using test::reason;

namespace {

const std::string kMessage = "a model";

std::string judge(const std::string& signature, const std::string& allowed,
                  const std::string& message = kMessage, const SshOptions& options = {"a@x"}) {
    const auto signers = read_allowed_signers(allowed);
    BOOST_TEST_REQUIRE(bool(signers), allowed);
    const auto read = read_ssh_signature(signature);
    if (!read) return std::string(name(read.error().reason));
    const Descriptor file = file_of(message);
    const auto verified = verify_ssh(*read, *signers, file.get(), options);
    return verified ? "accepted" : std::string(name(verified.error().reason));
}
std::string judge(const Ssh& signer) { return judge(signer.sign(kMessage), "* " + signer.line()); }

std::vector<Ssh> all_kinds() {
    return {ssh_ed25519(), ssh_hardware(), ssh_ecdsa(KeyType::p256, "nistp256", 65),
            ssh_ecdsa(KeyType::p384, "nistp384", 97), ssh_ecdsa(KeyType::p521, "nistp521", 133)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sshsig)

BOOST_AUTO_TEST_CASE(a_signature_is_of_one_file_by_one_key) {
    for (const Ssh& signer : all_kinds()) {
        BOOST_TEST_CONTEXT(signer.type) {
            const std::string allowed = "a@x " + signer.line() + " a comment\n";
            // Numbers of ECDSA have another length in every fourth signature.
            for (int i = 0; i < 16; ++i) {
                BOOST_TEST(judge(signer.sign(kMessage), allowed) == "accepted");
            }
            BOOST_TEST(judge(signer.sign(""), allowed, "") == "accepted");
            BOOST_TEST(judge(signer.sign(kMessage), allowed, kMessage + "x") == "bad_signature");
            BOOST_TEST(judge(signer.sign(kMessage), "b@x " + signer.line()) == "untrusted_key");
            BOOST_TEST(judge(signer.sign(kMessage), "") == "untrusted_key");
            BOOST_TEST(judge(signer.sign(kMessage), "a@x " + ssh_ed25519().line()) ==
                       "untrusted_key");
        }
    }
}

BOOST_AUTO_TEST_CASE(the_signature_is_checked_and_not_only_its_key) {
    for (const Ssh& signer : all_kinds()) {
        Ssh forger = signer;
        forger.key = PrivateKey::generate(signer.key.type());
        BOOST_TEST(judge(forger) == "bad_signature", signer.type);
    }
}

BOOST_AUTO_TEST_CASE(either_hash_will_do_and_no_other) {
    Ssh signer = ssh_ed25519();
    signer.hash_algorithm = "sha256";
    BOOST_TEST(judge(signer) == "accepted");
    for (const char* other : {"sha1", "SHA512", "", "md5", "blake2b"}) {
        signer.hash_algorithm = other;
        BOOST_TEST(judge(signer) == "unsupported", other);
    }
}

BOOST_AUTO_TEST_CASE(everything_but_the_signature_is_signed) {
    const Ssh good = ssh_ed25519();
    BOOST_TEST(judge(good) == "accepted");
    const std::string content = good.content(kMessage);
    const auto with = [&](const auto& change) {
        Ssh changed = good;
        change(changed);
        return judge(changed.armored(content, changed.type), "* " + good.line());
    };
    BOOST_TEST(with([](Ssh& s) { s.reserved = "x"; }) == "bad_signature");
    BOOST_TEST(with([](Ssh& s) { s.hash_algorithm = "sha256"; }) == "bad_signature");
    BOOST_TEST(with([](Ssh& s) { s.name_space = "git"; }) == "wrong_method");
    BOOST_TEST(with([](Ssh& s) { s.name_space = ""; }) == "bad_signature");
    BOOST_TEST(with([](Ssh& s) { s.behind = "x"; }) == "bad_signature");
    BOOST_TEST(with([](Ssh& s) { s.magic = "SSHSIG"s + "\0\0\0\x02"s; }) == "bad_signature");
    BOOST_TEST(with([](Ssh& s) { s.magic = "SSHSIH"s + "\0\0\0\x01"s; }) == "bad_signature");
    // What is reserved means nothing, and is signed all the same.
    Ssh reserved = good;
    reserved.reserved = "for later";
    BOOST_TEST(judge(reserved) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_signature_for_another_purpose_is_none) {
    Ssh signer = ssh_ed25519();
    signer.name_space = "git";
    BOOST_TEST(judge(signer) == "wrong_method");
    SshOptions options{"a@x"};
    options.name_space = "git";
    BOOST_TEST(judge(signer.sign(kMessage), "* " + signer.line(), kMessage, options) == "accepted");
    BOOST_TEST(judge(ssh_ed25519().sign(kMessage), "* " + signer.line(), kMessage, options) ==
               "wrong_method");
}

BOOST_AUTO_TEST_CASE(whoever_holds_a_hardware_key_must_have_touched_it) {
    Ssh signer = ssh_hardware();
    signer.flags = 5;  // present and verified
    BOOST_TEST(judge(signer) == "accepted");
    for (const char flags : {'\0', '\x04'}) {
        signer.flags = flags;
        BOOST_TEST(judge(signer) == "bad_signature");
    }
    signer = ssh_hardware();
    const std::string content = signer.content(kMessage);
    const std::string allowed = "* " + signer.line();
    BOOST_TEST(judge(signer.armored(content, signer.type), allowed) == "accepted");
    for (const std::size_t at : {content.size() - 1, content.size() - 5}) {
        std::string changed = content;
        changed.at(at) = static_cast<char>(changed.at(at) ^ 2);
        BOOST_TEST(judge(signer.armored(changed, signer.type), allowed) == "bad_signature");
    }
    BOOST_TEST(judge(signer.armored(content + "x", signer.type), allowed) == "bad_signature");
    BOOST_TEST(judge(signer.armored(content.substr(0, content.size() - 1), signer.type), allowed) ==
               "bad_signature");
    // More state than there is room for, though it is signed.
    const std::string state = "\x01\0\0\0\x2a!"s;
    const std::string more =
        ssh_string(signature_of(signer.key, digest("SHA256", signer.application) + state +
                                                digest("SHA256", signer.data(kMessage)))) +
        state;
    BOOST_TEST(judge(signer.armored(more, signer.type), allowed) == "bad_signature");
    // The application is the key's.
    Ssh other = signer;
    other.application = "ssh:other";
    BOOST_TEST(judge(other.sign(kMessage), allowed) == "bad_signature");
}

BOOST_AUTO_TEST_CASE(a_key_makes_signatures_of_its_kind) {
    Ssh soft = ssh_ed25519();
    Ssh hard = ssh_hardware();
    hard.key = soft.key;
    hard.public_key = ssh_string(hard.type) + ssh_string(text(soft.key.public_key().ed25519())) +
                      ssh_string(hard.application);
    BOOST_TEST(judge(soft.armored(soft.content(kMessage), hard.type), "* " + soft.line()) ==
               "bad_signature");
    BOOST_TEST(judge(hard.armored(hard.content(kMessage), soft.type), "* " + hard.line()) ==
               "bad_signature");
    BOOST_TEST(judge(soft.armored(soft.content(kMessage) + "x", soft.type), "* " + soft.line()) ==
               "bad_signature");
    BOOST_TEST(judge(soft.armored("", soft.type), "* " + soft.line()) == "bad_signature");
}

BOOST_AUTO_TEST_CASE(numbers_of_ecdsa_have_one_spelling) {
    const Ssh signer = ssh_ecdsa(KeyType::p256, "nistp256", 65);
    const std::string allowed = "* " + signer.line();
    const auto with = [&](const std::string& numbers) {
        return judge(signer.armored(ssh_string(numbers), signer.type), allowed);
    };
    const std::string good = Ssh::numbers(signature_of(signer.key, signer.data(kMessage)));
    BOOST_TEST(with(good) == "accepted");
    const std::size_t r_size = static_cast<unsigned char>(good.at(3));
    const std::string r = good.substr(4, r_size);
    const std::string s = good.substr(8 + r_size);
    BOOST_TEST(with(ssh_string(r) + ssh_string(s)) == "accepted");
    // Longer than needed, negative, zero, none, too large; and more or fewer of them.
    BOOST_TEST(with(ssh_string("\0"s + r) + ssh_string(s)) == "bad_signature");
    BOOST_TEST(with(ssh_string(r) + ssh_string("\0"s + s)) == "bad_signature");
    const std::string negative = "\xff" + std::string(31, 'x');
    BOOST_TEST(with(ssh_string(negative) + ssh_string(s)) == "bad_signature");
    BOOST_TEST(with(ssh_string("\0"s) + ssh_string(s)) == "bad_signature");
    BOOST_TEST(with(ssh_string("") + ssh_string(s)) == "bad_signature");
    BOOST_TEST(with(ssh_string(r) + ssh_string("")) == "bad_signature");
    BOOST_TEST(with(ssh_string(std::string(33, '\x01')) + ssh_string(s)) == "bad_signature");
    BOOST_TEST(with(ssh_string(std::string(200, '\x01')) + ssh_string(s)) == "bad_signature");
    BOOST_TEST(with(good + "x") == "bad_signature");
    BOOST_TEST(with(ssh_string(r)) == "bad_signature");
    BOOST_TEST(with(signature_of(signer.key, signer.data(kMessage))) == "bad_signature");
}

BOOST_AUTO_TEST_CASE(keys_that_are_not_supported_leave_it_open) {
    Ssh signer = ssh_ed25519();
    const std::string rest = signer.public_key.substr(4 + signer.type.size());
    for (const char* type :
         {"ssh-rsa", "sk-ecdsa-sha2-nistp256@openssh.com", "ssh-ed25519-cert-v01@openssh.com"}) {
        signer.type = type;
        signer.public_key = ssh_string(type) + rest;
        BOOST_TEST(judge(signer) == "unsupported", type);
    }
}

BOOST_AUTO_TEST_CASE(keys_are_read_strictly) {
    const auto read = [](const std::string& key) { return reason(read_ssh_public_key(key)); };
    for (const Ssh& signer : all_kinds()) {
        const bool in_hardware = !signer.application.empty();
        for (const std::string& text :
             {signer.line(), signer.line() + " a comment\n", signer.public_key}) {
            const auto key = read_ssh_public_key(text);
            BOOST_TEST(reason(key) == (in_hardware ? "unsupported" : ""));
            if (!in_hardware) BOOST_TEST((key && *key == signer.key.public_key()));
        }
        BOOST_TEST(read(signer.public_key + "x") == "bad_key");
        BOOST_TEST(read(signer.public_key + ssh_string("x")) == "bad_key");
        BOOST_TEST(read(signer.public_key.substr(0, signer.public_key.size() - 1)) == "bad_key");
        BOOST_TEST(read(signer.line() + "\n" + signer.line()) == "bad_key");
        BOOST_TEST(read(signer.line() + "*") == "bad_key");
        BOOST_TEST(read("x" + signer.line()) == "bad_key");
    }
    BOOST_TEST(read("") == "bad_key");
    BOOST_TEST(read("ssh-ed25519") == "bad_key");
    BOOST_TEST(read("ssh-ed25519 ") == "bad_key");
    BOOST_TEST(read(ssh_string("ssh-ed25519") + ssh_string("\x01" + std::string(31, '\0'))) ==
               "bad_key");
    // Points that are compressed, of another curve, and on none.
    const Ssh p256 = ssh_ecdsa(KeyType::p256, "nistp256", 65);
    const std::string point = p256.public_key.substr(p256.public_key.size() - 65);
    const auto ecdsa = [&](const std::string& curve, const std::string& of) {
        return read(ssh_string("ecdsa-sha2-nistp256") + ssh_string(curve) + ssh_string(of));
    };
    BOOST_TEST(ecdsa("nistp256", point) == "");
    BOOST_TEST(ecdsa("nistp384", point) == "bad_key");
    BOOST_TEST(ecdsa("nistp256", "\x02" + point.substr(1, 32)) == "bad_key");
    BOOST_TEST(ecdsa("nistp256", "\x04" + std::string(64, '\x07')) == "bad_key");
    BOOST_TEST(ecdsa("nistp256", "") == "bad_key");
}

BOOST_AUTO_TEST_CASE(signatures_are_read_strictly) {
    const Ssh signer = ssh_ed25519();
    const std::string good = signer.sign(kMessage);
    const auto read = [](const std::string& text) { return reason(read_ssh_signature(text)); };
    BOOST_TEST(read(good) == "");
    std::string windows;
    for (const char c : good) windows += c == '\n' ? "\r\n" : std::string(1, c);
    BOOST_TEST(read(windows) == "");
    BOOST_TEST(read(good.substr(0, good.size() - 1)) == "");
    for (const std::string& bad :
         {std::string(), "x" + good, "\n" + good, good + "\n", good + "x", good + good,
          good.substr(0, good.size() - 2), good.substr(0, 30) + " " + good.substr(30),
          good.substr(0, 30) + "-" + good.substr(31), good.substr(0, 30) + good.substr(31),
          "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"s,
          "-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----\n"s}) {
        BOOST_TEST(read(bad) == "bad_signature", bad);
    }
    BOOST_TEST(read(good + std::string(70'000, 'x')) == "too_large");
}

BOOST_AUTO_TEST_CASE(a_signature_of_openssh_itself,
                     *boost::unit_test::precondition(test::has_vectors)) {
    const auto folder = test::oms_folder() / "detached";
    const std::string allowed = test::slurp(folder / "allowed_signers");
    const std::string signature = test::slurp(folder / "msg.sshsig");
    const std::string message = test::slurp(folder / "msg.txt");
    SshOptions options{"signer@example.org"};
    BOOST_TEST(judge(signature, allowed, message, options) == "accepted");
    BOOST_TEST(judge(signature, allowed, test::slurp(folder / "msg-tampered.txt"), options) ==
               "bad_signature");
    BOOST_TEST(judge(signature, allowed, message, {"other@example.org"}) == "untrusted_key");
    options.name_space = "other";
    BOOST_TEST(judge(signature, allowed, message, options) == "wrong_method");
    const auto key = read_ssh_public_key(test::slurp(folder / "ssh_ed25519.pub"));
    BOOST_TEST((key && key->type() == KeyType::ed25519));
}

BOOST_AUTO_TEST_SUITE_END()
