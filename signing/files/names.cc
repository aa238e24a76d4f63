#include "signing/files/names.h"

#include <algorithm>

#include "base/text.h"

namespace pratique::signing {

std::string_view fault_of_name(std::string_view name) {
    if (name.size() > kLongestName) return "longer than 4096 bytes";
    if (!is_utf8(name)) return "not UTF-8";
    if (name.find('\0') != std::string_view::npos) return "a zero byte";
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        const std::string_view component = name.substr(begin, end - begin);
        if (component.empty()) return "a component without characters";
        if (component == "." || component == "..") return "a component that is . or ..";
        if (component.size() > kLongestComponent) return "a component longer than 255 bytes";
        begin = end + 1;
    }
    return {};
}

}  // namespace pratique::signing
