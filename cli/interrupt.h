// Ctrl-C, and being told to end: work is called off, so that nothing of it stays behind, on the
// terminal, on the disk or in the system.
#pragma once

#include <optional>
#include <thread>

#include "base/descriptor.h"

namespace pratique::cli {

/// While it lives, a first SIGINT, SIGTERM or SIGHUP makes descriptor() readable (base/cancel.h).
/// Who was at work has two seconds to come to an end; then, or with a second signal, the program
/// leaves by itself: its workers go with it, and files that are not whole are removed. Signals that
/// whoever started the program had ignored stay ignored. One at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    int descriptor() const { return event_.get(); }
    /// 128 and the number of the signal, if one came.
    static std::optional<int> exit_code();

private:
    void watch(const std::stop_token& stop) const;

    Descriptor event_;
    Descriptor again_;
    std::jthread watchdog_;
};

/// One line on standard error, and the exit code of the signal that came.
int say_interrupted();

/// Runs `work`, which takes a descriptor as those of base/cancel.h, and returns its exit code; or
/// that of a signal that came meanwhile.
template <class Work>
int interruptibly(Work&& work) {
    const Interrupt interrupt;
    const int exit = work(interrupt.descriptor());
    return Interrupt::exit_code() ? say_interrupted() : exit;
}

}  // namespace pratique::cli
