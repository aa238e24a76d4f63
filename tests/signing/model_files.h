// What the tests of models make beside plain files, and how they say what they got.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "folder.h"
#include "meanwhile.h"
#include "signing/files/model.h"

namespace pratique::signing::test {

using pratique::test::Folder;
using pratique::test::Meanwhile;

/// In memory if the system has such a folder: taking thousands of names off a disk can take
/// minutes.
class Large {
public:
    Large() {
        const char* before = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
        if (before != nullptr) before_ = before;
        if (::access("/dev/shm", W_OK | X_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
    }
    ~Large() { before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1); }
    Large(const Large&) = delete;
    Large& operator=(const Large&) = delete;

private:
    std::string before_;
};

/// "reason: what it speaks of".
template <class T>
std::string refusal(const Judged<T>& judged) {
    if (judged) return "none";
    return std::string(name(judged.error().reason)) + ": " + judged.error().subject;
}

inline Model opened(const std::string& path, const ModelOptions& options = {}) {
    auto out = Model::open(path, options);
    BOOST_REQUIRE_MESSAGE(out, refusal(out));
    return std::move(out).value();
}

inline std::vector<std::string> names(const Model& model) {
    std::vector<std::string> out;
    for (const ModelFile& file : model.files()) out.push_back(file.name);
    return out;
}

inline void make_folder(const std::string& path) {
    BOOST_REQUIRE(::mkdir(path.c_str(), 0700) == 0);
}
inline void make_link(const std::string& to, const std::string& path) {
    BOOST_REQUIRE(::symlink(to.c_str(), path.c_str()) == 0);
}
inline void make_fifo(const std::string& path) { BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
inline void make_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    BOOST_REQUIRE(path.size() < sizeof(address.sun_path));
    std::memcpy(&address.sun_path[0], path.c_str(), path.size() + 1);
    const Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);  // NOLINT
    BOOST_REQUIRE(::bind(made.get(), generic, sizeof(address)) == 0);
}
inline void remove(const std::string& path) { BOOST_REQUIRE(::unlink(path.c_str()) == 0); }

/// A folder `name` in each folder, `levels` of them, deeper than any path can say. Returns the
/// lowest one.
inline Descriptor make_deep(const std::string& top, const std::string& name, int levels) {
    Descriptor at(::open(top.c_str(), O_PATH | O_CLOEXEC));
    for (int i = 0; i < levels; ++i) {
        BOOST_REQUIRE(::mkdirat(at.get(), name.c_str(), 0700) == 0);
        at.reset(::openat(at.get(), name.c_str(), O_PATH | O_CLOEXEC));
    }
    BOOST_REQUIRE(at);
    return at;
}

/// Removes what make_deep() made, level by level from above: what lies below each is moved up.
inline void remove_deep(const std::string& top, const std::string& name, int levels) {
    const std::string first = top + "/" + name, second = top + "/moved";
    for (int i = 1; i < levels; ++i) {
        BOOST_REQUIRE(::rename((first + "/" + name).c_str(), second.c_str()) == 0);
        BOOST_REQUIRE(::rmdir(first.c_str()) == 0);
        BOOST_REQUIRE(::rename(second.c_str(), first.c_str()) == 0);
    }
}

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

/// While it lives, this process may open only about `more` descriptors than it has now.
class FewDescriptors {
public:
    explicit FewDescriptors(std::size_t more) {
        BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        rlimit few = before_;
        few.rlim_cur = open_descriptors() + more;
        BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

private:
    rlimit before_{};
};

}  // namespace pratique::signing::test
