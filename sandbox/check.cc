#include "sandbox/check.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/descriptor.h"
#include "sandbox/attempt.h"
#include "sandbox/call_names.h"
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
    Layers layers = Layers::all();  ///< the others are left out
};

constexpr auto kNowhere = minus_one();  // no folder, no descriptor
using namespace std::string_view_literals;
constexpr std::string_view kFile = "/etc/passwd\0"sv;
constexpr std::uint64_t kReadWrite = PROT_READ | PROT_WRITE;

/// What it needs, and what it could do to files.
constexpr auto kOnFiles = std::to_array<Case>({
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
     {number(0), number(4096), number(kReadWrite), number(MAP_PRIVATE | MAP_ANONYMOUS), kNowhere},
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
});

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
constexpr auto kOnItself = std::to_array<Case>({
    {"seccomp",
     "map executable memory",
     SYS_mmap,
     {number(0), number(4096), number(PROT_READ | PROT_EXEC), number(MAP_PRIVATE | MAP_ANONYMOUS),
      kNowhere}},
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
});

constexpr Layers alone(Layer layer) { return {Layer::no_new_privs, layer}; }

/// What a layer stops when it is alone, so that none hides that another does nothing.
constexpr auto kOnOneLayer = std::to_array<Case>({
    {"landlock",
     "alone: open a file",
     SYS_openat,
     {number(0), data()},
     Expected::error,
     EACCES,
     kFile,
     alone(Layer::landlock)},
    {"namespaces",
     "alone: open a file",
     SYS_openat,
     {number(0), data()},
     Expected::error,
     ENOENT,
     kFile,
     alone(Layer::namespaces)},
    {"capabilities",
     "alone: change the root folder",
     SYS_chroot,
     {data()},
     Expected::error,
     EPERM,
     "/\0"sv,
     alone(Layer::capabilities)},
    {"mdwe",
     "alone: map memory to write and run",
     SYS_mmap,
     {number(0), number(4096), number(kReadWrite | PROT_EXEC), number(MAP_PRIVATE | MAP_ANONYMOUS),
      kNowhere},
     Expected::error,
     EACCES,
     {},
     alone(Layer::mdwe)},
    {"limits",
     "alone: take more memory than its limit",
     SYS_mmap,
     {number(0), number(std::uint64_t{1} << 44), number(kReadWrite),
      number(MAP_PRIVATE | MAP_ANONYMOUS), kNowhere},
     Expected::error,
     ENOMEM,
     {},
     alone(Layer::limits)},
    {"seccomp",
     "alone: open a network socket",
     SYS_socket,
     {number(AF_INET), number(SOCK_STREAM)},
     Expected::denied,
     0,
     {},
     Layers{Layer::no_new_privs, Layer::warm_up, Layer::seccomp}},
});

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
    const auto value =
        reply.payload.validate([](Bytes payload) { return Reader(payload).le<std::uint64_t>(); });
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

bool is_needed(std::string_view layer, Tier tier) {
    const auto named = std::ranges::find(internal::kLayerNames, layer);
    if (named == internal::kLayerNames.end()) return true;
    return tier >= needed_from(static_cast<Layer>(named - internal::kLayerNames.begin()));
}

CheckRow run(const Options& options, const Case& row, int file) {
    CheckRow result{.layer = std::string(row.layer),
                    .attempt = std::string(row.attempt),
                    .expected = expectation(row),
                    .got = {},
                    .ok = false,
                    .needed = is_needed(row.layer, options.min_tier)};
    Options chosen = options;
    if (row.layers != Layers::all()) {
        chosen.canary_layers = row.layers;
        chosen.min_tier = Tier::none;
    }
    auto started = Session::start(chosen);
    if (auto* session = std::get_if<Session>(&started)) {
        result.got = attempt(*session, row, file);
    } else {
        result.got = describe(std::get<Outcome>(started));
    }
    result.ok = result.got == result.expected;
    return result;
}

/// The layers that try themselves while the worker locks itself down.
std::vector<CheckRow> layers(const Isolation& isolation, const Options& options) {
    std::vector<CheckRow> rows;
    const auto add = [&](std::string_view layer, std::string_view attempt, bool there) {
        rows.push_back({std::string(layer), std::string(attempt), "there",
                        there ? "there" : "missing", there, is_needed(layer, options.min_tier)});
    };
    add("no_new_privs", "read the flag back", isolation.no_new_privs);
    add("capabilities", "read the empty sets back", isolation.caps_dropped);
    add("namespaces", "list / and find nothing", isolation.namespaces);
    add("landlock", "open / before the filter is there", isolation.landlock_abi > 0);
    add("mdwe", "set the flag", isolation.mdwe);
    add("seccomp", "see a call answered by the filter", isolation.seccomp != Seccomp::none);
    add("seccomp", "hear of denied calls from the kernel", isolation.seccomp == Seccomp::notify);
    rows.back().needed = false;
    if (!options.cgroup.empty()) {
        add("cgroup", "limit memory from outside", isolation.group.memory);
        add("cgroup", "keep it out of swap", isolation.group.swap);
        add("cgroup", "limit processes from outside", isolation.group.processes);
    }
    return rows;
}

}  // namespace

bool Check::failed() const { return rows.empty() || std::ranges::any_of(rows, &CheckRow::failed); }

Check check(const Options& options) {
    auto started = Session::start(options);
    if (const auto* outcome = std::get_if<Outcome>(&started)) {
        return {{}, {{"", "start a worker", "works", describe(*outcome), false}}};
    }
    auto& session = std::get<Session>(started);
    Check out{session.isolation(), layers(session.isolation(), options)};
    session.finish();
    // Any regular file will do; the program itself is one that is there.
    const Descriptor file(::open(options.worker.c_str(), O_RDONLY | O_CLOEXEC));
    const auto others = on_others();
    using Table = std::span<const Case>;
    for (const Table table :
         {Table(kOnOneLayer), Table(kOnFiles), Table(others), Table(kOnItself)}) {
        for (const Case& row : table) out.rows.push_back(run(options, row, file.get()));
    }
    return out;
}

}  // namespace pratique::sandbox
