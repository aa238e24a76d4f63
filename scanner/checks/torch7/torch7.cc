#include "scanner/checks/torch7/torch7.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/torch7/torch7.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

/// Functions and modules of Lua that lead out of a computation, as constants of byte code.
constexpr auto kReaching =
    std::to_array<std::string_view>({"cdef", "dofile", "execute", "ffi", "load", "loadfile",
                                     "loadlib", "loadstring", "popen", "socket", "tmpname"});

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The first name of kReaching that stands in byte code by itself; constants lie there as they are.
std::string_view reaching_name(std::string_view code) {
    auto at = code.begin();
    while (at != code.end()) {
        const auto begin = std::find_if(at, code.end(), is_name_character);
        at = std::find_if_not(begin, code.end(), is_name_character);
        const std::string_view word(begin, at);
        if (std::ranges::find(kReaching, word) != kReaching.end()) return word;
    }
    return {};
}

}  // namespace

void check_torch7(Scan& scan, const Artifact& artifact) {
    const torch7::Archive archive = torch7::read(artifact.bytes);
    for (const torch7::Function& function : archive.functions) {
        const std::string_view name = reaching_name(text(function.code));
        scan.find(name.empty() ? RuleId::torch7_function : RuleId::torch7_function_reaches_out,
                  artifact, function.at,
                  name.empty() ? std::to_string(function.code.size()) + " bytes of byte code"
                               : std::string(name));
    }
    if (archive.error) {
        scan.gap(*archive.error, artifact);
        return search_hidden_pickles(scan, artifact);
    }
    inspect_unclaimed(scan, artifact, archive.end, artifact.bytes.size());
}

}  // namespace pratique::scanner
