// Ctrl-C, and being told to end: work that workers do for the program is called off, so that
// nothing of it stays behind, on the terminal or in the system.
#pragma once

#include <mutex>
#include <optional>
#include <thread>

#include "base/descriptor.h"

namespace pratique::cli {

/// While it lives, a first SIGINT, SIGTERM or SIGHUP makes descriptor() readable. Who was at work
/// has two seconds to come to an end; then, or with a second signal, the program leaves by itself,
/// and its workers with it. Signals that whoever started the program had ignored stay ignored.
/// One at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// For sandbox::Options::cancel.
    int descriptor() const { return event_.get(); }
    /// 128 and the number of the signal, if one came.
    static std::optional<int> exit_code();

private:
    void watch(const std::stop_token& stop);

    Descriptor event_;
    std::mutex mutex_;
    std::jthread watchdog_;
};

}  // namespace pratique::cli
