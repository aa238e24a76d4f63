#include "signing/keys/password.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/descriptor.h"
#include "signing/keys/pem.h"
#include "signing/keys/terminal.h"

namespace pratique::signing {
namespace {

constexpr mode_t kOthers = 077;

Refusal unreadable(const std::string& subject, const std::string& detail) {
    return {Reason::unreadable, subject, detail};
}

std::string words(int error) { return std::strerror(error); }  // NOLINT(concurrency-*)

/// The part of `source` behind "kind:".
std::optional<std::string> after(std::string_view kind, std::string_view source) {
    if (!source.starts_with(kind)) return {};
    return std::string(source.substr(kind.size()));
}

std::optional<int> descriptor_of(const std::string& digits) {
    int fd = -1;
    const char* end = std::to_address(digits.end());
    const auto [stopped, error] = std::from_chars(digits.data(), end, fd);
    if (error != std::errc() || stopped != end || fd < 0) return {};
    return fd;
}

Judged<Secret> checked(Secret password) {
    if (password.empty()) return Refusal{Reason::wrong_password, "", "it is empty"};
    if (password.size() > kMostPassword) {
        return Refusal{Reason::wrong_password, "", "it is too long"};
    }
    return password;
}

/// A byte at a time: what is behind the line is for whoever reads next.
Judged<Secret> line_from(int fd) {
    Secret line(kMostPassword + 1);
    std::size_t size = 0;
    while (size < line.size()) {
        const ssize_t got = ::read(fd, line.writable().subspan(size).data(), 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable("fd:" + std::to_string(fd), words(errno));
        if (got == 0 || line.bytes()[size] == std::byte{'\n'}) break;
        ++size;
    }
    return checked(line.first(size));
}

Judged<Secret> line_of_file(const std::string& path) {
    const Secret file = TRY(read_secret_file(path));
    return checked(file.first(text(file.bytes()).find('\n')));
}

Judged<Secret> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return unreadable("env:" + name, "there is no such variable");
    return checked(Secret(as_bytes(value)));
}

Judged<Secret> typed(bool fresh) {
    Secret password =
        TRY(checked(TRY(type_unseen(fresh ? "New password: " : "Password: ", kMostPassword))));
    if (!fresh) return password;
    const Secret again = TRY(type_unseen("The same again: ", kMostPassword));
    if (!(again == password)) return Refusal{Reason::wrong_password, "", "the two differ"};
    return password;
}

/// All of an open file; one that changes its size meanwhile is none.
Judged<Secret> read_all(const std::string& path, int fd, std::size_t size) {
    Secret out(size + 1);
    std::size_t done = 0;
    while (done < out.size()) {
        const auto rest = out.writable().subspan(done);
        const ssize_t got = ::read(fd, rest.data(), rest.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(path, words(errno));
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    if (done != size) return unreadable(path, "it changed while it was read");
    return out.first(size);
}

enum class For : std::uint8_t { owner, all };

Judged<Secret> read_file(const std::string& path, For readers) {
    // A pipe must not make this wait for somebody to write to it.
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return unreadable(path, words(errno));
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return unreadable(path, words(errno));
    if (!S_ISREG(info.st_mode)) return unreadable(path, "it is no regular file");
    if (readers == For::owner) {
        if (info.st_uid != ::geteuid() && info.st_uid != 0) {
            return Refusal{Reason::exposed_key, path, "it belongs to another user"};
        }
        if ((info.st_mode & kOthers) != 0) {
            return Refusal{Reason::exposed_key, path, "chmod 600 makes it yours alone"};
        }
    }
    if (static_cast<std::uint64_t>(info.st_size) > kMostKeyFile) {
        return Refusal{Reason::too_large, path, "no key file has more than 64 KiB"};
    }
    return read_all(path, fd.get(), static_cast<std::size_t>(info.st_size));
}

}  // namespace

bool is_password_source(const std::string& source) {
    if (source.empty() || source == "terminal") return true;
    if (const auto digits = after("fd:", source)) return descriptor_of(*digits).has_value();
    for (const char* kind : {"file:", "env:"}) {
        if (const auto rest = after(kind, source)) return !rest->empty();
    }
    return false;
}

Judged<Secret> ask_password(const std::string& source, bool fresh) {
    if (!is_password_source(source)) return unreadable(source, "not a source of passwords");
    if (const auto digits = after("fd:", source)) return line_from(*descriptor_of(*digits));
    if (const auto path = after("file:", source)) return line_of_file(*path);
    if (const auto name = after("env:", source)) return variable(*name);
    return typed(fresh);
}

Judged<Secret> read_secret_file(const std::string& path) { return read_file(path, For::owner); }
Judged<Secret> read_key_file(const std::string& path) { return read_file(path, For::all); }

}  // namespace pratique::signing
