#include "scanner/checks/yaml/yaml.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/yaml/yaml.h"
#include "rules/findings.h"
#include "scanner/checks/config/callable.h"
#include "scanner/checks/document/document.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/script/script.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

using rules::Effect;

/// Lines at the margin that tell whether a text is YAML.
constexpr int kLinesAsked = 256;

/// A line that does not begin with white space, as YAML has it: a key, an item, a sign of its own.
bool may_be_yaml(std::string_view line) {
    if (std::string_view("#?!&*%|>{[}]\"'.").find(line.front()) != std::string_view::npos) {
        return true;
    }
    if (line.front() == '-') return line.size() == 1 || line[1] == ' ' || line.starts_with("---");
    const auto colon = line.find(':');
    return colon != std::string_view::npos && (colon + 1 == line.size() || line[colon + 1] == ' ');
}

bool has_key(std::string_view line) {
    return line.find(": ") != std::string_view::npos || line.ends_with(':');
}

/// Behind its comments, a mapping or a list in one pair of brackets, as JSON has them.
bool is_bracketed(std::string_view text) {
    while (text.starts_with('#') || text.starts_with('\n') || text.starts_with('\r')) {
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    }
    const auto last = text.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos || begins_with_section(text)) return false;
    const char end = text[last];
    return (text.front() == '{' && end == '}') || (text.front() == '[' && end == ']');
}

/// Lines that a package's WHEEL file has and nothing else: headers, as mail has them.
bool is_wheel(std::string_view text) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"Build:", "Generator:", "Root-Is-Purelib:", "Tag:", "Wheel-Version:"});
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool known = std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
            return line.starts_with(name);
        });
        if (!known && line.find_first_not_of(" \t\r") != std::string_view::npos) return false;
    }
    return true;
}

/// Whether the lines at the margin are those of a mapping or a list.
bool looks_like_yaml(std::string_view text) {
    if (is_bracketed(text)) return true;
    bool keyed = false;
    bool opened = false;  // by a key whose value is still to come
    for (int lines = 0; !text.empty() && lines < kLinesAsked;) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        // YAML's blocks are never indented by tabs; the recipes of a Makefile are.
        if (opened && line.starts_with('\t')) return false;
        opened = line.ends_with(':');
        if (line.empty() || line.front() == ' ' || line.front() == '\t') continue;
        if (!may_be_yaml(line)) return false;
        keyed = keyed || (line.front() != '#' && has_key(line));
        ++lines;
    }
    return keyed;
}

/// What makes a loader of YAML act, however little the rest looks like it.
bool is_telling(std::string_view text) {
    constexpr std::string_view kSigns[] = {"!!python/",  "tag:yaml.org,2002:",
                                           "_target_:",  "_target_\":",
                                           "_target_':", "%TAG ",
                                           "!new:",      "!apply:",
                                           "!!js/"};
    return std::any_of(std::begin(kSigns), std::end(kSigns), [&](std::string_view sign) {
        return text.find(sign) != std::string_view::npos;
    });
}

/// The same signs, as far as they can be told where escapes may hide them.
bool could_tell(std::string_view text) {
    constexpr std::string_view kSigns[] = {"!!",  "!<",  "_target", "class_path",
                                           "\\x", "\\u", "\\U"};
    return std::any_of(std::begin(kSigns), std::end(kSigns), [&](std::string_view sign) {
        return text.find(sign) != std::string_view::npos;
    });
}

/// A tag that names a Python object: what stands before the name, and what becomes of it. The
/// longer beginnings first.
struct Naming {
    std::string_view prefix;
    Effect effect;
};
constexpr auto kNamings = std::to_array<Naming>({
    {"tag:yaml.org,2002:python/object/apply:", Effect::call},
    {"tag:yaml.org,2002:python/object/new:", Effect::construct},
    {"tag:yaml.org,2002:python/object:", Effect::construct},
    {"tag:yaml.org,2002:python/name:", Effect::import_},
    {"tag:yaml.org,2002:python/module:", Effect::import_},
    // HyperPyYAML, which SpeechBrain's models are configured with.
    {"!apply:", Effect::call},
    {"!new:", Effect::call},
    {"!name:", Effect::import_},
    {"!module:", Effect::import_},
});

/// Tags by which other languages' loaders make objects: js-yaml, SnakeYAML, Psych.
bool makes_foreign_object(std::string_view tag) {
    constexpr std::string_view kYaml = "tag:yaml.org,2002:";
    if (tag.starts_with("!ruby/") || tag.starts_with("tag:ruby.yaml.org,2002:")) return true;
    if (!tag.starts_with(kYaml)) return false;
    const std::string_view type = tag.substr(kYaml.size());
    return type.starts_with("js/") || type.starts_with("python/") || type.starts_with("ruby/") ||
           type.find('.') != std::string_view::npos;
}

void judge_tag(Scan& scan, const Artifact& artifact, const yaml::Tag& tag) {
    for (const Naming& naming : kNamings) {
        if (!tag.name.starts_with(naming.prefix)) continue;
        const std::string_view name = std::string_view(tag.name).substr(naming.prefix.size());
        const std::string_view what = naming.prefix.substr(0, naming.prefix.size() - 1);
        return judge_callable(scan, artifact, name, {naming.effect, std::string(what), tag.offset});
    }
    const RuleId rule =
        makes_foreign_object(tag.name) ? RuleId::config_object_tag : RuleId::config_unknown_tag;
    scan.find(rule, artifact, tag.offset, escape(tag.name, 200));
}

/// Prose and source, which no loader takes for YAML as a whole, and may well speak of its signs.
/// The front matter of prose is YAML.
bool only_speaks_of_yaml(const Artifact& artifact, std::uint64_t offset) {
    if (ends_as(artifact.name, ".py") || ends_as(artifact.name, ".rst")) return true;
    if (!ends_as(artifact.name, ".md")) return false;
    const std::string_view s = text(artifact.bytes);
    if (!s.starts_with("---")) return true;
    return offset > s.find("\n---", 3);
}

void report_error(Scan& scan, const Artifact& artifact, const yaml::Stream& stream) {
    if (stream.error->code == Errc::limit_nodes) {
        scan.find(RuleId::config_alias_bomb, artifact, stream.error->offset);
    }
    if (stream.error->code != Errc::bad_text) return scan.gap(*stream.error, artifact);
    // What no loader accepts is text, such as the templates of which YAML is made. Where it could
    // do harm if some loader took it after all, or is called JSON, it is damaged.
    const std::string_view s = text(artifact.bytes);
    const bool meant =
        ends_as(artifact.name, ".json") || (is_named_like_yaml(artifact.name) && could_tell(s));
    if (!meant && (!is_telling(s) || only_speaks_of_yaml(artifact, stream.error->offset))) return;
    scan.gap(GapReason::malformed, artifact, stream.error->offset,
             "neither JSON nor YAML: " + escape(stream.problem, 200));
}

}  // namespace

bool begins_with_section(std::string_view s) {
    if (!s.starts_with('[')) return false;
    std::string_view line = s.substr(0, s.find_first_of("\r\n"));
    if (line.size() == s.size()) return false;
    line.remove_prefix(std::min(line.find_first_not_of('['), line.size()));
    const auto is_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    };
    const std::string_view end = {std::ranges::find_if_not(line, is_name), line.end()};
    return end.size() < line.size() && (end == "]" || end == "]]");
}

bool is_named_like_yaml(std::string_view name) {
    return ends_as(name, ".yaml") || ends_as(name, ".yml") || ends_as(name, "mlmodel") ||
           ends_as(name, "mlproject");
}

Claim recognise_yaml(Bytes bytes, const Limits& limits) {
    const std::string_view s = text(bytes);
    if (recognise_json(bytes, limits) != Claim::no || is_wheel(s)) return Claim::no;
    return looks_like_yaml(s) || is_telling(s) ? Claim::weak : Claim::no;
}

void check_yaml(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    // A makefile may read as YAML.
    if (holds_commands(artifact.name)) check_commands(scan, artifact);
    check_as_yaml(scan, artifact);
}

void check_as_yaml(Scan& scan, const Artifact& artifact) {
    const yaml::Stream stream = yaml::read(text(artifact.bytes));
    for (const yaml::Tag& tag : stream.tags) judge_tag(scan, artifact, tag);
    for (const json::Value& document : stream.documents) check_document(scan, artifact, document);
    if (stream.error) report_error(scan, artifact, stream);
}

}  // namespace pratique::scanner
