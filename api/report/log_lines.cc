#include "api/report/log_lines.h"

#include <algorithm>

namespace pratique::api {
namespace {

/// GitHub's runner drops what Unicode calls white space from a line's start, and compares by rules
/// that pass over some other characters: all that is not ASCII counts as blank here.
bool is_blank(char c) { return c <= 0x20 || c >= 0x7f; }

bool starts_with_any_case(std::string_view text, std::string_view word) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                    [&](char a, char b) { return a == lower(b); });
}

}  // namespace

std::string without_commands(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool at_start = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = text.substr(i);
        const char c = rest.front();
        if (at_start && rest.starts_with("::")) {
            out += "\\x3a";
        } else if (rest.starts_with("##[") || starts_with_any_case(rest, "##vso[")) {
            out += "\\x23";
        } else {
            out += c;
        }
        at_start = c == '\n' || (at_start && is_blank(c));
    }
    return out;
}

}  // namespace pratique::api
