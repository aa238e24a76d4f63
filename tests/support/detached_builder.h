// Detached signatures for tests, put together by hand as their formats say, so that each part of
// one can be made wrong.
#pragma once

#include <openssl/evp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "signing/base64.h"
#include "signing/keys/key.h"

namespace pratique::detached {

using namespace std::string_literals;

/// A file with this content that nobody else sees.
inline Descriptor file_of(std::string_view content) {
    Descriptor fd(::memfd_create("message", MFD_CLOEXEC));
    BOOST_REQUIRE(bool(fd));
    BOOST_REQUIRE(::write(fd.get(), content.data(), content.size()) ==
                  static_cast<ssize_t>(content.size()));
    return fd;
}

inline std::string digest(const char* name, std::string_view content) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    std::size_t size = 0;
    BOOST_REQUIRE(EVP_Q_digest(nullptr, name, nullptr, content.data(), content.size(),
                               reinterpret_cast<unsigned char*>(out.data()), &size) == 1);
    out.resize(size);
    return out;
}

inline std::string signature_of(const signing::PrivateKey& key, std::string_view message) {
    return std::string(text(key.sign(as_bytes(message))));
}

inline std::string encoded(std::string_view bytes) { return signing::base64(as_bytes(bytes)); }

/// A key of minisign, and what it writes.
struct Minisign {
    signing::PrivateKey key = signing::PrivateKey::generate(signing::KeyType::ed25519);
    std::string number = "\x75\xe6\xb3\x91\x04\xce\xf7\x58"s;

    std::string record(std::string_view algorithm, std::string_view content) const {
        return encoded(std::string(algorithm) + number + std::string(content));
    }
    std::string public_key() const {
        return "untrusted comment: a key\n" + record("Ed", text(key.public_key().ed25519())) + "\n";
    }
    /// The first two lines.
    std::string two_lines(std::string_view algorithm, std::string_view signature) const {
        return "untrusted comment: anything\n" + record(algorithm, signature) + "\n";
    }
    /// The last two.
    std::string comment(const std::string& comment, const std::string& signature) const {
        return "trusted comment: " + comment + "\n" +
               encoded(signature_of(key, signature + comment)) + "\n";
    }
    std::string prehashed(std::string_view message,
                          const std::string& trusted = "a comment") const {
        const std::string signature = signature_of(key, digest("BLAKE2B-512", message));
        return two_lines("ED", signature) + comment(trusted, signature);
    }
    std::string legacy(std::string_view message) const {
        const std::string signature = signature_of(key, message);
        return two_lines("Ed", signature) + comment("a comment", signature);
    }
    std::string signify(std::string_view message) const {
        return two_lines("Ed", signature_of(key, message));
    }
};

inline std::string ssh_string(std::string_view bytes) {
    std::string out;
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(bytes.size() >> shift & 0xff);
    return out + std::string(bytes);
}

/// An SSH key, and what `ssh-keygen -Y sign` writes with it. What is to be wrong is changed first.
struct Ssh {
    signing::PrivateKey key;
    std::string type;
    std::string public_key;        // the blob
    std::string application = {};  // of a key in hardware
    std::string magic = "SSHSIG"s + "\x00\x00\x00\x01"s;
    std::string name_space = "model-signing";
    std::string reserved = {};
    std::string hash_algorithm = "sha512";
    char flags = 1;           // a user was present
    std::string behind = {};  // behind all

    std::string line() const { return type + " " + encoded(public_key); }
    std::string data(std::string_view message) const {
        const char* name = hash_algorithm == "sha256" ? "SHA256" : "SHA512";
        return "SSHSIG" + ssh_string(name_space) + ssh_string(reserved) +
               ssh_string(hash_algorithm) + ssh_string(digest(name, message));
    }
    /// `content`: what stands for the signature proper.
    std::string armored(const std::string& content, const std::string& kind) const {
        const std::string blob = magic + ssh_string(public_key) + ssh_string(name_space) +
                                 ssh_string(reserved) + ssh_string(hash_algorithm) +
                                 ssh_string(ssh_string(kind) + content) + behind;
        std::string out = "-----BEGIN SSH SIGNATURE-----\n";
        const std::string base64 = encoded(blob);
        for (std::size_t at = 0; at < base64.size(); at += 70) out += base64.substr(at, 70) + "\n";
        return out + "-----END SSH SIGNATURE-----\n";
    }
    std::string content(std::string_view message) const {
        if (!application.empty()) {
            const std::string state = std::string(1, flags) + "\x00\x00\x00\x2a"s;
            return ssh_string(signature_of(key, digest("SHA256", application) + state +
                                                    digest("SHA256", data(message)))) +
                   state;
        }
        const std::string made = signature_of(key, data(message));
        return ssh_string(key.type() == signing::KeyType::ed25519 ? made : numbers(made));
    }
    std::string sign(std::string_view message) const { return armored(content(message), type); }

    /// r and s of ASN.1 as two mpint: the contents of its integers.
    static std::string numbers(std::string_view der) {
        const auto length = [&](std::size_t at) {
            return static_cast<std::size_t>(static_cast<unsigned char>(der.at(at)));
        };
        std::size_t at = der.at(1) == '\x81' ? 3 : 2;
        std::string out;
        for (int i = 0; i < 2; ++i) {
            out += ssh_string(der.substr(at + 2, length(at + 1)));
            at += 2 + length(at + 1);
        }
        return out;
    }
};

inline Ssh ssh_ed25519() {
    Ssh out{.key = signing::PrivateKey::generate(signing::KeyType::ed25519),
            .type = "ssh-ed25519",
            .public_key = {}};
    out.public_key = ssh_string(out.type) + ssh_string(text(out.key.public_key().ed25519()));
    return out;
}
inline Ssh ssh_hardware() {
    Ssh out = ssh_ed25519();
    out.type = "sk-ssh-ed25519@openssh.com";
    out.application = "ssh:";
    out.public_key = ssh_string(out.type) + ssh_string(text(out.key.public_key().ed25519())) +
                     ssh_string(out.application);
    return out;
}
inline Ssh ssh_ecdsa(signing::KeyType type, const std::string& curve, std::size_t point) {
    Ssh out{.key = signing::PrivateKey::generate(type),
            .type = "ecdsa-sha2-" + curve,
            .public_key = {}};
    const std::string_view spki = text(out.key.public_key().spki());
    out.public_key =
        ssh_string(out.type) + ssh_string(curve) + ssh_string(spki.substr(spki.size() - point));
    return out;
}

}  // namespace pratique::detached
