#include "api/open.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"

namespace pratique::api {
namespace {

using scanner::GapReason;

Opened refused(GapReason reason, int error = 0) {
    Opened out;
    const std::string message =
        error != 0 ? std::strerror(error) : std::string(meaning(reason));  // NOLINT(concurrency-*)
    out.gap = scanner::Gap{reason, "", 0, message};
    return out;
}

}  // namespace

std::optional<Stamp> stamp(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return Stamp{
        info.st_dev,         info.st_ino,          static_cast<std::uint64_t>(info.st_size),
        info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec,
        info.st_ctim.tv_nsec};
}

Opened open_file(const std::string& path) {
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
    Opened out;
    out.fd = sandbox::Descriptor(::open(path.c_str(), flags));
    if (!out.fd) return refused(GapReason::unreadable, errno);
    const auto found = stamp(out.fd.get());
    if (!found) return refused(GapReason::special_file);
    out.stamp = *found;
    return out;
}

Opened open_standard_input(std::uint64_t most) {
    Opened out;
    out.fd = sandbox::Descriptor(::memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!out.fd) return refused(GapReason::unreadable, errno);
    std::vector<std::byte> buffer(kMiB);
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refused(GapReason::unreadable, errno);
        if (got == 0) break;
        if (static_cast<std::uint64_t>(got) > most) {
            Opened endless;
            endless.gap = scanner::Gap{GapReason::limit, "", 0,
                                       "standard input is longer than the memory of a worker"};
            return endless;
        }
        most -= static_cast<std::uint64_t>(got);
        for (Bytes rest = std::span(buffer).first(static_cast<std::size_t>(got)); !rest.empty();) {
            const ssize_t put = ::write(out.fd.get(), rest.data(), rest.size());
            if (put < 0) return refused(GapReason::unreadable, errno);
            rest = rest.subspan(static_cast<std::size_t>(put));
        }
    }
    ::fcntl(out.fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    // The worker gets a descriptor that cannot write, seals or no seals.
    const std::string again = "/proc/self/fd/" + std::to_string(out.fd.get());
    out.fd = sandbox::Descriptor(::open(again.c_str(), O_RDONLY | O_CLOEXEC));
    const auto found = out.fd ? stamp(out.fd.get()) : std::nullopt;
    if (!found) return refused(GapReason::unreadable, errno);
    out.stamp = *found;
    return out;
}

std::string digest_of(int fd) {
    Sha256 hash;
    std::vector<std::byte> buffer(kMiB);
    off_t at = 0;
    for (;;) {
        const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return {};
        if (got == 0) return hex(hash.finish());
        hash.update(std::span(buffer).first(static_cast<std::size_t>(got)));
        at += got;
    }
}

}  // namespace pratique::api
