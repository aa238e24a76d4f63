#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace pratique::cli {
namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(int stream) { return ::isatty(stream) != 0 && environment("TERM") != "dumb"; }

bool has_colours(Color wanted, int stream) {
    if (wanted != Color::automatic) return wanted == Color::always;
    if (!environment("NO_COLOR").empty()) return false;
    const std::string_view forced = environment("CLICOLOR_FORCE");
    return (!forced.empty() && forced != "0") || is_terminal(stream);
}

unsigned width_of(int stream) {
    struct winsize size {};
    const bool known =
        ::isatty(stream) != 0 && ::ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

}  // namespace pratique::cli
