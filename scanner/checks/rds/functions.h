// Functions of R that reach past the data they are given.
#pragma once

#include <string_view>

namespace pratique::scanner {

enum class Reach : std::uint8_t {
    plain,
    evaluation,  // makes code of text, plants hooks, writes files: functions that fit models may
    system,      // programs, native code, the network
};

/// By a name of base R, its packages or its internal functions.
Reach reach_of(std::string_view name);

/// True for functions whose arguments name functions: `::`, do.call, lapply.
bool calls_by_name(std::string_view name);

}  // namespace pratique::scanner
