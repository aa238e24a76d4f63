#include "sandbox/child/last_words.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "sandbox/child/outbox.h"

namespace pratique::sandbox::child {
namespace {

// Room for the widest register state that x86-64 and aarch64 save (AMX: 11 KiB).
constinit std::array<std::byte, 32 * kKiB> signal_stack{};

[[noreturn]] void say(Kind kind, Bytes payload, int code) {
    outbox().add({.kind = kind, .payload = payload});
    outbox().flush();
    ::_exit(code);
}

// Runs between any two instructions, perhaps of code that an attacker steers: it only reads what
// the kernel handed over, and writes.
void denied(int, siginfo_t* info, void*) {
    struct Payload {
        std::uint32_t number, architecture;
        std::uint64_t address;
    };
    const Payload payload{static_cast<std::uint32_t>(info->si_syscall), info->si_arch,
                          std::bit_cast<std::uint64_t>(info->si_call_addr)};
    say(kDenied, std::as_bytes(std::span(&payload, 1)), kExitDenied);
}

// Memory is not handed back to a parser that could not do its work: the file gets a gap.
[[noreturn]] void exhausted() { say(kExhausted, {}, kExitExhausted); }

}  // namespace

int install_last_words() {
    stack_t stack{};
    stack.ss_sp = signal_stack.data();
    stack.ss_size = signal_stack.size();
    if (::sigaltstack(&stack, nullptr) != 0) return errno;
    struct sigaction action {};
    action.sa_sigaction = denied;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    if (::sigaction(SIGSYS, &action, nullptr) != 0) return errno;
    std::set_new_handler(exhausted);
    return 0;
}

void refuse(Layer layer, int error) {
    std::array<std::byte, 5> payload{};
    payload[0] = static_cast<std::byte>(layer);
    const auto number = std::bit_cast<std::array<std::byte, 4>>(error);
    std::ranges::copy(number, std::span(payload).subspan(1).begin());
    say(kRefused, payload, kExitRefused);
}

}  // namespace pratique::sandbox::child

// Takes the place of libc's abort(), which needs four system calls to kill itself that nothing
// else here needs (the linker is told so: --wrap=abort). Failed assertions, smashed stacks, heap
// corruption and terminate() end here, those inside a static libc too.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the linker's name
extern "C" [[noreturn]] void __wrap_abort() noexcept;
extern "C" void __wrap_abort() noexcept {
    using namespace pratique::sandbox;
    child::outbox().add({.kind = kAborted, .payload = {}});
    child::outbox().flush();
    ::_exit(kExitAborted);
}
