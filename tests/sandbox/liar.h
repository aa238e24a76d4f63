// Tells the liar what to say: bytes of the protocol, and a folder with its script.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "talk.h"

namespace worker_test {

/// A folder that is gone after the test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "pratique-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) BOOST_FAIL("mkdtemp");
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
};

inline std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        out += digits[value >> 4];
        out += digits[value & 15];
    }
    return out;
}

inline std::string frame(std::uint32_t kind, std::uint64_t id = 0, std::string_view payload = "",
                         std::uint32_t flags = 0) {
    const auto header = encode_header({kind, flags, id, as_bytes(payload)});
    return std::string(text(header)) + std::string(payload);
}

inline std::string done(std::uint64_t id) { return frame(kDone, id); }

/// What a worker claims about its lock.
inline Isolation claim(Seccomp seccomp = Seccomp::trap, std::uint32_t landlock = 7) {
    Isolation isolation{.seccomp = seccomp,
                        .no_new_privs = true,
                        .caps_dropped = true,
                        .mdwe = true,
                        .namespaces = false,
                        .landlock_abi = landlock,
                        .missing = {{Layer::namespaces, 1}}};
    if (landlock == 0) isolation.missing.push_back({Layer::landlock, 38});
    if (seccomp == Seccomp::none) isolation.missing.push_back({Layer::seccomp, 38});
    return isolation;
}

inline std::string hello(const Isolation& isolation = claim()) {
    const auto payload = encode(isolation);
    return frame(kHello, 0, text(payload));
}

inline std::string say(std::string_view bytes) { return "write " + hex(bytes) + "\n"; }

/// A copy of the liar and, beside it, the script that it plays when it is started next.
class Liar {
public:
    Liar() { std::filesystem::copy_file(TEST_LIAR, program_); }

    const std::string& program() const { return program_; }
    std::filesystem::path folder() const { return folder_.path; }

    void told(const std::string& script) const {
        std::ofstream(program_ + ".script", std::ios::binary) << script;
    }

    /// For a start that plays `script`, by a parent who waits this long.
    Options plays(const std::string& script, int patience = 300) const {
        told(script);
        return {.worker = program_,
                .request_timeout = std::chrono::milliseconds(patience),
                .start_timeout = std::chrono::milliseconds(patience)};
    }

private:
    Folder folder_;
    std::string program_ = (folder_.path / "liar").string();
};

}  // namespace worker_test
