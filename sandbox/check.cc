#include "sandbox/check.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "sandbox/attempt.h"
#include "sandbox/call_names.h"
#include "sandbox/descriptor.h"
#include "sandbox/session.h"

namespace pratique::sandbox {
namespace {

constexpr Argument number(std::uint64_t value) { return {Argument::Meaning::number, value}; }
constexpr Argument minus_one() { return number(~std::uint64_t{0}); }
constexpr Argument data() { return {Argument::Meaning::data, 0}; }
constexpr Argument input() { return {Argument::Meaning::input, 0}; }

enum class Expected { denied, error, works };

struct Case {
    std::string_view layer;
    std::string_view attempt;
    long call;
    std::array<Argument, 6> arguments;
    Expected expected = Expected::denied;
    int error = 0;
    std::string_view data = {};
};

constexpr auto kNowhere = minus_one();  // no folder, no descriptor
using namespace std::string_view_literals;
constexpr std::string_view kFile = "/etc/passwd\0"sv;
constexpr std::uint64_t kReadWrite = PROT_READ | PROT_WRITE;

/// What it needs, and what it could do to files.
std::vector<Case> on_files() {
    return {
        {"",
         "read the file passed to it",
         SYS_pread64,
         {input(), data(), number(1)},
         Expected::works,
         0,
         "?"},
        {"",
         "allocate memory",
         SYS_mmap,
         {number(0), number(4096), number(kReadWrite), number(MAP_PRIVATE | MAP_ANONYMOUS),
          kNowhere},
         Expected::works},
        {"seccomp", "open a file", SYS_openat, {number(0), data()}, Expected::error, EACCES, kFile},
        {"seccomp",
         "write to the file passed to it",
         SYS_write,
         {input(), data(), number(1)},
         Expected::denied,
         0,
         "x"},
        {"seccomp",
         "write to it at an offset",
         SYS_pwrite64,
         {input(), data(), number(1)},
         Expected::denied,
         0,
         "x"},
        {"seccomp",
         "map it to write",
         SYS_mmap,
         {number(0), number(4096), number(kReadWrite), number(MAP_SHARED), input()}},
        {"seccomp", "truncate it", SYS_ftruncate, {input()}},
        {"seccomp", "delete a file", SYS_unlinkat, {kNowhere, data()}, Expected::denied, 0, kFile},
    };
}

/// The filter: programs, processes, the network.
std::vector<Case> on_others() {
    const auto parent = number(static_cast<std::uint64_t>(::getpid()));
    return {
        {"seccomp", "run a program", SYS_execve, {data()}, Expected::denied, 0, kFile},
        {"seccomp", "start a process", SYS_clone, {number(SIGCHLD)}},
        {"seccomp", "start a process by clone3", SYS_clone3, {}},
        {"seccomp", "open a network socket", SYS_socket, {number(AF_INET), number(SOCK_STREAM)}},
        {"seccomp", "open a local socket", SYS_socket, {number(AF_UNIX), number(SOCK_STREAM)}},
        {"seccomp", "pass a descriptor to the parent", SYS_sendmsg, {number(kControl), data()}},
        {"seccomp", "trace the parent", SYS_ptrace, {number(PTRACE_ATTACH), parent}},
        {"seccomp", "read the parent's memory", SYS_process_vm_readv, {parent}},
        {"seccomp", "kill the parent", SYS_kill, {parent, number(SIGKILL)}},
        {"seccomp", "kill a thread of the parent", SYS_tgkill, {parent, parent, number(SIGKILL)}},
    };
}

/// The filter and the limits: its own memory, powers and descriptors.
std::vector<Case> on_itself() {
    return {
        {"seccomp",
         "map executable memory",
         SYS_mmap,
         {number(0), number(4096), number(PROT_READ | PROT_EXEC),
          number(MAP_PRIVATE | MAP_ANONYMOUS), kNowhere}},
        {"seccomp",
         "make memory executable",
         SYS_mprotect,
         {number(0), number(4096), number(PROT_EXEC)}},
        {"seccomp", "make a memory file", SYS_memfd_create, {data()}, Expected::denied, 0, "x"},
        {"seccomp", "make an io_uring", SYS_io_uring_setup, {number(1), data()}},
        {"seccomp", "load a BPF program", SYS_bpf, {}},
        {"seccomp", "enter a namespace of its own", SYS_unshare, {number(CLONE_NEWUSER)}},
        {"seccomp", "raise its limits", SYS_prlimit64, {number(0)}},
        {"seccomp", "let itself be traced", SYS_prctl, {number(PR_SET_DUMPABLE), number(1)}},
        {"seccomp",
         "type into a terminal",
         SYS_ioctl,
         {number(0), number(0x5412), data()},
         Expected::error,
         ENOTTY,
         "x"},
        {"seccomp", "give stdin's number away", SYS_close, {number(0)}},
        {"seccomp",
         "hide a number in high bits",
         SYS_write,
         {number((std::uint64_t{1} << 32) | kControl), data(), number(0)},
         Expected::works,
         0,
         "x"},
        {"limits",
         "take more memory than its limit",
         SYS_mmap,
         {number(0), number(std::uint64_t{1} << 44), number(kReadWrite),
          number(MAP_PRIVATE | MAP_ANONYMOUS), kNowhere},
         Expected::error,
         ENOMEM},
        {"seccomp", "use a number that no call has", 9999, {}},
    };
}

std::string error_name(int error) {
    const char* known = ::strerrorname_np(error);
    return known == nullptr ? "errno " + std::to_string(error) : known;
}

std::string expectation(const Case& row) {
    switch (row.expected) {
        case Expected::denied: return "denied " + call_name(static_cast<std::uint32_t>(row.call));
        case Expected::error: return error_name(row.error);
        case Expected::works: break;
    }
    return "works";
}

std::string describe(const Outcome& outcome) {
    if (outcome.failure == Failure::denied_syscall && outcome.syscall >= 0) {
        return "denied " + call_name(static_cast<std::uint32_t>(outcome.syscall));
    }
    return std::string(name(outcome.failure)) + ": " + outcome.detail;
}

/// A negative value is a negated errno, as the kernel itself has it.
std::string describe(const Reply& reply) {
    Reader in(reply.payload);
    const auto value = in.le<std::uint64_t>();
    if (!value) return "no result";
    const auto result = std::bit_cast<std::int64_t>(*value);
    return result < 0 && result > -4096 ? error_name(static_cast<int>(-result)) : "works";
}

std::string attempt(Session& session, const Case& row, int file) {
    const std::vector<std::byte> payload =
        encode(Attempt{.number = row.call, .arguments = row.arguments, .data = as_bytes(row.data)});
    const Request request{.kind = kCanary, .id = 1, .payload = payload, .fd = file};
    if (const Outcome outcome = session.submit({&request, 1}); !outcome.ok()) {
        return describe(outcome);
    }
    const auto answer = session.receive();
    const auto* reply = std::get_if<Reply>(&answer);
    return reply != nullptr ? describe(*reply) : describe(std::get<Outcome>(answer));
}

CheckRow run(const Options& options, const Case& row, int file) {
    CheckRow result{.layer = std::string(row.layer),
                    .attempt = std::string(row.attempt),
                    .expected = expectation(row),
                    .got = {}};
    auto started = Session::start(options);
    if (auto* session = std::get_if<Session>(&started)) {
        result.got = attempt(*session, row, file);
    } else {
        result.got = describe(std::get<Outcome>(started));
    }
    result.ok = result.got == result.expected;
    return result;
}

/// The layers that try themselves while the worker locks itself down.
std::vector<CheckRow> layers(const Isolation& isolation) {
    const auto row = [](std::string layer, std::string attempt, bool there) {
        return CheckRow{std::move(layer), std::move(attempt), "there", there ? "there" : "missing",
                        there};
    };
    return {
        row("no_new_privs", "read the flag back", isolation.no_new_privs),
        row("capabilities", "read the empty sets back", isolation.caps_dropped),
        row("landlock", "open / before the filter is there", isolation.landlock_abi > 0),
        row("namespaces", "list / and find nothing", isolation.namespaces),
        row("mdwe", "refuse memory that turns executable", isolation.mdwe),
        row("seccomp", "see a call answered by the filter", isolation.seccomp != Seccomp::none),
    };
}

}  // namespace

std::vector<CheckRow> check(const Options& options) {
    auto started = Session::start(options);
    if (const auto* outcome = std::get_if<Outcome>(&started)) {
        return {{"", "start a worker", "works", describe(*outcome), false}};
    }
    auto& session = std::get<Session>(started);
    std::vector<CheckRow> rows = layers(session.isolation());
    session.finish();
    // Any regular file will do; the program itself is one that is there.
    const Descriptor file(::open(options.worker.c_str(), O_RDONLY | O_CLOEXEC));
    for (const auto& table : {on_files(), on_others(), on_itself()}) {
        for (const Case& row : table) rows.push_back(run(options, row, file.get()));
    }
    return rows;
}

}  // namespace pratique::sandbox
