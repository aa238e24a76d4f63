#include "api/cache/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <memory>

#include "base/descriptor.h"
#include "base/text.h"

namespace pratique::api::cache {
namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::string_view kTemporary = "new-";
constexpr std::time_t kAbandoned = 3600;  // seconds after which nobody is still writing

struct Entry {
    std::string name;
    std::uint64_t bytes = 0;
    timespec written{};

    bool is_temporary() const { return name.starts_with(kTemporary); }
};

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<Entry> entries_of(int folder) {
    std::vector<Entry> out;
    Descriptor again(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!again) return out;
    const std::unique_ptr<DIR, CloseFolder> list(::fdopendir(again.get()));
    if (list == nullptr) return out;
    static_cast<void>(again.release());
    while (const dirent* one = ::readdir(list.get())) {  // NOLINT(concurrency-mt-unsafe)
        struct stat info {};
        const std::string name(static_cast<const char*>(one->d_name));
        if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (!S_ISREG(info.st_mode)) continue;
        out.push_back({name, on_disk(static_cast<std::uint64_t>(info.st_size)), info.st_mtim});
    }
    return out;
}

bool older(const Entry& a, const Entry& b) {
    if (a.written.tv_sec != b.written.tv_sec) return a.written.tv_sec < b.written.tv_sec;
    if (a.written.tv_nsec != b.written.tv_nsec) return a.written.tv_nsec < b.written.tv_nsec;
    return a.name < b.name;
}

std::string temporary_name() {
    std::array<std::byte, 16> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        return "";
    }
    return std::string(kTemporary) + hex(random);
}

bool write_all(int fd, Bytes content) {
    while (!content.empty()) {
        const ssize_t put = ::write(fd, content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        content = content.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

}  // namespace

std::uint64_t on_disk(std::uint64_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

std::optional<std::vector<std::byte>> read_entry(int folder, const std::string& name,
                                                 std::size_t most) {
    const Descriptor file(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    if (info.st_uid != ::geteuid() || static_cast<std::uint64_t>(info.st_size) > most) {
        return std::nullopt;
    }
    std::vector<std::byte> out(static_cast<std::size_t>(info.st_size));
    const ssize_t got = ::pread(file.get(), out.data(), out.size(), 0);
    if (got != info.st_size) return std::nullopt;
    return out;
}

bool write_entry(int folder, const std::string& name, Bytes content, bool replace) {
    const std::string temporary = temporary_name();
    if (temporary.empty()) return false;
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const Descriptor file(::openat(folder, temporary.c_str(), flags, 0600));
    if (!file) return false;
    bool done = write_all(file.get(), content);
    if (done && replace) {
        done = ::renameat(folder, temporary.c_str(), folder, name.c_str()) == 0;
        if (done) return true;
    } else if (done) {
        done = ::linkat(folder, temporary.c_str(), folder, name.c_str(), 0) == 0;
    }
    const int error = errno;
    ::unlinkat(folder, temporary.c_str(), 0);
    errno = error;
    return done;
}

std::uint64_t bytes_in(int folder) {
    std::uint64_t out = 0;
    for (const Entry& entry : entries_of(folder)) out += entry.bytes;
    return out;
}

std::uint64_t remove_oldest(int folder, std::uint64_t most, const std::string& kept) {
    std::vector<Entry> entries = entries_of(folder);
    std::ranges::sort(entries, older);
    const std::time_t now = std::time(nullptr);
    std::uint64_t left = 0;
    for (const Entry& entry : entries) left += entry.bytes;
    for (const Entry& entry : entries) {
        const bool abandoned = entry.is_temporary() && entry.written.tv_sec < now - kAbandoned;
        const bool too_much = !entry.is_temporary() && left > most;
        if (entry.name == kept || !(abandoned || too_much)) continue;
        if (::unlinkat(folder, entry.name.c_str(), 0) == 0) left -= entry.bytes;
    }
    return left;
}

}  // namespace pratique::api::cache
