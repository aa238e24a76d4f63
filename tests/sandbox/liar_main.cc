// A program that takes the worker's place and never locks itself. It plays the script that lies
// beside it, `<its path>.script`: one action in a line, bytes in hex, numbers in decimal.
//
//     write HEX          to the parent            repeat N HEX       N times; 0: without end
//     trickle MS HEX     a byte every MS          halves HEX         in two writes, MS apart: 20
//     stderr MIB         complaints               progress ID        what it claims to work on
//     request            waits for the next one   drain              reads until the parent ends
//     sleep MS           close FD                 ignore SIGNAL      allocate MIB
//     stop  crash  busy  hang                     exit CODE
//     flicker            for ever another id that it claims to work on
//     heir               a child that holds all descriptors and outlives it by a second
//     stretch            exit status 1 if it can change the size of the page that it shares
//     descriptors        exit status 1 if any but 0, 1 and 2 is open
//     relay PROGRAM FILE stands between the parent and a real worker, and keeps what that one says
//
// At the end of the script it exits with status 0.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "relay.h"
#include "sandbox/protocol.h"

using namespace pratique;
using namespace pratique::sandbox;

namespace {

using Words = std::istringstream;

volatile std::uintptr_t nowhere = 8;
volatile std::uint64_t sink = 0;

std::uint64_t number(Words& words) {
    std::uint64_t value = 0;
    if (!(words >> value)) ::_exit(120);
    return value;
}

std::string word(Words& words) {
    std::string value;
    if (!(words >> value)) ::_exit(120);
    return value;
}

std::string bytes(Words& words) {
    const std::string hex = word(words);
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return out;
}

/// False once nobody listens.
bool put(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void nap(std::uint64_t milliseconds) { ::usleep(static_cast<useconds_t>(milliseconds * 1000)); }

void repeat(Words& words) {
    const std::uint64_t times = number(words);
    const std::string one = bytes(words);
    std::string block;  // a write for each frame would take minutes
    const std::uint64_t in_block = std::max<std::uint64_t>(1, 64 * kKiB / one.size());
    for (std::uint64_t i = 0; i < in_block; ++i) block += one;
    std::uint64_t left = times;
    while ((times == 0 || left >= in_block) && put(kControl, block)) left -= in_block;
    while (times != 0 && left > 0 && left < in_block && put(kControl, one)) --left;
}

void trickle(Words& words) {
    const std::uint64_t pause = number(words);
    for (const char byte : bytes(words)) {
        if (!put(kControl, {&byte, 1})) return;
        nap(pause);
    }
}

void halves(Words& words) {
    const std::string whole = bytes(words);
    const std::string_view view = whole;
    if (!put(kControl, view.substr(0, whole.size() / 2))) return;
    nap(20);
    put(kControl, view.substr(whole.size() / 2));
}

void complain(Words& words) {
    const std::string line(64 * kKiB, 'x');
    for (std::uint64_t left = number(words) * kMiB / line.size(); left > 0; --left) {
        if (!put(kErrors, line)) return;
    }
}

/// The rest of `room`, or the end of the program.
void get(std::span<std::byte> room) {
    while (!room.empty()) {
        const ssize_t count = ::read(kControl, room.data(), room.size());
        if (count <= 0) ::_exit(122);
        room = room.subspan(static_cast<std::size_t>(count));
    }
}

/// Reads frames until one is a request; the configuration comes first.
void await_request() {
    for (std::uint32_t kind = kConfig; kind == kConfig;) {
        std::array<std::uint32_t, kHeaderBytes / sizeof(std::uint32_t)> header{};
        get(std::as_writable_bytes(std::span(header)));
        kind = header[1];
        std::vector<std::byte> payload(header[3]);
        get(payload);
    }
}

void drain() {
    std::array<std::byte, 4096> buffer;
    while (::read(kControl, buffer.data(), buffer.size()) > 0) {
    }
}

void claim(std::uint64_t id) {
    if (::pwrite(kProgress, &id, sizeof(id), 0) != sizeof(id)) ::_exit(123);
}

[[noreturn]] void stretch() {
    ::signal(SIGXFSZ, SIG_IGN);
    const bool changed = ::ftruncate(kProgress, 0) == 0 || ::ftruncate(kProgress, 1 << 20) == 0 ||
                         ::pwrite(kProgress, "x", 1, 4096) > 0 ||
                         ::fallocate(kProgress, FALLOC_FL_PUNCH_HOLE, 0, 4096) == 0 ||
                         ::fcntl(kProgress, F_ADD_SEALS, F_SEAL_WRITE) == 0;
    ::_exit(changed ? 1 : 0);
}

void allocate(Words& words) {
    for (std::uint64_t left = number(words); left > 0; --left) {
        auto* block = new std::byte[kMiB];
        std::memset(block, 1, kMiB);
        sink = sink + static_cast<std::uint64_t>(block[7]);
    }
}

[[noreturn]] void look_for_descriptors() {
    for (int fd = 3; fd < 1024; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0) ::_exit(1);
    }
    ::_exit(0);
}

void play(const std::string& action, Words& words) {
    if (action == "write") return void(put(kControl, bytes(words)));
    if (action == "repeat") return repeat(words);
    if (action == "trickle") return trickle(words);
    if (action == "halves") return halves(words);
    if (action == "stderr") return complain(words);
    if (action == "progress") return claim(number(words));
    if (action == "request") return await_request();
    if (action == "drain") return drain();
    if (action == "sleep") return nap(number(words));
    if (action == "close") return void(::close(static_cast<int>(number(words))));
    if (action == "ignore") return void(::signal(static_cast<int>(number(words)), SIG_IGN));
    if (action == "allocate") return allocate(words);
    if (action == "stop") return void(::raise(SIGSTOP));
    if (action == "crash") *reinterpret_cast<volatile int*>(nowhere) = 1;  // NOLINT
    while (action == "busy") sink = sink + 1;
    while (action == "hang") ::pause();
    for (std::uint64_t id = 0; action == "flicker"; ++id) claim(id);
    if (action == "heir") return ::fork() == 0 ? (nap(1000), ::_exit(0)) : void();
    if (action == "stretch") stretch();
    if (action == "descriptors") look_for_descriptors();
    if (action == "relay") {
        const std::string program = word(words);
        ::_exit(worker_test::relay(program, word(words)));
    }
    if (action == "exit") ::_exit(static_cast<int>(number(words)));
    ::_exit(124);
}

}  // namespace

int main() {
    std::array<char, 4096> path{};
    if (::readlink("/proc/self/exe", path.data(), path.size() - 1) < 0) return 125;
    std::ifstream script(std::string(path.data()) + ".script");
    // All of it before the first action: the test may write the next one as soon as it hears us.
    std::vector<std::string> lines;
    for (std::string line; std::getline(script, line);) {
        if (!line.empty()) lines.push_back(line);
    }
    script.close();
    for (const std::string& line : lines) {
        Words words(line);
        play(word(words), words);
    }
    ::_exit(0);
}
