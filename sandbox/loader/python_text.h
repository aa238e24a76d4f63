// Texts and tuples as Python's repr() writes them: what NumPy's types are spelt with, in the
// headers of .npy files too, where Python reads them back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pratique::loader {

/// "'a'", or "\"it's\""; what cannot be printed is escaped, and bytes that are no UTF-8 too.
std::string quoted(std::string_view text);
/// "()", "(2,)", "(2, 3)".
std::string tuple_of(const std::vector<std::uint64_t>& numbers);

}  // namespace pratique::loader
