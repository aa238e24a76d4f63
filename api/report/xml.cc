#include "api/report/xml.h"

#include <algorithm>

#include "base/text.h"

namespace pratique::api {
namespace {

void append(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find_first_of("<>&\"'\xef"), text.size());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        std::size_t used = 1;
        switch (text.front()) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default:
                // U+FFFE and U+FFFF are the only printable ones that XML has not.
                if (text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf")) {
                    out += text[2] == '\xbe' ? "\\ufffe" : "\\uffff";
                    used = 3;
                } else {
                    out += text.front();
                }
        }
        text.remove_prefix(used);
    }
}

}  // namespace

std::string xml(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    if (is_printable(text)) {
        append(out, text);
    } else {
        append(out, escape(text, text.size()));
    }
    return out;
}

std::string xml_attribute(std::string_view name, std::string_view value) {
    return " " + std::string(name) + "=\"" + xml(value) + "\"";
}

}  // namespace pratique::api
