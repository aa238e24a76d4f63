#include "api/write/file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <span>

#include "api/sealed.h"
#include "base/cancel.h"
#include "base/checked.h"
#include "base/limits.h"
#include "base/text.h"

namespace pratique::api {
namespace {

constexpr std::size_t kBuffer = kMiB;
constexpr mode_t kMode = 0666;  // the umask takes away from it
constexpr mode_t kOwnerMode = 0600;

/// What a user ends a program with from outside.
constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

constexpr std::uint64_t kWrittenAtOnce = 16 * kMiB;

/// Those signals that would end it on the spot. What the program handles is its own matter.
sigset_t ending_signals() {
    sigset_t out;
    ::sigemptyset(&out);
    for (const int signal : kEnding) {
        struct sigaction now {};
        if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
            ::sigaddset(&out, signal);
        }
    }
    return out;
}

/// A name that nobody else uses: hidden, and 64 random bits.
std::string temporary_name() {
    std::array<std::byte, 8> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        const auto number =
            static_cast<std::uint64_t>(now.tv_nsec) ^ static_cast<std::uint64_t>(::getpid()) << 32;
        std::memcpy(random.data(), &number, random.size());
    }
    return ".pratique-" + hex(random);
}

std::string words(int error) { return std::strerror(error); }  // NOLINT(concurrency-*)

}  // namespace

std::variant<std::unique_ptr<TargetFile>, std::string> TargetFile::create(const std::string& path,
                                                                          bool replace,
                                                                          Unnamed unnamed,
                                                                          Readers readers) {
    std::unique_ptr<TargetFile> out(new TargetFile());
    out->readers_ = readers;
    const auto slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    out->name_ = slash == std::string::npos ? path : path.substr(slash + 1);
    out->shown_ = escape(path);
    out->replace_ = replace;
    out->most_ = largest_file();
    if (out->name_.empty() || out->name_ == "." || out->name_ == "..") {
        return "no name of a file: " + out->shown_;
    }
    out->folder_.reset(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!out->folder_) return escape(folder) + ": " + words(errno);
    if (std::string no = out->look_at_target(); !no.empty()) return no;
    int error = unnamed == Unnamed::never ? EOPNOTSUPP : out->open_unnamed();
    if (error != 0) error = out->open_named();
    if (error != 0) return "a new file in " + escape(folder) + ": " + words(error);
    out->buffer_.reserve(kBuffer);
    return out;
}

TargetFile::~TargetFile() {
    temporary_.remove();
    wipe();
    fd_.reset();
    if (holds_signals_) ::pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
}

/// Why the name cannot be taken; empty if it can.
std::string TargetFile::look_at_target() const {
    struct stat info {};
    if (::fstatat(folder_.get(), name_.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? "" : shown_ + ": " + words(errno);
    }
    if (!S_ISREG(info.st_mode)) return shown_ + " exists, and is no regular file";
    return replace_ ? "" : shown_ + " exists";
}

mode_t TargetFile::mode() const { return readers_ == Readers::owner ? kOwnerMode : kMode; }

/// The buffer was reserved once and never grows, so no copy of it lies anywhere else.
void TargetFile::wipe() {
    if (readers_ == Readers::owner) ::explicit_bzero(buffer_.data(), buffer_.size());
}

int TargetFile::open_unnamed() {
    fd_.reset(::openat(folder_.get(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode()));
    if (!fd_) return errno;
    // Without /proc it could never get a name.
    const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
    return ::access(self.c_str(), F_OK) == 0 ? 0 : errno;
}

int TargetFile::open_named() {
    hold_signals();
    const std::string name = temporary_name();
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return temporary_.make(folder_.get(), name, [&] {
        fd_.reset(::openat(folder_.get(), name.c_str(), kFlags, mode()));
        return fd_ ? 0 : errno;
    });
}

void TargetFile::hold_signals() {
    if (holds_signals_) return;
    held_ = ending_signals();
    holds_signals_ = ::pthread_sigmask(SIG_BLOCK, &held_, &signals_before_) == 0;
}

/// Lets a signal that waits do what it does, which may be the end.
void TargetFile::heed_signals() {
    if (!holds_signals_) return;
    sigset_t waiting;
    if (::sigpending(&waiting) != 0) return;
    const bool any = std::any_of(kEnding.begin(), kEnding.end(), [&](int signal) {
        return ::sigismember(&held_, signal) == 1 && ::sigismember(&waiting, signal) == 1;
    });
    if (!any) return;
    temporary_.remove();
    holds_signals_ = false;
    ::pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
}

Status TargetFile::failed(const char* what, int error) {
    failure_ = shown_ + ": " + what + ": " + words(error);
    return Error{Errc::io, size_};
}

Status TargetFile::put(Bytes bytes, std::uint64_t at) {
    if (!fits(at, bytes.size(), most_)) return failed("cannot be written", EFBIG);
    while (!bytes.empty()) {
        heed_signals();
        if (is_cancelled(cancel_)) return failed("is not written", ECANCELED);
        const Bytes piece = slice(bytes, 0, kWrittenAtOnce);
        const int error = write_all(fd_.get(), piece, at);
        if (error != 0) return failed("cannot be written", error);
        bytes = from(bytes, piece.size());
        at += piece.size();
    }
    return {};
}

Status TargetFile::flush() {
    const Status done = put(buffer_, size_ - buffer_.size());
    wipe();
    buffer_.clear();
    return done;
}

Status TargetFile::write(Bytes bytes) {
    const bool is_large = bytes.size() >= kBuffer / 2;
    // What is not buffered must not overtake what is.
    if (is_large || buffer_.size() + bytes.size() > kBuffer) TRY(flush());
    if (is_large) {
        TRY(put(bytes, size_));
    } else {
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
    size_ += bytes.size();
    return {};
}

Status TargetFile::zeros(std::uint64_t count) {
    static constexpr std::array<std::byte, 4096> kZeros{};
    while (count != 0) {
        const Bytes part = slice(kZeros, 0, count);
        TRY(write(part));
        count -= part.size();
    }
    return {};
}

Status TargetFile::patch(std::uint64_t at, Bytes bytes) {
    // Small files are changed before they are written at all.
    const std::uint64_t written = size_ - buffer_.size();
    if (at >= written && fits(at - written, bytes.size(), buffer_.size())) {
        std::copy(bytes.begin(), bytes.end(), std::span(buffer_).subspan(at - written).begin());
        return {};
    }
    TRY(flush());
    return put(bytes, at);
}

/// An unnamed file that is to replace another needs a name first: only a rename replaces.
int TargetFile::give_temporary_name() {
    hold_signals();
    const std::string name = temporary_name();
    const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
    const int folder = folder_.get();
    return temporary_.make(folder, name, [&] {
        return ::linkat(AT_FDCWD, self.c_str(), folder, name.c_str(), AT_SYMLINK_FOLLOW) == 0
                   ? 0
                   : errno;
    });
}

int TargetFile::take_name() {
    const int folder = folder_.get();
    if (replace_) {
        if (::renameat(folder, temporary_.name().c_str(), folder, name_.c_str()) != 0) return errno;
        temporary_.release();
        return 0;
    }
    // A link, unlike a rename, refuses a name that somebody else has taken meanwhile.
    const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
    const int linked =
        temporary_.name().empty()
            ? ::linkat(AT_FDCWD, self.c_str(), folder, name_.c_str(), AT_SYMLINK_FOLLOW)
            : ::linkat(folder, temporary_.name().c_str(), folder, name_.c_str(), 0);
    if (linked == 0) {
        temporary_.remove();
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return errno;
    // A file system without links.
    if (temporary_.name().empty()) return errno;
    if (::renameat2(folder, temporary_.name().c_str(), folder, name_.c_str(), RENAME_NOREPLACE) !=
        0) {
        return errno;
    }
    temporary_.release();
    return 0;
}

Status TargetFile::prepare() {
    TRY(flush());
    heed_signals();
    if (::fsync(fd_.get()) != 0) return failed("cannot be written", errno);
    if (replace_ && temporary_.name().empty()) {
        if (const int error = give_temporary_name(); error != 0) {
            return failed("cannot be named", error);
        }
    }
    prepared_ = true;
    return {};
}

Status TargetFile::commit() {
    if (!prepared_) TRY(prepare());
    if (is_cancelled(cancel_)) return failed("is not written", ECANCELED);
    if (std::string no = look_at_target(); !no.empty()) {
        failure_ = std::move(no);
        return Error{Errc::io, size_};
    }
    if (const int error = take_name(); error != 0) return failed("cannot be named", error);
    // What keeps the name through a crash. Some file systems cannot, and say EINVAL.
    if (::fsync(folder_.get()) != 0 && errno != EINVAL && errno != EROFS) {
        return failed("may not keep its name", errno);
    }
    return {};
}

}  // namespace pratique::api
