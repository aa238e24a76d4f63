#include "rules/compile/emit.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/digest.h"
#include "rules/build.h"

namespace pratique::rules {
namespace {

constexpr std::size_t kLineLength = 96;
constexpr std::string_view kWarning =
    "// Written by rules_compile from the JSON files in rules/. Do not edit.\n";

// `text` as the inside of a string literal: three-digit octal escapes cannot run into what follows.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte > 0x7E || c == '"' || c == '\\' || c == '?') {
            out += '\\';
            out += static_cast<char>('0' + (byte >> 6));
            out += static_cast<char>('0' + (byte >> 3 & 7));
            out += static_cast<char>('0' + (byte & 7));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string lines_of(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += kLineLength) {
        out += "    " + quoted(text.substr(at, kLineLength)) + "\n";
    }
    return out.empty() ? "    \"\"\n" : out;
}

// One array of constants. An empty one is not valid C++, so it is written as no array at all.
class Array {
public:
    Array(std::string_view type, std::string_view name) : type_(type), name_(name) {}

    void row(const std::string& fields) {
        text_ += "    {" + fields + "},\n";
        ++count_;
    }
    std::string take() const {
        return "constexpr std::array<" + type_ + ", " + std::to_string(count_) + "> " + name_ +
               " = {{\n" + text_ + "}};\n\n";
    }

private:
    std::string type_;
    std::string name_;
    std::string text_;
    std::size_t count_ = 0;
};

std::string field(Text text) { return "{" + std::to_string(text.bits) + "U}"; }

std::string severity_field(Severity severity) { return "Severity::" + std::string(name(severity)); }

std::string entry_array(std::string_view array_name, const std::vector<Entry>& entries) {
    Array array("Entry", array_name);
    for (const Entry& entry : entries) {
        array.row(field(entry.name) + ", " + std::to_string(entry.rule));
    }
    return array.take();
}

using Row = std::vector<std::string>;

std::string row_array(std::string_view type, std::string_view array_name, std::vector<Row> rows,
                      TextBlock& texts) {
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    Array array(type, array_name);
    for (const Row& row : rows) {
        std::string fields;
        for (const std::string& text : row) {
            fields += (fields.empty() ? "" : ", ") + field(texts.add(text));
        }
        array.row(fields);
    }
    return array.take();
}

std::string text_array(std::string_view array_name, std::vector<std::string> names,
                       TextBlock& texts) {
    std::sort(names.begin(), names.end());
    Array array("Text", array_name);
    for (const std::string& one : names) {
        array.row(std::to_string(texts.add(one).bits) + "U");
    }
    return array.take();
}

std::string rule_fields(const BuiltRule& rule) {
    if (rule.source == nullptr) {
        const SourceClass& found = *rule.generated;
        const Severity import_severity = std::min(found.severity, Severity::low);
        return quoted("CLASS:" + found.name) + ", \"Making or filling this class has effects\", " +
               quoted(found.evidence) + ", Standing::dangerous, " + severity_field(found.severity) +
               ", " + severity_field(import_severity) + ", " + std::to_string(found.capabilities) +
               ", 0, false, -1, Effect::call";
    }
    const SourceRule& source = *rule.source;
    return quoted(source.id) + ", " + quoted(source.title) + ", " + quoted(source.why) +
           ", Standing::" + std::string(name(source.standing)) + ", " +
           severity_field(source.severity) + ", " + severity_field(source.import_severity) + ", " +
           std::to_string(source.capabilities) + ", " + std::to_string(source.effects) + ", " +
           (source.package ? "true" : "false") + ", " + std::to_string(source.followed_argument) +
           (source.followed_effect == Effect::call ? ", Effect::call" : ", Effect::construct");
}

std::string rule_array(const Built& built) {
    Array array("Rule", "kRules");
    for (const BuiltRule& rule : built.rules) {
        array.row(rule_fields(rule));
    }
    return array.take();
}

std::string finding_array(const Sources& sources) {
    Array array("FindingInfo", "kFindings");
    for (const SourceFinding& finding : sources.findings) {
        array.row(quoted(finding.id) + ", " + quoted(finding.title) + ", " + quoted(finding.why) +
                  ", " + quoted(finding.advice) + ", " + severity_field(finding.severity) + ", " +
                  std::to_string(finding.capabilities));
    }
    return array.take();
}

}  // namespace

std::string digest_of(std::span<const SourceFile> files) {
    std::string all;
    for (const SourceFile& file : files) {
        all += file.name + '\0' + std::to_string(file.text.size()) + '\0' + file.text;
    }
    return sha256_hex(as_bytes(all));
}

std::string emit_tables(const Sources& sources, std::string_view digest) {
    Built built = build(sources);
    std::string arrays = entry_array("kExact", built.exact) + entry_array("kBelow", built.below) +
                         entry_array("kAnywhere", built.anywhere) + rule_array(built) +
                         finding_array(sources);
    arrays += row_array("ModuleAlias", "kReexports", sources.reexports, built.texts);
    arrays += row_array("MovedName", "kMovedNames", sources.moved_names, built.texts);
    arrays += row_array("MovedModule", "kMovedModules", sources.moved_modules, built.texts);
    arrays += text_array("kHooks", sources.hooks, built.texts);
    arrays += text_array("kUnvouched", sources.unvouched_components, built.texts);
    return std::string(kWarning) +
           "#include \"rules/tables.h\"\n\n#include <array>\n\n"
           "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
           "namespace pratique::rules {\nnamespace {\n\nconstexpr std::string_view kText =\n" +
           lines_of(built.texts.block()) + "    ;\n\n" + arrays +
           "}  // namespace\n\nconstinit const Tables kTables = {\n"
           "    {kText, kExact, kBelow, kAnywhere}, kRules, kReexports, kMovedNames,\n"
           "    kMovedModules, kHooks, kUnvouched, kFindings,\n    " +
           quoted(digest) + "};\n\n}  // namespace pratique::rules\n";
}

std::string emit_findings(const Sources& sources) {
    std::string out = std::string(kWarning) +
                      "#pragma once\n\n#include <cstdint>\n\nnamespace pratique::rules {\n\n"
                      "/// One enumerator for each finding that the scanner can emit; what it "
                      "means: rules::info().\nenum class RuleId : std::uint16_t {\n";
    for (const SourceFinding& finding : sources.findings) {
        out += "    " + finding.name + ",  // " + finding.id + " " + finding.title + "\n";
    }
    return out + "};\ninline constexpr std::uint16_t kFindingCount = " +
           std::to_string(sources.findings.size()) + ";\n\n}  // namespace pratique::rules\n";
}

}  // namespace pratique::rules
