// A worker for the tests. It echoes, reads, and misbehaves when asked to, behind the real lock.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "sandbox/child/serve.h"
#include "worker_kinds.h"

using namespace pratique;
using namespace pratique::sandbox::child;
using namespace worker_test;

extern char** environ;

namespace {

/// What the program found when it started, before any lock.
struct Inherited {
    std::vector<int> descriptors;
    std::size_t variables = 0;
    std::string folder;
    bool stray_closed = false;
    bool dumpable = true;
} inherited;

constexpr int kStray = 9;

std::size_t open_limit() {
    rlimit files{};
    return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 0;
}

void look_around() {
    // One call instead of a thousand: poll says of each number whether it is open.
    std::vector<pollfd> numbers(std::min<std::size_t>(1024, open_limit()));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i].fd = static_cast<int>(i);
    if (::poll(numbers.data(), numbers.size(), 0) < 0) std::abort();
    for (const pollfd& number : numbers) {
        if ((number.revents & POLLNVAL) == 0) inherited.descriptors.push_back(number.fd);
    }
    for (char** variable = environ; *variable != nullptr; ++variable) ++inherited.variables;
}

void look_again() {
    std::array<char, 256> folder{};
    if (::getcwd(folder.data(), folder.size()) != nullptr) inherited.folder = folder.data();
    inherited.stray_closed = ::fcntl(kStray, F_GETFD) < 0;
    inherited.dumpable = ::prctl(PR_GET_DUMPABLE) != 0;
}

std::string report() {
    std::string out = "fds:";
    for (const int fd : inherited.descriptors) out += " " + std::to_string(fd);
    return out + "; variables: " + std::to_string(inherited.variables) +
           "; folder: " + inherited.folder + (inherited.stray_closed ? "" : "; one was left open") +
           (inherited.dumpable ? "; open to debuggers" : "");
}

volatile int sink = 0;
volatile std::uintptr_t nowhere = 8;

[[gnu::noinline]] int overflow(int depth) {
    std::array<volatile char, 4096> frame;
    frame[static_cast<std::size_t>(depth) % frame.size()] = 1;
    if (depth < sink) sink = overflow(depth + 1) + frame[0];
    return frame[1];
}

void read_all(const Request& request, Replies& replies) {
    std::array<std::byte, 4096> buffer;
    std::uint64_t sum = 0;
    off_t offset = 0;
    for (;;) {
        const ssize_t count = ::pread(request.fd, buffer.data(), buffer.size(), offset);
        if (count <= 0) break;
        for (const std::byte byte : std::span(buffer).first(static_cast<std::size_t>(count))) {
            sum += static_cast<std::uint64_t>(byte);
        }
        offset += count;
    }
    replies.send(kSum, std::as_bytes(std::span(&sum, 1)));
}

void map_all(const Request& request, Replies& replies) {
    std::uint64_t size = 0;
    std::memcpy(&size, request.payload.data(), sizeof(size));
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, request.fd, 0);
    if (mapped == MAP_FAILED) std::abort();
    std::uint64_t sum = 0;
    for (const std::byte byte : std::span(static_cast<const std::byte*>(mapped), size)) {
        sum += static_cast<std::uint64_t>(byte);
    }
    ::munmap(mapped, size);
    replies.send(kSum, std::as_bytes(std::span(&sum, 1)));
}

void write_raw(std::string_view bytes) {
    if (::write(5, bytes.data(), bytes.size()) < 0) ::_exit(1);
}

void flood(Replies& replies) {
    const std::vector<std::byte> frame(512 * 1024);
    for (;;) replies.send(kEcho, frame);
}

void complain_without_end() {
    const std::string text(4096, '\x1b');
    while (::write(2, text.data(), text.size()) > 0) {
    }
}

[[noreturn]] void allocate_without_end() {
    for (;;) {
        auto* block = new std::byte[1 << 20];
        for (std::size_t i = 0; i < (1 << 20); i += 4096) block[i] = std::byte{1};
        sink = static_cast<int>(block[0]);
    }
}

#if defined(__x86_64__)
/// The gate for programs of 32 bits; the numbers are theirs.
void int80(long number) {
    long returned = number;
    asm volatile("int $0x80" : "+a"(returned) : "b"(0L), "c"(0L), "d"(0L) : "memory");
    sink = static_cast<int>(returned);
}

/// gettimeofday() at the address that it had before there was a vDSO.
void vsyscall() {
    constexpr std::uintptr_t page = 0xffffffffff600000;
    std::array<long, 2> time{};
    sink = reinterpret_cast<int (*)(long*, void*)>(page)(time.data(), nullptr);
}
#else
void int80(long) {}
void vsyscall() {}
#endif

/// As many bytes as the payload says, one MiB without.
void fill(const Request& request) {
    std::uint64_t size = 1 << 20;
    if (request.payload.size() == sizeof(size)) {
        std::memcpy(&size, request.payload.data(), sizeof(size));
    }
    const std::string block(1 << 20, '\x5a');
    for (std::uint64_t done = 0; done < size;) {
        const std::size_t left = std::min<std::uint64_t>(block.size(), size - done);
        const ssize_t count =
            ::pwrite(request.output, block.data(), left, static_cast<off_t>(done));
        if (count <= 0) std::abort();
        done += static_cast<std::uint64_t>(count);
    }
}

void misbehave(const Request& request, Replies& replies) {
    switch (request.kind) {
        case kOpen: sink = ::open("/etc/passwd", O_RDONLY); break;
        case kSocket: sink = ::socket(AF_INET, SOCK_STREAM, 0); break;
        case kExec: ::execve("/bin/true", environ, environ); break;
        case kPtrace: ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); break;
        case kMapExec:
            ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            break;
        case kStop: ::kill(::getpid(), SIGSTOP); break;
        case kBusy:
            for (;;) sink = sink + 1;
        case kAllocate: allocate_without_end();
        case kSegfault: *reinterpret_cast<volatile int*>(nowhere) = 1; break;
        case kAbort: std::abort();
        case kThrow: throw 1;
        case kOverflow:
            sink = 1 << 30;
            overflow(0);
            break;
        case kGarbage: write_raw(std::string(64, 'x')); break;
        case kWrongId: Replies(request.id + 1).send(kEcho, {}); break;
        case kEarlyDone: Replies(request.id).send(7, {}); break;
        case kHalfFrame: write_raw("PRTQ\x01\x01"); ::_exit(0);
        case kExit: ::_exit(0);
        case kExitCode: ::_exit(7);
        case kFlood: flood(replies); break;
        case kComplain: complain_without_end(); break;
        case kX32:
#if defined(__x86_64__)
            ::syscall(0x40000000 | SYS_getpid);
#endif
            break;
        case kInt80Getpid: int80(20); break;
        case kInt80Execve: int80(11); break;
        case kVsyscall: vsyscall(); break;
        default: break;
    }
}

void handle(const Request& request, Replies& replies) {
    switch (request.kind) {
        case kEcho: replies.send(kEcho, request.payload); break;
        case kRead: read_all(request, replies); break;
        case kMap: map_all(request, replies); break;
        case kFill: fill(request); break;
        case kReport: replies.send(kReport, as_bytes(report())); break;
        case kDescriptor: {
            const std::uint64_t fd = static_cast<std::uint64_t>(request.fd);
            replies.send(kDescriptor, std::as_bytes(std::span(&fd, 1)));
            break;
        }
        case kTwoParts:
            replies.send(kEcho, request.payload);
            replies.send(kSum, request.payload);
            break;
        default: misbehave(request, replies);
    }
}

}  // namespace

int main(int count, char**) {
    if (count > 1) return ::geteuid() == 0 ? kRoot : kOrdinary;
    look_around();
    ::dup2(0, kStray);  // what a library might open before the lock
    serve({.handle = handle, .warm_up = look_again});
}
