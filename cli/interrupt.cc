#include "cli/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>

namespace pratique::cli {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr std::chrono::seconds kPatience{2};

// For the handler, which may touch little else.
std::atomic<int> caught{0};                              // NOLINT(*-non-const-global-variables)
std::atomic<int> event_to_set{-1};                       // NOLINT(*-non-const-global-variables)
std::array<struct sigaction, kSignals.size()> before{};  // NOLINT(*-non-const-global-variables)

void set_event() {
    constexpr std::uint64_t kOne = 1;
    // It is full only if it is set.
    [[maybe_unused]] const auto written = ::write(event_to_set, &kOne, sizeof kOne);
}

extern "C" void pratique_on_signal(int signal) {
    const int error = errno;
    int none = 0;
    if (!caught.compare_exchange_strong(none, signal)) ::_exit(128 + signal);
    set_event();
    errno = error;
}

}  // namespace

std::optional<int> Interrupt::exit_code() {
    const int signal = caught;
    return signal == 0 ? std::nullopt : std::optional(128 + signal);
}

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) return;  // then a signal ends the program as it always did
    event_to_set = event_.get();
    watchdog_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
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
    set_event();
    watchdog_.join();
    event_to_set = -1;
}

void Interrupt::watch(const std::stop_token& stop) {
    pollfd event{event_.get(), POLLIN, 0};
    while (::poll(&event, 1, -1) < 0 && errno == EINTR) {
    }
    std::unique_lock lock(mutex_);
    std::condition_variable_any never;
    never.wait_for(lock, stop, kPatience, [] { return false; });
    if (!stop.stop_requested()) ::_exit(128 + caught);
}

}  // namespace pratique::cli
