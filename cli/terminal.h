// What a stream can show. Here, and nowhere else, it is decided whether there are colours and how
// wide a line may be.
#pragma once

#include <cstdint>

namespace pratique::cli {

enum class Color : std::uint8_t { automatic, always, never };

/// A terminal that understands more than text.
bool is_terminal(int stream);

/// The word of the command line first; then NO_COLOR (https://no-color.org: set, and not empty),
/// which beats CLICOLOR_FORCE (set, and neither empty nor 0); then whether it is a terminal.
bool has_colours(Color wanted, int stream);

/// Columns of a terminal; 80 of anything else.
unsigned width_of(int stream);

}  // namespace pratique::cli
