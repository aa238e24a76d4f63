#include "signing/keys/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/descriptor.h"

namespace pratique::signing {
namespace {

/// What ends a program from outside, or stops it.
sigset_t watched_signals() {
    sigset_t out;
    ::sigemptyset(&out);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM}) {
        ::sigaddset(&out, signal);
    }
    return out;
}

/// While it exists, the terminal shows nothing of what is typed, and signals wait: they are seen
/// by poll() and do what they do once the echo is back on.
class Quiet {
public:
    explicit Quiet(int terminal) : terminal_(terminal) {
        const sigset_t watched = watched_signals();
        holds_ = ::pthread_sigmask(SIG_BLOCK, &watched, &before_) == 0;
        signals_.reset(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!holds_ || !signals_ || ::tcgetattr(terminal, &shown_) != 0) return;
        termios quiet = shown_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ECHONL | ICANON | ISIG;
        works_ = ::tcsetattr(terminal, TCSAFLUSH, &quiet) == 0;
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
    ~Quiet() {
        if (works_) ::tcsetattr(terminal_, TCSAFLUSH, &shown_);
        if (holds_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    bool works() const { return works_; }
    int signals() const { return signals_.get(); }

private:
    int terminal_;
    bool holds_ = false;
    bool works_ = false;
    sigset_t before_{};
    termios shown_{};
    Descriptor signals_;
};

Refusal no_terminal() { return {Reason::unreadable, "", "there is no terminal to ask at"}; }

bool print_prompt(int terminal, std::string_view prompt) {
    return ::write(terminal, prompt.data(), prompt.size()) == static_cast<ssize_t>(prompt.size());
}

enum class Event : std::uint8_t { line, signal, error };

Event wait_for_line(int terminal, int signals) {
    std::array<pollfd, 2> both{pollfd{signals, POLLIN, 0}, pollfd{terminal, POLLIN, 0}};
    while (::poll(both.data(), both.size(), -1) < 0) {
        if (errno != EINTR) return Event::error;
    }
    if (both[0].revents != 0) return Event::signal;
    return (both[1].revents & POLLIN) != 0 ? Event::line : Event::error;
}

/// One attempt. Nothing if a signal came first; it was heeded when this returns.
Judged<std::optional<Secret>> ask_once(int terminal, const char* prompt, std::size_t most) {
    const Quiet quiet(terminal);
    if (!quiet.works() || !print_prompt(terminal, prompt)) return no_terminal();
    const Event event = wait_for_line(terminal, quiet.signals());
    if (event == Event::signal) {
        print_prompt(terminal, "\n");
        return std::optional<Secret>{};
    }
    Secret line(most + 1);
    const ssize_t got =
        event == Event::line ? ::read(terminal, line.writable().data(), line.size()) : ssize_t{-1};
    if (got < 0) return no_terminal();
    const auto size = static_cast<std::size_t>(got);
    const std::string_view typed = text(slice(line.bytes(), 0, size));
    if (size == 0) return Refusal{Reason::wrong_password, "", "none was typed"};
    // What is not a whole line has more behind it, which is dropped with the echo's return.
    if (!typed.ends_with('\n')) {
        return Refusal{Reason::wrong_password, "", "it is too long, or its line has no end"};
    }
    return std::optional<Secret>(line.first(size - 1));
}

}  // namespace

Judged<Secret> type_unseen(const char* prompt, std::size_t most) {
    const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!terminal) return no_terminal();
    for (;;) {
        auto typed = TRY(ask_once(terminal.get(), prompt, most));
        if (typed) return std::move(*typed);
    }
}

}  // namespace pratique::signing
