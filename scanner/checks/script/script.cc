#include "scanner/checks/script/script.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/python/command.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return out;
}

}  // namespace

Claim recognise_script(Bytes bytes, const Limits& /*limits*/) {
    const std::string_view s = text(bytes);
    const std::string_view first = s.substr(0, s.find_first_of("\r\n"));
    const bool python = first.find("python") != std::string_view::npos;
    const bool interpreter = first.starts_with("#!") && !python;
    const bool batch = first.starts_with("@echo") || first.starts_with("@ECHO");
    return interpreter || batch ? Claim::weak : Claim::no;
}

bool is_script_name(std::string_view path) {
    constexpr auto kEndings = std::to_array<std::string_view>(
        {".sh", ".bash", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".command"});
    const std::string name = lower(path);
    return std::ranges::any_of(kEndings,
                               [&](std::string_view ending) { return ends_as(name, ending); });
}

bool holds_commands(std::string_view path) {
    constexpr auto kEndings =
        std::to_array<std::string_view>({".cjs", ".dockerfile", ".jl", ".js", ".lua", ".mjs", ".mk",
                                         ".php", ".pl", ".r", ".rb", ".ts"});
    constexpr auto kNames = std::to_array<std::string_view>(
        {"containerfile", "dockerfile", "gnumakefile", "justfile", "makefile"});
    const std::string whole = lower(path);
    const std::string_view name = std::string_view(whole).substr(whole.rfind('/') + 1);
    return std::ranges::find(kNames, name) != kNames.end() || name.starts_with("dockerfile.") ||
           std::ranges::any_of(kEndings,
                               [&](std::string_view ending) { return name.ends_with(ending); });
}

void check_commands(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    check_command_lines(scan, artifact, text(artifact.bytes), 0);
}

void check_command_lines(Scan& scan, const Artifact& artifact, std::string_view lines,
                         std::uint64_t offset) {
    std::string line;  // with those that a backslash joins to it
    std::uint64_t begin = offset;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        std::string_view part = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        offset += end + 1;
        if (part.ends_with('\r')) part.remove_suffix(1);
        const bool more = part.ends_with('\\') || part.ends_with('`') || part.ends_with('|');
        if (part.ends_with('\\') || part.ends_with('`')) part.remove_suffix(1);
        line += part;
        if (more && !lines.empty() && line.size() < 64 * kKiB) continue;
        const auto first = line.find_first_not_of(" \t");
        const bool comment = first != std::string::npos && line[first] == '#';
        if (!comment && harms(line)) {
            scan.find(RuleId::script_harmful_line, artifact, begin, escape(line, 200));
        }
        line.clear();
        begin = offset;
    }
}

void check_script(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    scan.find(RuleId::script_present, artifact, 0);
    check_command_lines(scan, artifact, text(artifact.bytes), 0);
}

}  // namespace pratique::scanner
