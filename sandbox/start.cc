#include "sandbox/start.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/checked.h"
#include "base/text.h"
#include "sandbox/memory_file.h"
#include "sandbox/protocol.h"
#include "sandbox/spawn.h"

namespace pratique::sandbox {
namespace {

constexpr int kLowestSource = 10;

std::string because(std::string_view what, int error) {
    return std::string(what) + ": " + escape(std::strerror(error));
}

Outcome setup_failed(std::string_view what, int error) {
    return {.failure = Failure::setup_failed, .detail = because(what, error)};
}

/// The first folder on the way to `path` in which everyone could put another file in the place
/// of one that is there; empty if there is none. Links are looked at from both ends.
std::string open_folder(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path target = fs::canonical(path, error);
    if (error) return path;
    for (const fs::path& way : {fs::path(path), target}) {
        for (fs::path folder = way.parent_path();; folder = folder.parent_path()) {
            struct stat status {};
            if (::stat(folder.c_str(), &status) != 0) return folder;
            if ((status.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH) return folder;
            if (!folder.has_relative_path()) break;
        }
    }
    return {};
}

/// The program: never by a relative path or through $PATH, and not one that everyone could have
/// replaced.
std::variant<Descriptor, Outcome> open_program(const std::string& path) {
    const auto refuse = [&path](std::string_view why) {
        return Outcome{.failure = Failure::helper_missing,
                       .detail = escape(path) + ": " + std::string(why)};
    };
    if (!path.starts_with('/')) return refuse("not an absolute path");
    Descriptor program(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!program) {
        const int error = errno;
        if (error == EMFILE || error == ENFILE) return setup_failed("open", error);
        return refuse(std::strerror(error));
    }
    struct stat status {};
    if (::fstat(program.get(), &status) != 0) return refuse(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) return refuse("not a regular file");
    if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) return refuse("set-user-ID or set-group-ID");
    if ((status.st_mode & S_IWOTH) != 0) return refuse("everyone may write to it");
    // Whose it is says nothing: whoever names the path trusts it, and containers map owners away.
    if (const std::string folder = open_folder(path); !folder.empty()) {
        return refuse("everyone may write to " + escape(folder));
    }
    return program;
}

/// Both ends of everything, made before the process is.
struct Ends {
    Descriptor program;
    Descriptor null;
    Descriptor control_parent, control_child;
    Descriptor errors_parent, errors_child;
    Descriptor progress_parent, progress_child;
};

/// Moves `source` to a number from kLowestSource on. The host may have closed 0, 1 or 2.
bool lift(Descriptor& source) {
    source.reset(::fcntl(source.get(), F_DUPFD_CLOEXEC, kLowestSource));
    return bool(source);
}

const char* open_progress(Ends& ends) {
    // Sealed: a page that cannot be cut off can be mapped without fear of SIGBUS.
    ends.progress_parent = make_memory_file("pratique-progress");
    if (!ends.progress_parent) return "memfd_create";
    const int fd = ends.progress_parent.get();
    if (!resize(fd, sizeof(std::uint64_t))) return "ftruncate";
    if (::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return "seal";
    ends.progress_child.reset(::fcntl(fd, F_DUPFD_CLOEXEC, kLowestSource));
    return ends.progress_child ? nullptr : "memfd_create";
}

/// Null, or the step that failed, with errno set.
const char* open_ends(Ends& ends) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        return "socketpair";
    }
    ends.control_parent.reset(pair[0]);
    ends.control_child.reset(pair[1]);
    if (!lift(ends.control_child)) return "socketpair";
    if (::pipe2(pair.data(), O_CLOEXEC) != 0) return "pipe";
    ends.errors_parent.reset(pair[0]);
    ends.errors_child.reset(pair[1]);
    if (!lift(ends.errors_child)) return "pipe";
    // Only this end: the flag belongs to the open file, and the two ends are two of these.
    if (::fcntl(ends.errors_parent.get(), F_SETFL, O_NONBLOCK) != 0) return "pipe";
    ends.null.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!ends.null || !lift(ends.null)) return "/dev/null";
    if (!lift(ends.program)) return "open";
    return open_progress(ends);
}

/// Into the empty socket buffer; read before the lock-down.
bool send_config(const Options& options, int control) {
    const std::vector<std::byte> payload =
        encode(Config{.profile = options.profile,
                      .min_tier = options.min_tier,
                      .layers = options.canary_layers,
                      .parent = static_cast<std::uint32_t>(::getpid()),
                      .memory_bytes = options.memory_bytes,
                      .address_bytes = saturating_add(options.memory_bytes, options.mapping_bytes),
                      .output_bytes = options.output_bytes,
                      .cpu_seconds = options.cpu_seconds});
    WireWriter out;
    out.raw(encode_header({.kind = kConfig, .payload = payload})).raw(payload);
    const auto size = static_cast<ssize_t>(out.view().size());
    return ::send(control, out.view().data(), out.view().size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           size;
}

}  // namespace

std::variant<Worker, Outcome> start_worker(const Options& options) {
    Ends ends;
    auto program = open_program(options.worker);
    if (const auto* outcome = std::get_if<Outcome>(&program)) return *outcome;
    ends.program = std::move(std::get<Descriptor>(program));
    if (const char* step = open_ends(ends)) return setup_failed(step, errno);
    std::optional<Group> group;
    if (!options.cgroup.empty()) {
        // What a `single` gives back is memory that it was the first to touch.
        const bool single = options.profile == Profile::single;
        auto made = Group::make(options.cgroup, saturating_add(options.memory_bytes,
                                                               single ? options.output_bytes : 0));
        if (auto* outcome = std::get_if<Outcome>(&made)) return *outcome;
        group.emplace(std::get<Group>(std::move(made)));
    }

    Spawned spawned = spawn({.program = ends.program.get(),
                             .null = ends.null.get(),
                             .errors = ends.errors_child.get(),
                             .progress = ends.progress_child.get(),
                             .control = ends.control_child.get()});
    Process process(spawned.pid, std::move(spawned.pidfd));
    if (spawned.step != nullptr) {
        const bool no_program = std::string_view(spawned.step) == "exec";
        return Outcome{.failure = no_program ? Failure::helper_missing : Failure::setup_failed,
                       .detail = because(spawned.step, spawned.error)};
    }
    // The worker waits for its configuration, and does nothing before that the limits are for.
    if (group) {
        const Outcome added = group->add(process.pid(), process.descriptor());
        if (!added.ok()) return added;
    }
    if (!send_config(options, ends.control_parent.get())) return setup_failed("send", errno);
    return Worker{std::move(group), std::move(process), std::move(ends.control_parent),
                  std::move(ends.errors_parent), std::move(ends.progress_parent)};
}

}  // namespace pratique::sandbox
