#include "cli/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>

#include "api/write/temporary.h"

namespace pratique::cli {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr int kPatience = 2'000;  // milliseconds

// For the handler, which may touch little else.
std::atomic<int> caught{0};                              // NOLINT(*-non-const-global-variables)
std::atomic<int> first_event{-1};                        // NOLINT(*-non-const-global-variables)
std::atomic<int> second_event{-1};                       // NOLINT(*-non-const-global-variables)
std::array<struct sigaction, kSignals.size()> before{};  // NOLINT(*-non-const-global-variables)

void set(int event) {
    constexpr std::uint64_t kOne = 1;
    // It is full only if it is set.
    [[maybe_unused]] const auto written = ::write(event, &kOne, sizeof kOne);
}

void wait_for(int event, int milliseconds) {
    pollfd one{event, POLLIN, 0};
    while (::poll(&one, 1, milliseconds) < 0 && errno == EINTR) {
    }
}

extern "C" void pratique_on_signal(int signal) {
    const int error = errno;
    int none = 0;
    set(caught.compare_exchange_strong(none, signal) ? first_event : second_event);
    errno = error;
}

/// A thread that takes no signals: those are for who works.
template <class Work>
std::jthread quiet_thread(Work work) {
    sigset_t all;
    sigset_t mask;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &mask);
    std::jthread out(work);
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    return out;
}

}  // namespace

std::optional<int> Interrupt::exit_code() {
    const int signal = caught;
    return signal == 0 ? std::nullopt : std::optional(128 + signal);
}

int say_interrupted() {
    constexpr std::string_view kWords = "pratique: interrupted\n";
    // Not by stdio, which a thread that does not come to its end may have locked.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kWords.data(), kWords.size());
    return Interrupt::exit_code().value_or(128);
}

Interrupt::Interrupt()
    : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      again_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    // Without them a signal ends the program as it always did.
    if (!again_) event_.reset();
    if (!event_) return;
    first_event = event_.get();
    second_event = again_.get();
    watchdog_ = quiet_thread([this](const std::stop_token& stop) { watch(stop); });
    struct sigaction action {};
    action.sa_handler = pratique_on_signal;
    action.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals.at(i), nullptr, &before.at(i));
        if (before.at(i).sa_handler != SIG_IGN) ::sigaction(kSignals.at(i), &action, nullptr);
    }
}

Interrupt::~Interrupt() {
    if (!event_) return;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals.at(i), &before.at(i), nullptr);
    }
    watchdog_.request_stop();
    set(event_.get());
    set(again_.get());
    watchdog_.join();
    first_event = -1;
    second_event = -1;
}

void Interrupt::watch(const std::stop_token& stop) const {
    wait_for(event_.get(), -1);
    wait_for(again_.get(), kPatience);
    if (stop.stop_requested()) return;
    api::Temporary::remove_all();
    ::_exit(say_interrupted());
}

}  // namespace pratique::cli
