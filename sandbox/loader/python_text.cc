#include "sandbox/loader/python_text.h"

#include "base/text.h"

namespace pratique::loader {

std::string quoted(std::string_view text) {
    const bool in_double =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    const char quote = in_double ? '"' : '\'';
    std::string out(1, quote);
    for (const char c : escape(text, text.size())) {
        if (c == quote) out += '\\';
        out += c;
    }
    return out + quote;
}

std::string tuple_of(const std::vector<std::uint64_t>& numbers) {
    std::string out;
    for (const std::uint64_t number : numbers) {
        out += (out.empty() ? "" : ", ") + std::to_string(number);
    }
    return "(" + out + (numbers.size() == 1 ? ",)" : ")");
}

}  // namespace pratique::loader
