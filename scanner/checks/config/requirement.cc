#include "scanner/checks/config/requirement.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

std::string_view without_comment(std::string_view line) {
    if (line.starts_with('#')) return {};
    const auto comment = std::min(line.find(" #"), line.size());
    return trimmed(line.substr(0, comment));
}

/// Hosts of indexes and forges whose names say who stands behind a package. Sorted.
bool is_known_host(std::string_view host) {
    constexpr std::string_view kHosts[] = {
        "data.pyg.org", "download.pytorch.org", "files.pythonhosted.org", "github.com",
        "gitlab.com",   "huggingface.co",       "pypi.anaconda.org",      "pypi.nvidia.com",
        "pypi.org",     "pypi.python.org",      "storage.googleapis.com"};
    return std::find(std::begin(kHosts), std::end(kHosts), host) != std::end(kHosts);
}

struct Source {
    std::string_view scheme;
    std::string_view host;
};

/// The URL in a line of requirements: "pkg @ https://...", "-e git+ssh://...", "-i https://...".
std::optional<Source> source_of(std::string_view line) {
    const auto colon = line.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    const auto begin = line.find_last_of(" \t=@'\"", colon);
    Source out;
    out.scheme = line.substr(begin == std::string_view::npos ? 0 : begin + 1,
                             colon - (begin == std::string_view::npos ? 0 : begin + 1));
    out.host = line.substr(colon + 3);
    out.host = out.host.substr(0, out.host.find_first_of("/ \t?#"));
    const auto user = out.host.rfind('@');
    if (user != std::string_view::npos) out.host.remove_prefix(user + 1);
    return out;
}

bool is_option(std::string_view line) { return line.starts_with('-'); }

/// "name", "name[extra]>=1.0; marker", "name @ url": as PEP 508 has it, roughly.
bool is_requirement(std::string_view line) {
    const auto is_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    const auto end = std::find_if_not(line.begin(), line.end(), is_name);
    if (end == line.begin()) return false;
    const std::string_view rest = trimmed({end, line.end()});
    return rest.empty() ||
           std::string_view("[<>=!~;@,\\").find(rest.front()) != std::string_view::npos;
}

/// An address of a package, by itself in its line.
bool is_address(std::string_view line) {
    return line.find("://") != std::string_view::npos &&
           line.find_first_of(" \t") == std::string_view::npos;
}

bool names_source(std::string_view line) {
    return line.find("://") != std::string_view::npos || line.starts_with("--trusted-host") ||
           line.starts_with("-e") || line.starts_with("-r") || line.starts_with("-c");
}

/// Hands each line that says something, and where it begins, to `look` until that returns false.
template <class Look>
bool each_line(std::string_view text, const Look& look) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const std::size_t end = std::min(text.find('\n', at), text.size());
        at = end + 1;
        const std::string_view line = without_comment(trimmed(text.substr(begin, end - begin)));
        if (!line.empty() && !look(line, begin)) return false;
    }
    return true;
}

void judge_requirement(Scan& scan, const Artifact& artifact, std::uint64_t offset,
                       std::string_view line, const std::string& where) {
    const auto say = [&](RuleId rule) {
        scan.find(rule, artifact, offset, where + escape(line, 200));
    };
    if (line.starts_with("--trusted-host")) return say(RuleId::config_package_source);
    const auto source = source_of(line);
    if (!source) return;
    const bool open = source->scheme.ends_with("http") || source->scheme.ends_with("git");
    say(open || !is_known_host(source->host) ? RuleId::config_package_source
                                             : RuleId::config_package_repository);
}

}  // namespace

void check_requirements(const Met& met) {
    const auto* list = met.value().as<json::Array>();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        const auto* line = (*list)[i].as<std::string>();
        if (line == nullptr) continue;
        judge_requirement(met.scan, met.artifact, 0, trimmed(*line), met.where() + ": ");
    }
}

Claim recognise_requirements(Bytes bytes, const Limits& /*limits*/) {
    bool source = false;
    const bool all = each_line(text(bytes), [&](std::string_view line, std::size_t) {
        source = source || names_source(line);
        return is_option(line) || is_requirement(line) || is_address(line);
    });
    return all && source ? Claim::weak : Claim::no;
}

void check_requirements_text(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    each_line(text(artifact.bytes), [&](std::string_view line, std::size_t offset) {
        judge_requirement(scan, artifact, offset, line, "");
        return true;
    });
}

}  // namespace pratique::scanner
