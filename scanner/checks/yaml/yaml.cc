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

/// Whether the lines at the margin are those of a mapping or a list.
bool looks_like_yaml(std::string_view text) {
    bool keyed = false;
    for (int lines = 0; !text.empty() && lines < kLinesAsked;) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.front() == ' ' || line.front() == '\t') continue;
        if (!may_be_yaml(line)) return false;
        keyed = keyed || (line.front() != '#' && has_key(line));
        ++lines;
    }
    return keyed;
}

/// What makes a loader of YAML act, however little the rest looks like it.
bool is_telling(std::string_view text) {
    constexpr std::string_view kSigns[] = {
        "!!python/", "tag:yaml.org,2002:", "_target_:", "%TAG ", "!new:", "!apply:", "!!js/"};
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

void report_error(Scan& scan, const Artifact& artifact, const yaml::Stream& stream) {
    if (stream.error->code == Errc::limit_nodes) {
        scan.find(RuleId::config_alias_bomb, artifact, stream.error->offset);
    }
    if (stream.error->code != Errc::bad_text) return scan.gap(*stream.error, artifact);
    // What no loader accepts is text, such as the templates of which YAML is made. Where it could
    // do harm if some loader took it after all, or is called JSON, it is damaged.
    const std::string_view s = text(artifact.bytes);
    const bool meant =
        artifact.name.ends_with(".json") || (is_named_like_yaml(artifact.name) && could_tell(s));
    if (!meant && !is_telling(s)) return;
    scan.gap(GapReason::malformed, artifact, stream.error->offset,
             "neither JSON nor YAML: " + escape(stream.problem, 200));
}

}  // namespace

bool is_named_like_yaml(std::string_view name) {
    return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with("MLmodel");
}

Claim recognise_yaml(Bytes bytes, const Limits& limits) {
    const std::string_view s = text(bytes);
    if (recognise_json(bytes, limits) != Claim::no) return Claim::no;
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
