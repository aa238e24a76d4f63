// Where the name of another file in a model leads.
#pragma once

#include <cstdint>
#include <string_view>

namespace pratique::scanner {

enum class Place : std::uint8_t {
    inside,   // a file in the model's folder or below it
    odd,      // stays there, as far as one can tell, and is spelt as no writer does
    outside,  // absolute, above the folder, a home folder, an address, or spelt to be read as that
};
Place place_of(std::string_view location);

/// What looks like a path out of the folder, or an address, where any text may stand: a lone
/// slash is none.
bool is_path_or_address(std::string_view value);

}  // namespace pratique::scanner
