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

std::string_view unquoted(std::string_view value) {
    const auto first = value.find_first_not_of(" \t\"");
    if (first == std::string_view::npos) return {};
    return value.substr(first, value.find_last_not_of(" \t\r\"") + 1 - first);
}

void check_line(Scan& scan, const Artifact& artifact, std::size_t offset, std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view value = unquoted(line.substr(equals + 1));
    const auto say = [&](RuleId rule) { scan.find(rule, artifact, offset, escape(line, 200)); };
    if (line.starts_with('@')) {
        if (!is_own(value)) say(RuleId::config_registry_name);
    } else if (archive::escapes(value)) {
        say(RuleId::config_path);
    }
}

}  // namespace

Claim recognise_spacy(Bytes bytes, const Limits& /*limits*/) {
    const std::string_view s = text(bytes);
    const bool configured =
        s.starts_with("[nlp]\n") || s.find("\n[nlp]\n") != std::string_view::npos;
    return configured && s.find("\npipeline") != std::string_view::npos ? Claim::weak : Claim::no;
}

void check_spacy(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    const std::string_view s = text(artifact.bytes);
    for (std::size_t at = 0; at < s.size();) {
        const std::size_t end = std::min(s.find('\n', at), s.size());
        check_line(scan, artifact, at, s.substr(at, end - at));
        at = end + 1;
    }
}

}  // namespace pratique::scanner
