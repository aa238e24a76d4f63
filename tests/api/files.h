// What the tests of the input side count and change.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "api/sealed.h"
#include "base/digest.h"
#include "base/limits.h"
#include "folder.h"
#include "meanwhile.h"

namespace api_test {

using namespace pratique;
using namespace pratique::api;
using scanner::Gap;
using scanner::GapReason;
using test::Folder;
using test::Meanwhile;

inline Descriptor open_at(const std::string& path, int flags = O_RDONLY) {
    Descriptor out(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    BOOST_REQUIRE_MESSAGE(out, path);
    return out;
}

/// Bytes that look like nothing and differ everywhere.
inline std::string noise(std::size_t size) {
    std::string out(size, '\0');
    std::uint64_t state = 7;
    for (char& c : out) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        c = static_cast<char>(state >> 56);
    }
    return out;
}

inline std::string content(int fd) {
    struct stat info {};
    BOOST_REQUIRE(::fstat(fd, &info) == 0);
    std::string out(static_cast<std::size_t>(info.st_size), '\0');
    const ssize_t got = ::pread(fd, out.data(), out.size(), 0);
    BOOST_TEST(got == info.st_size);
    return out;
}

inline std::string sha256(const std::string& content) { return sha256_hex(as_bytes(content)); }

inline std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        out.push_back(entry.path().filename());
    }
    return out;
}

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

/// Writing is refused by what the descriptor is, not by anybody's good will.
inline void check_cannot_write(int fd) {
    BOOST_TEST((::fcntl(fd, F_GETFL) & (O_ACCMODE | O_PATH)) == O_RDONLY);
    BOOST_TEST((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST(::pwrite(fd, "x", 1, 0) == -1);
    BOOST_TEST(::ftruncate(fd, 0) == -1);
}

inline void check_sealed(int fd) {
    check_cannot_write(fd);
    constexpr int kWanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    BOOST_TEST((::fcntl(fd, F_GET_SEALS) & kWanted) == kWanted);
    // Root may open anything for writing, and still not write.
    const Descriptor again(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDWR));
    if (again) {
        BOOST_TEST(::pwrite(again.get(), "x", 1, 0) == -1);
        BOOST_TEST(::ftruncate(again.get(), 0) == -1);
    }
}

}  // namespace api_test
