// A program that takes the worker's place and never locks itself. What it does follows from the
// name of its file: each test copies it under the name of the lie it wants told.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string>

#include "sandbox/protocol.h"

using namespace pratique;
using namespace pratique::sandbox;

namespace {

volatile std::uintptr_t nowhere = 8;

void say(std::uint32_t kind, Bytes payload, std::uint64_t id = 0, std::uint32_t flags = 0) {
    WireWriter out;
    out.raw(encode_header({kind, flags, id, payload})).raw(payload);
    if (::write(kControl, out.view().data(), out.view().size()) < 0) ::_exit(1);
}

void hello(Seccomp seccomp = Seccomp::trap, std::uint32_t landlock = 7) {
    say(kHello, encode(Isolation{.seccomp = seccomp,
                                 .no_new_privs = true,
                                 .caps_dropped = true,
                                 .mdwe = true,
                                 .landlock_abi = landlock,
                                 .missing = {{Layer::landlock, 38}}}));
}

[[noreturn]] void wait_forever() {
    for (;;) ::pause();
}

std::string own_name() {
    std::array<char, 4096> path{};
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    const std::string whole(path.data(), length < 0 ? 0 : static_cast<std::size_t>(length));
    return whole.substr(whole.rfind('/') + 1);
}

}  // namespace

int main() {
    const std::string name = own_name();
    if (name == "hangs") wait_forever();
    if (name == "leaves") return 0;
    if (name == "crashes") *reinterpret_cast<volatile int*>(nowhere) = 1;  // NOLINT
    if (name == "stops") ::raise(SIGSTOP);
    if (name == "weak") hello(Seccomp::trap, 0);
    if (name == "unlocked") hello(Seccomp::none, 7);
    if (name == "polite") hello();
    if (name == "greets_twice") {
        hello();
        hello();
    }
    if (name == "answers_first") say(kApplication, {});
    if (name == "mute_hello") say(kHello, {});
    if (name == "long_frame") {
        auto header = encode_header({.kind = kHello, .payload = {}});
        header[15] = std::byte{0x7f};
        if (::write(kControl, header.data(), header.size()) < 0) return 1;
    }
    if (name == "refuses") say(kRefused, as_bytes(std::string_view("\x0b\x26\0\0\0", 5)));
    if (name == "refuses_nonsense") say(kRefused, as_bytes(std::string_view("\xff\x26\0\0\0", 5)));
    if (name == "flags") say(kHello, {}, 0, 0x8000);
    if (name == "hangs_up") {
        hello();
        ::close(kControl);
    }
    if (name == "drips") {
        hello();
        for (;;) {
            if (::write(kControl, "P", 1) < 0) return 1;
            say(kApplication, {}, 1);
        }
    }
    if (name == "trickles") {
        hello();
        const auto header = encode_header({.kind = kApplication, .id = 1, .payload = {}});
        for (;;) {
            for (const std::byte& byte : header) {
                if (::write(kControl, &byte, 1) < 0) return 1;
                ::usleep(10'000);
            }
        }
    }
    wait_forever();
}
