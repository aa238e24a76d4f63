#include "scanner/checks/config/requirement.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/python/encoding.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(kSpace) + 1 - first);
}

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }

bool is_comment(std::string_view line) { return trimmed(line).starts_with('#'); }

std::string_view without_comment(std::string_view line) {
    for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
        if (at == 0 || is_space(line[at - 1])) return trimmed(line.substr(0, at));
    }
    return trimmed(line);
}

std::string lower(std::string_view s) {
    std::string out(s);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return out;
}

/// Where Python's splitlines() ends the line that begins at `at`, and how long its end is.
struct Break {
    std::size_t at;
    std::size_t length;
};
Break break_behind(std::string_view text, std::size_t at) {
    using namespace std::string_view_literals;
    while ((at = text.find_first_of("\n\v\f\r\xc2\xe2", at)) != std::string_view::npos) {
        if (text[at] != '\xc2' && text[at] != '\xe2') return {at, 1};
        for (const std::string_view mark : {"\xc2\x85"sv, "\xe2\x80\xa8"sv, "\xe2\x80\xa9"sv}) {
            if (text.substr(at).starts_with(mark)) return {at, mark.size()};
        }
        ++at;
    }
    return {text.size(), 0};
}

/// Hands each line that says something, and where it begins, to `look` until that returns false.
/// Lines are split, joined behind a backslash and rid of comments in pip's order.
template <class Look>
bool each_line(std::string_view text, const Look& look) {
    std::string joined;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Break end = break_behind(text, at);
        std::string_view part = text.substr(at, end.at - at);
        if (joined.empty()) begin = at;
        at = end.at + end.length;
        const bool comment = is_comment(part);
        const bool more = !comment && part.ends_with('\\');
        while (more && part.ends_with('\\')) part.remove_suffix(1);
        if (comment) joined += ' ';
        joined += part;
        if (more && at < text.size()) continue;
        const std::string_view line = without_comment(joined);
        if (!line.empty() && !look(line, begin)) return false;
        joined.clear();
    }
    return true;
}

/// As a shell would have the words of a line: pip's options are split as a shell splits them.
std::string without_quotes(std::string_view line) {
    std::string out(line);
    std::erase_if(out, [](char c) { return c == '"' || c == '\'' || c == '\\'; });
    return out;
}

/// Hosts of indexes and forges whose names say who stands behind a package. Sorted.
bool is_known_host(std::string_view host) {
    constexpr std::string_view kHosts[] = {
        "conda.anaconda.org", "data.pyg.org", "download.pytorch.org", "files.pythonhosted.org",
        "github.com",         "gitlab.com",   "huggingface.co",       "pypi.anaconda.org",
        "pypi.nvidia.com",    "pypi.org",     "pypi.python.org",      "storage.googleapis.com"};
    return std::find(std::begin(kHosts), std::end(kHosts), host) != std::end(kHosts);
}

struct Source {
    std::string_view scheme;
    std::string_view host;
};

/// The URL around a `://`: "pkg @ https://...", "-e git+ssh://...", "-i https://...".
Source source_at(std::string_view line, std::size_t colon) {
    const auto before = line.find_last_of(" \t=@", colon);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    Source out{line.substr(begin, colon - begin), line.substr(colon + 3)};
    out.host = out.host.substr(0, out.host.find_first_of("/ \t?#"));
    const auto user = out.host.rfind('@');
    if (user != std::string_view::npos) out.host.remove_prefix(user + 1);
    return out;
}

/// What the addresses of a line, which is in lower case, have in common.
enum class Sources : std::uint8_t { none, known, unknown };

Sources sources_of(std::string_view line) {
    auto out = Sources::none;
    for (auto colon = line.find("://"); colon != std::string_view::npos;
         colon = line.find("://", colon + 3)) {
        const Source source = source_at(line, colon);
        const bool open = source.scheme.ends_with("http") || source.scheme.ends_with("git");
        if (open || !is_known_host(source.host)) return Sources::unknown;
        out = Sources::known;
    }
    return out;
}

bool is_option(std::string_view line) { return line.starts_with('-'); }

/// "name", "name[extra]>=1.0; marker", "name (>=1.0)", "name @ url": as PEP 508 has it, roughly.
bool is_requirement(std::string_view line) {
    const auto is_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    const auto end = std::find_if_not(line.begin(), line.end(), is_name);
    if (end == line.begin() || line.front() == '.') return false;
    const std::string_view rest = trimmed({end, line.end()});
    // A single "=" is an assignment in whatever else this may be, and what stands in brackets a
    // call, if it is no version.
    if (rest.starts_with('=')) return rest.starts_with("==");
    if (rest.starts_with('(')) {
        const auto inner = rest.find_first_not_of(" \t", 1);
        return inner != std::string_view::npos &&
               std::string_view("<>=!~").find(rest[inner]) != std::string_view::npos;
    }
    return rest.empty() ||
           std::string_view("[<>!~;@,\\").find(rest.front()) != std::string_view::npos;
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

/// Whether a word of the line is `--trusted-host` or the beginning that is enough of it.
bool trusts_host(std::string_view line) {
    return line.starts_with("--t") || line.find(" --t") != std::string_view::npos ||
           line.find("\t--t") != std::string_view::npos;
}

/// Options that bring no package: "-r" and "-c" name files that are looked at as this one is.
bool is_plain_option(std::string_view line) {
    constexpr std::string_view kOptions[] = {"-r",
                                             "-c",
                                             "--requirement",
                                             "--constraint",
                                             "--no-",
                                             "--only-binary",
                                             "--pre",
                                             "--require-hashes",
                                             "--use-feature",
                                             "--hash"};
    return std::any_of(std::begin(kOptions), std::end(kOptions),
                       [&](std::string_view option) { return line.starts_with(option); });
}

/// What a line brings in, if that is worth a word. In lists, which conda and others have as well,
/// lines that are not pip's say nothing.
std::optional<RuleId> judge(std::string_view line, bool file) {
    const std::string plain = lower(without_quotes(line));
    if (trusts_host(plain)) return RuleId::config_package_source;
    switch (sources_of(plain)) {
        case Sources::unknown: return RuleId::config_package_source;
        case Sources::known: return RuleId::config_package_repository;
        case Sources::none: break;
    }
    const bool computed = plain.find("${") != std::string::npos;
    if (computed && (file || is_option(plain))) return RuleId::config_package_source;
    if (!file || is_plain_option(plain)) return std::nullopt;
    const bool named = is_requirement(line) && plain.find('@') == std::string::npos;
    return named ? std::nullopt : std::optional(RuleId::config_package_path);
}

void judge_requirement(Scan& scan, const Artifact& artifact, std::uint64_t offset,
                       std::string_view line, const std::string& where) {
    const auto rule = judge(line, where.empty());
    if (rule) scan.find(*rule, artifact, offset, where + escape(line, 200));
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

bool is_named_like_requirements(std::string_view name) {
    const std::string base = base_name(name);
    const bool said = base.find("requirements") != std::string::npos ||
                      base.find("constraints") != std::string::npos;
    return said && base.ends_with(".txt");
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
    std::string_view lines = text(artifact.bytes);
    if (lines.starts_with("\xef\xbb\xbf")) lines.remove_prefix(3);
    const std::string_view encoding = declared_encoding(lines);
    if (turns_ascii(encoding)) {
        scan.gap(GapReason::unsupported, artifact, 0,
                 "requirements in the encoding " + escape(encoding, 100));
    }
    each_line(lines, [&](std::string_view line, std::size_t offset) {
        judge_requirement(scan, artifact, offset, line, "");
        return true;
    });
}

}  // namespace pratique::scanner
