#include "scanner/checks/text/metadata.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace pratique::scanner {
namespace {

constexpr auto kMarkup = std::to_array<std::string_view>(
    {"<script", "<iframe", "<object", "<embed", "javascript:", "vbscript:", "onerror=", "onload="});

constexpr auto kPython = std::to_array<std::string_view>(
    {"__import__", "__builtins__", "__subclasses__", "__globals__", "os.system(", "os.popen(",
     "subprocess.", "exec(compile(", "eval(compile("});

bool same_letter(char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; }

}  // namespace

std::string_view find_markup(std::string_view text) {
    for (const std::string_view piece : kMarkup) {
        const auto* const found =
            std::search(text.begin(), text.end(), piece.begin(), piece.end(), same_letter);
        if (found != text.end()) return piece;
    }
    return {};
}

std::string_view find_python(std::string_view text) {
    for (const std::string_view piece : kPython) {
        if (text.find(piece) != std::string_view::npos) return piece;
    }
    return {};
}

}  // namespace pratique::scanner
