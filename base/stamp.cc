#include "base/stamp.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace pratique {

Stamp stamp_of(const struct stat& info) {
    return {info.st_dev,         info.st_ino,          static_cast<std::uint64_t>(info.st_size),
            info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec,
            info.st_ctim.tv_nsec};
}

std::optional<Stamp> stamp(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return stamp_of(info);
}

bool has_more_than(int fd, std::uint64_t size) {
    std::byte next{};
    ssize_t got = -1;
    do {
        got = ::pread(fd, &next, 1, static_cast<off_t>(size));
    } while (got < 0 && errno == EINTR);
    return got > 0;
}

}  // namespace pratique
