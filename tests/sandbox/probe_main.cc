// One session, ended as it should or, with a second argument, dropped while its worker lives. Told
// in lines: how it went, what the worker claims about its lock, what the kernel says about the
// worker, and what is left afterwards. inject.py makes system calls of it fail.
//
// It stops itself once, to be attached to; then makes kSpare calls of every sort that it shares
// with the worker, so that the numbers of the worker's calls and of its own differ.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include "sandbox/session.h"
#include "worker_kinds.h"

using namespace pratique;
using namespace pratique::sandbox;
namespace fs = std::filesystem;

namespace {

constexpr int kSpare = 100;

/// Does nothing, and is nowhere else called: a mark in the trace.
void mark() { ::syscall(SYS_getpgid, 0); }

void spare_calls() {
    for (int i = 0; i < kSpare; ++i) {
        const long fd = ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
        struct stat status {};
        ::syscall(SYS_fstat, fd, &status);
        ::syscall(SYS_newfstatat, AT_FDCWD, "/", &status, 0);
        ::syscall(SYS_read, fd, nullptr, 0);
        ::syscall(SYS_pread64, fd, nullptr, 0, 0);
        ::syscall(SYS_write, fd, nullptr, 0);
        ::syscall(SYS_fcntl, fd, F_GETFD, 0);
        ::syscall(SYS_close, fd);
        char byte = 0;
        ::syscall(SYS_readlinkat, AT_FDCWD, "/", &byte, 1);
#if defined(__x86_64__)
        ::syscall(SYS_readlink, "/", &byte, 1);
        ::syscall(SYS_poll, nullptr, 0, 0);
        ::syscall(SYS_dup2, -1, -1);
#endif
        ::syscall(SYS_rt_sigprocmask, 0, nullptr, nullptr, 8);
        ::syscall(SYS_rt_sigaction, SIGUSR1, nullptr, nullptr, 8);
        ::syscall(SYS_mprotect, nullptr, 0, PROT_READ);
        ::syscall(SYS_brk, 0);
        ::syscall(SYS_mmap, nullptr, 0, 0, 0, -1, 0);
        ::syscall(SYS_munmap, nullptr, 0);
        ::syscall(SYS_prctl, -1, 0, 0, 0, 0);
        ::syscall(SYS_getdents64, -1, nullptr, 0);
        ::syscall(SYS_prlimit64, 0, -1, nullptr, nullptr);
        ::syscall(SYS_getrandom, &byte, 0, 0);
        ::syscall(SYS_rseq, nullptr, 0, 0, 0);
        ::syscall(SYS_set_robust_list, nullptr, 0);
    }
}

void tell_claims(const Isolation& isolation) {
    std::printf("claim tier %s\n", std::string(name(isolation.tier())).c_str());
    std::printf("claim seccomp %d\nclaim no_new_privs %d\nclaim capabilities %d\n",
                isolation.seccomp != Seccomp::none, isolation.no_new_privs, isolation.caps_dropped);
    std::printf("claim mdwe %d\nclaim namespaces %d\nclaim landlock %u\n", isolation.mdwe,
                isolation.namespaces, isolation.landlock_abi);
    for (const Missing& row : isolation.missing) {
        std::printf("missing %s\n", std::string(name(row.layer)).c_str());
    }
}

void tell_file(const std::string& path, const std::vector<std::string>& keys) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        const bool wanted = std::ranges::any_of(
            keys, [&line](const std::string& key) { return line.starts_with(key); });
        if (wanted) std::printf("kernel %s\n", line.c_str());
    }
}

void tell_kernels_view(int pid) {
    const std::string process = "/proc/" + std::to_string(pid);
    tell_file(process + "/status", {"Seccomp:", "NoNewPrivs:", "Cap", "Umask:", "SigBlk:",
                                    "SigIgn:", "Threads:", "Uid:", "Gid:", "Groups:"});
    tell_file(process + "/limits", {"Max "});
    std::error_code error;
    std::printf("kernel folder %s\n", fs::read_symlink(process + "/cwd", error).c_str());
    std::printf("kernel leads its session %d\n", ::getsid(pid) == pid);
    for (int fd = 0; fd < 12; ++fd) {
        const fs::path target = fs::read_symlink(process + "/fd/" + std::to_string(fd), error);
        if (!error) std::printf("kernel fd %d %.5s\n", fd, target.c_str());
    }
}

std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

Outcome session(const char* worker, bool drop) {
    mark();
    auto started = Session::start({.worker = worker,
                                   .request_timeout = std::chrono::seconds(2),
                                   .start_timeout = std::chrono::seconds(5)});
    if (const auto* outcome = std::get_if<Outcome>(&started)) return *outcome;
    auto& session = std::get<Session>(started);
    const Request request{worker_test::kEcho, 7, as_bytes(std::string_view("ping")), -1};
    if (const Outcome outcome = session.submit({&request, 1}); !outcome.ok()) return outcome;
    for (bool done = false; !done;) {
        const auto next = session.receive();
        if (const auto* outcome = std::get_if<Outcome>(&next)) return *outcome;
        const Reply& reply = std::get<Reply>(next);
        done = reply.done();
        if (!done && reply.payload.validate([](Bytes said) { return text(said) != "ping"; }))
            return {.failure = Failure::crashed};
    }
    mark();
    std::puts("answered");
    tell_claims(session.isolation());
    tell_kernels_view(session.pid());
    mark();
    return drop ? Outcome{} : session.finish();
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) return 64;
    std::vector<char> room(1 << 16);  // so that telling needs no more memory
    std::setvbuf(stdout, room.data(), _IOFBF, room.size());
    const std::size_t before = open_descriptors();
    ::raise(SIGSTOP);
    spare_calls();
    try {
        const Outcome outcome = session(arguments[1], count > 2);
        mark();
        std::printf("outcome %s %s\n", std::string(name(outcome.failure)).c_str(),
                    outcome.detail.c_str());
    } catch (const std::bad_alloc&) {  // memory of the host's own: every call may throw this
        mark();
        std::puts("outcome bad_alloc");
    }
    siginfo_t info{};
    const bool child = ::waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0;
    std::printf("left %zu descriptors %d children\n", open_descriptors() - before, child);
    std::fflush(stdout);
    ::_exit(0);
}
