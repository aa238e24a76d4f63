#include "scanner/checks/onnx/location.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "formats/archive/member_name.h"

namespace pratique::scanner {
namespace {

constexpr std::string_view kSeparators = "/\\";

/// Calls `test` with each component; true if one passes.
template <class Test>
bool any_component(std::string_view name, Test test) {
    while (!name.empty()) {
        const std::size_t cut = std::min(name.find_first_of(kSeparators), name.size());
        if (test(name.substr(0, cut))) return true;
        name.remove_prefix(std::min(cut + 1, name.size()));
    }
    return false;
}

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// ".." with decoration: "#..", "..;", "...". To a file system a name, to some parser of addresses
/// on the way the folder above.
bool is_disguised(std::string_view component) {
    return component.size() > 2 && component.find("..") != std::string_view::npos &&
           std::ranges::none_of(component, is_alphanumeric);
}

/// Names that Windows takes for devices in any folder and with any extension.
bool is_device(std::string_view component) {
    std::string stem(component.substr(0, component.find_first_of(".: ")));
    for (char& c : stem) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    constexpr auto kDevices =
        std::to_array<std::string_view>({"AUX", "CON", "CONIN$", "CONOUT$", "NUL", "PRN"});
    if (std::ranges::find(kDevices, stem) != kDevices.end()) return true;
    const bool is_port = stem.starts_with("COM") || stem.starts_with("LPT");
    return is_port && stem.size() == 4 && stem[3] >= '0' && stem[3] <= '9';
}

/// "https://…", "file:…", "data:…".
bool is_address(std::string_view name) {
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos || colon < 2) return false;
    const std::string_view scheme = name.substr(0, colon);
    const bool named = std::ranges::all_of(
        scheme, [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
    return named && (name.substr(colon).starts_with("://") || scheme == "file");
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }

}  // namespace

Place place_of(std::string_view location) {
    const bool leads_out = archive::escapes(location) || location.starts_with('~') ||
                           is_address(location) || any_component(location, is_disguised);
    if (leads_out) return Place::outside;
    const auto is_odd = [](std::string_view part) { return part == ".." || is_device(part); };
    const bool odd = location.empty() || std::ranges::any_of(location, is_control) ||
                     any_component(location, is_odd);
    return odd ? Place::odd : Place::inside;
}

bool is_path_or_address(std::string_view value) {
    if (is_address(value)) return true;
    const bool has_two = value.find_first_of(kSeparators, 1) != std::string_view::npos;
    return has_two && archive::escapes(value);
}

}  // namespace pratique::scanner
