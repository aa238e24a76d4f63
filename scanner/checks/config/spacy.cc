#include "scanner/checks/config/spacy.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

/// Beginnings of the names that spaCy's own packages register, and thinc's without a package.
bool is_own(std::string_view name) {
    constexpr auto kOwn = std::to_array<std::string_view>(
        {"spacy.", "spacy-", "srsly.", "thinc", "Adam.", "RAdam.", "SGD.", "compounding.",
         "constant.", "constant_then.", "cyclic_triangular.", "decaying.", "slanted_triangular.",
         "warmup_linear."});
    return std::any_of(kOwn.begin(), kOwn.end(),
                       [&](std::string_view own) { return name.starts_with(own); });
}

std::string_view trimmed(std::string_view line, std::string_view of = " \t\r") {
    const auto first = line.find_first_not_of(of);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(of) + 1 - first);
}

/// Registries in a value that is JSON: {"@readers": "mine.v1"}.
bool names_foreign(std::string_view value) {
    for (auto at = value.find("\"@"); at != std::string_view::npos;
         at = value.find("\"@", at + 1)) {
        const auto colon = std::min(value.find(':', at), value.size());
        const auto quote = std::min(value.find('"', colon), value.size() - 1);
        if (!is_own(value.substr(quote + 1))) return true;
    }
    return false;
}

/// An option as Python's configparser reads it: indented or not, with "=" or ":".
void check_line(Scan& scan, const Artifact& artifact, std::size_t offset, std::string_view line) {
    line = trimmed(line);
    const auto between = line.find_first_of("=:");
    if (between == std::string_view::npos) return;
    const std::string_view value = trimmed(line.substr(between + 1), " \t\r\"");
    const auto say = [&](RuleId rule) { scan.find(rule, artifact, offset, escape(line, 200)); };
    const bool foreign = line.starts_with('@') ? !is_own(value) : names_foreign(line);
    if (foreign) return say(RuleId::config_registry_name);
    if (!line.starts_with('@') && archive::escapes(value)) say(RuleId::config_path);
}

/// Hands each line and where it begins to `look`.
template <class Look>
void each_line(std::string_view s, const Look& look) {
    for (std::size_t at = 0; at < s.size();) {
        const std::size_t end = std::min(s.find_first_of("\r\n", at), s.size());
        look(s.substr(at, end - at), at);
        at = end + 1;
    }
}

}  // namespace

Claim recognise_spacy(Bytes bytes, const Limits& /*limits*/) {
    bool configured = false;
    bool asks = false;
    each_line(text(bytes), [&](std::string_view line, std::size_t) {
        line = trimmed(line);
        configured = configured || line.starts_with("[nlp]");
        asks = asks || line.starts_with("pipeline") || line.starts_with('@');
    });
    return configured && asks ? Claim::weak : Claim::no;
}

void check_spacy(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    each_line(text(artifact.bytes), [&](std::string_view line, std::size_t offset) {
        check_line(scan, artifact, offset, line);
    });
}

}  // namespace pratique::scanner
