#include "formats/archive/member_name.h"

#include <algorithm>
#include <cstddef>

namespace pratique::archive {
namespace {

constexpr std::string_view kSeparators = "/\\";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_rooted(std::string_view name) {
    if (name.empty()) return false;
    if (kSeparators.find(name[0]) != std::string_view::npos) return true;
    // `C:x` without a separator is relative to the current folder of drive C, not to ours.
    return name.size() >= 2 && name[1] == ':' && is_letter(name[0]);
}

/// Windows drops spaces at the end of a component, so `.. ` is the parent there.
std::string_view without_trailing_spaces(std::string_view part) {
    const std::size_t last = part.find_last_not_of(' ');
    return last == std::string_view::npos ? std::string_view{} : part.substr(0, last + 1);
}

bool climbs_out(std::string_view name) {
    std::size_t depth = 0;
    while (!name.empty()) {
        const std::size_t cut = std::min(name.find_first_of(kSeparators), name.size());
        const std::string_view part = without_trailing_spaces(name.substr(0, cut));
        name.remove_prefix(std::min(cut + 1, name.size()));
        if (part == "..") {
            if (depth == 0) return true;
            --depth;
        } else if (!part.empty() && part != ".") {
            ++depth;
        }
    }
    return false;
}

}  // namespace

bool escapes(std::string_view name) {
    if (is_rooted(name) || climbs_out(name)) return true;
    const std::size_t nul = name.find('\0');
    return nul != std::string_view::npos && climbs_out(name.substr(0, nul));
}

bool is_plain_name(std::string_view name) {
    constexpr std::size_t kLongest = 255;
    if (name.empty() || name == "." || name == ".." || name.size() > kLongest) return false;
    return std::none_of(name.begin(), name.end(), [](char c) {
        return c == '/' || c == '\\' || c == '\x7f' || static_cast<unsigned char>(c) < 0x20;
    });
}

}  // namespace pratique::archive
