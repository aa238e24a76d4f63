#include "api/sealed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "sandbox/memory_file.h"

namespace pratique::api {
namespace {

using scanner::Gap;
using scanner::GapReason;

constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

/// The mode that was asked for, whatever the umask: a file of mode 0 could not be opened again.
DescriptorOrGap for_owner(Descriptor fd) {
    if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) return gap_of_error("a private copy", errno);
    return fd;
}

}  // namespace

Gap gap_of_error(std::string_view what, int error) {
    const bool room = error == ENOSPC || error == EDQUOT || error == EFBIG;
    const bool memory = error == ENOMEM;
    const GapReason reason = room     ? GapReason::limit
                             : memory ? GapReason::out_of_memory
                                      : GapReason::unreadable;
    const std::string words = std::strerror(error);  // NOLINT(concurrency-*)
    return {reason, "", 0, what.empty() ? words : std::string(what) + ": " + words};
}

std::uint64_t largest_file() {
    rlimit size{};
    // RLIM_INFINITY is the largest number, so that it needs no case of its own.
    return ::getrlimit(RLIMIT_FSIZE, &size) == 0 ? size.rlim_cur : 0;
}

DescriptorOrGap open_memory() {
    Descriptor memory = sandbox::make_memory_file("pratique-input");
    if (!memory) return gap_of_error("memory for a private copy", errno);
    return memory;
}

DescriptorOrGap seal(Descriptor memory) {
    // Asked back: a seal that the kernel did not set would be a promise about nothing.
    if (::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0 ||
        (::fcntl(memory.get(), F_GET_SEALS) & kSeals) != kSeals) {
        return gap_of_error("the copy cannot be sealed", errno);
    }
    return reopen_to_read(memory.get());
}

DescriptorOrGap open_unnamed(const std::string& folder) {
    // O_EXCL: it can be given no name later either.
    constexpr int kFlags = O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC;
    Descriptor fd(::open(folder.c_str(), kFlags, S_IRUSR | S_IWUSR));
    if (!fd) return gap_of_error("a private copy in " + escape(folder), errno);
    return for_owner(std::move(fd));
}

DescriptorOrGap open_unlinked(const std::string& folder) {
    std::string path = folder + "/pratique-XXXXXX";
    Descriptor fd(::mkostemp(path.data(), O_CLOEXEC));
    if (!fd) return gap_of_error("a private copy in " + escape(folder), errno);
    if (::unlink(path.c_str()) != 0)
        return gap_of_error("a private copy in " + escape(folder), errno);
    return for_owner(std::move(fd));
}

DescriptorOrGap reopen_to_read(int fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    Descriptor again(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!again) return gap_of_error("the copy cannot be opened for reading", errno);
    struct stat first {};
    struct stat second {};
    if (::fstat(fd, &first) != 0 || ::fstat(again.get(), &second) != 0 ||
        first.st_dev != second.st_dev || first.st_ino != second.st_ino) {
        return Gap{GapReason::unreadable, "", 0, "/proc does not lead to the copy"};
    }
    return again;
}

int write_all(int fd, Bytes bytes, std::uint64_t at) {
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        if (put == 0) return ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        at += static_cast<std::uint64_t>(put);
    }
    return 0;
}

}  // namespace pratique::api
