// pratique rules: what the scanner knows, listed, shown and checked.
#include "rules/rules.h"

#include <fstream>
#include <iterator>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "rules/lint.h"

namespace pratique::cli {
namespace {

void pad(std::string& out, std::size_t column) {
    const auto line = out.rfind('\n') + 1;
    const std::size_t width = out.size() - line;
    out.append(width < column ? column - width : 1, ' ');
}

int list() {
    std::string out;
    for (const rules::Rule& rule : rules::all()) {
        out += rule.id;
        pad(out, 34);
        out += rules::name(rule.standing);
        pad(out, 45);
        out += rule.title;
        out += '\n';
    }
    for (const rules::FindingInfo& finding : rules::findings()) {
        out += finding.id;
        pad(out, 34);
        out += rules::name(finding.severity);
        pad(out, 45);
        out += finding.title;
        out += '\n';
    }
    return print(out) ? kClean : kUndecided;
}

std::string show(const rules::Rule& rule) {
    std::string out = std::string(rule.id) + ": " + std::string(rule.title) + "\n  standing      ";
    out += rules::name(rule.standing);
    if (rule.standing != rules::Standing::vetted) {
        out += "\n  severity      " + std::string(rules::name(rule.severity)) +
               " (import alone: " + std::string(rules::name(rule.import_severity)) +
               ")\n  capabilities  " + rules::names(rule.capabilities);
    }
    return out + "\n  why           " + std::string(rule.why) + "\n";
}

std::string show(const rules::FindingInfo& finding) {
    return std::string(finding.id) + ": " + std::string(finding.title) + "\n  severity      " +
           std::string(rules::name(finding.severity)) + "\n  capabilities  " +
           rules::names(finding.capabilities) + "\n  why           " + std::string(finding.why) +
           "\n  advice        " + std::string(finding.advice) + "\n";
}

/// An id of either kind, or a Python name: what do the rules make of it?
int show(const std::string& wanted) {
    for (const rules::Rule& rule : rules::all()) {
        if (rule.id == wanted) return print(show(rule)) ? kClean : kUndecided;
    }
    for (const rules::FindingInfo& finding : rules::findings()) {
        if (finding.id == wanted) return print(show(finding)) ? kClean : kUndecided;
    }
    if (const rules::Rule* rule = rules::find(wanted)) {
        return print_text(escape(wanted) + " is known by\n" + show(*rule)) ? kClean : kUndecided;
    }
    complain("no rule has this id or knows this name: " + escape(wanted));
    return kUndecided;
}

int lint(const std::vector<std::string>& names) {
    std::vector<rules::SourceFile> files;
    for (const std::string& name : names) {
        std::ifstream in(name, std::ios::binary);
        // A folder can be opened, but not read: its first byte tells.
        if (!in || (in.peek(), in.bad())) {
            complain("cannot read " + escape(name));
            return kUndecided;
        }
        files.push_back({name, std::string(std::istreambuf_iterator<char>(in), {})});
    }
    std::string out;
    for (const std::string& complaint : rules::lint(files)) out += escape(complaint) + '\n';
    if (!print_text(out)) return kUndecided;
    return out.empty() ? kClean : kRefused;
}

}  // namespace

void add_rules(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("rules", "What the scanner knows");
    command->require_subcommand(1);
    command->add_subcommand("list", "All rules and findings")->callback([&exit] { exit = list(); });
    auto wanted = std::make_shared<std::string>();
    auto* show_command = command->add_subcommand("show", "One rule, by id or by a Python name");
    show_command->add_option("ID", *wanted, "PRQ-PICKLE-001, or os.system")->required();
    show_command->callback([wanted, &exit] { exit = show(*wanted); });
    auto files = std::make_shared<std::vector<std::string>>();
    auto* lint_command = command->add_subcommand("lint", "Check files of rules");
    lint_command->add_option("FILE", *files, "JSON files of rules")->required();
    lint_command->callback([files, &exit] { exit = lint(*files); });
}

}  // namespace pratique::cli
