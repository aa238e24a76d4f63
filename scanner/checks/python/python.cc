#include "scanner/checks/python/python.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/python/encoding.h"
#include "scanner/checks/python/interpreter.h"
#include "scanner/checks/script/script.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

using python::NodeKind;
using python::StatementKind;

/// What of a text is read to tell whether it is Python.
constexpr std::size_t kHead = 256 * kKiB;

/// Statements that no other text has by chance.
std::size_t count_signs(const python::Tree& tree) {
    return static_cast<std::size_t>(
        std::ranges::count_if(tree.statements, [&](const python::Statement& statement) {
            const auto roots = tree.roots_of(statement);
            const bool value = statement.kind == StatementKind::expression ||
                               statement.kind == StatementKind::assign;
            const bool calls = value && !roots.empty() &&
                               (tree.nodes[roots.back()].kind == NodeKind::call ||
                                tree.nodes[roots.back()].kind == NodeKind::comprehension);
            return calls || statement.import_count > 0 || statement.kind == StatementKind::def ||
                   statement.kind == StatementKind::class_;
        }));
}

/// The first lines, at most kHead bytes of them.
std::string_view head_of(std::string_view source) {
    if (source.size() <= kHead) return source;
    return source.substr(0, source.substr(0, kHead).rfind('\n') + 1);
}

/// U+202A to U+202E and U+2066 to U+2069 in UTF-8.
bool turns_direction(std::string_view mark) {
    if (mark.size() != 3) return false;
    const char last = mark.back();
    return (mark.starts_with("\xe2\x80") && last >= '\xaa' && last <= '\xae') ||
           (mark.starts_with("\xe2\x81") && last >= '\xa6' && last <= '\xa9');
}

/// Marks of direction and what else does not show, as "Trojan Source" uses them.
void check_characters(Scan& scan, const Artifact& artifact) {
    const std::string_view source = text(artifact.bytes);
    for (std::size_t at = source.find('\xe2'); at != std::string_view::npos;
         at = source.find('\xe2', at + 1)) {
        const std::string_view mark = source.substr(at, 3);
        if (!turns_direction(mark)) continue;
        return scan.find(RuleId::python_disguised_name, artifact, at, escape(mark));
    }
}

}  // namespace

Claim recognise_python(Bytes bytes, const Limits& /*limits*/) {
    const std::string_view source = text(bytes);
    if (turns_ascii(declared_encoding(source))) return Claim::weak;
    const std::string_view head = head_of(source);
    const python::Tree tree = python::parse(head);
    // A text that was cut may end inside of anything.
    const bool cut = head.size() < source.size() && tree.broken <= 1;
    return (!tree.error || cut) && count_signs(tree) > 0 ? Claim::weak : Claim::no;
}

bool is_broken_python(const Artifact& artifact) {
    if (!ends_as(artifact.name, ".py") && !ends_as(artifact.name, ".pyw")) return false;
    const python::Tree tree = python::parse(head_of(text(artifact.bytes)));
    return count_signs(tree) > 0;
}

void check_python(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    if (ends_as(artifact.name, ".pth")) check_path_file(scan, artifact);
    // A source of another language may read as Python.
    if (holds_commands(artifact.name)) check_commands(scan, artifact);
    check_source(scan, artifact, When::imported);
}

void check_source(Scan& scan, const Artifact& artifact, When when) {
    const std::string_view source = text(artifact.bytes);
    const std::string_view encoding = declared_encoding(source);
    const bool ascii = std::ranges::none_of(source, [](char c) { return (c & 0x80) != 0; });
    if (turns_ascii(encoding)) {
        scan.find(RuleId::python_encoding, artifact, 0, escape(encoding, 100));
    }
    if (turns_ascii(encoding) || (!ascii && swallows_ascii(encoding))) {
        scan.gap(GapReason::unsupported, artifact, 0,
                 "source in the encoding " + escape(encoding, 100));
    }
    check_characters(scan, artifact);
    const python::Tree tree = python::parse(source);
    if (tree.error) {
        const bool limit = tree.error->code != Errc::bad_text;
        scan.gap(limit ? gap_of(tree.error->code) : GapReason::malformed, artifact,
                 tree.error->offset,
                 limit ? "source that nests too deep or is too long"
                       : "no Python from here to the end of the line");
    }
    Interpreter(scan, artifact, tree).run(when);
}

bool check_path_file(Scan& scan, const Artifact& artifact) {
    bool folders = true;
    std::string_view rest = text(artifact.bytes);
    std::uint64_t at = 0;
    while (!rest.empty()) {
        const auto end = std::min(rest.find_first_of("\r\n"), rest.size());
        const std::string_view line = rest.substr(0, end);
        const bool code = line.starts_with("import ") || line.starts_with("import\t");
        if (code) {
            scan.find(RuleId::python_path_file, artifact, at, escape(line, 200));
            Artifact statement = artifact;
            statement.bytes = as_bytes(line);
            check_source(scan, statement, When::imported);
        }
        const bool folder = line.find_first_of("/\\.") != std::string_view::npos;
        folders = folders && (code || folder || line.empty());
        at += std::min(end + 1, rest.size());
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return folders;
}

}  // namespace pratique::scanner
