#include "scanner/checks/jinja/jinja.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "formats/jinja/machine.h"
#include "rules/findings.h"
#include "scanner/checks/jinja/vocabulary.h"
#include "scanner/checks/text/text.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

namespace jj = pratique::jinja;
using jj::By;
using jj::Effect;
using jj::EffectKind;

std::optional<RuleId> judge_attribute(const Effect& effect) {
    if (jinja::is_internal(effect.name)) return RuleId::jinja_internals;
    if (!effect.name.empty()) {
        const bool is_private = effect.name.starts_with('_') && effect.by != By::brackets;
        return is_private ? std::optional(RuleId::jinja_private_name) : std::nullopt;
    }
    // A name that is not known. In brackets it is mostly the key of a dict.
    if (effect.by != By::brackets || effect.marked) return RuleId::jinja_computed_name;
    return effect.engine ? std::optional(RuleId::jinja_environment) : std::nullopt;
}

std::optional<RuleId> judge_method(const Effect& effect) {
    if (effect.reached) return RuleId::jinja_computed_name;
    // What is internal was reported as an attribute.
    if (jinja::is_internal(effect.name)) return std::nullopt;
    if (jinja::is_vetted_method(effect.name)) return std::nullopt;
    return RuleId::jinja_unvetted_call;
}

std::optional<RuleId> unless(bool vetted, RuleId rule) {
    return vetted ? std::nullopt : std::optional(rule);
}

/// What is wrong with an effect, if anything is.
std::optional<RuleId> judge(const Effect& effect) {
    switch (effect.kind) {
        case EffectKind::attribute: return judge_attribute(effect);
        case EffectKind::call:
            if (jinja::is_internal(effect.name)) return RuleId::jinja_internals;
            return unless(jinja::is_vetted_function(effect.name), RuleId::jinja_unvetted_call);
        case EffectKind::method: return judge_method(effect);
        case EffectKind::computed:
            return effect.reached ? RuleId::jinja_computed_name : RuleId::jinja_unvetted_call;
        case EffectKind::filter:
            if (effect.open) return RuleId::jinja_computed_name;
            return unless(jinja::is_vetted_filter(effect.name), RuleId::jinja_unvetted_filter);
        case EffectKind::test:
            return unless(jinja::is_vetted_test(effect.name), RuleId::jinja_unvetted_filter);
        case EffectKind::global:
            if (jinja::is_internal(effect.name)) return RuleId::jinja_internals;
            return unless(!jinja::is_environment_object(effect.name), RuleId::jinja_environment);
        case EffectKind::load: return RuleId::jinja_other_template;
        case EffectKind::spelled:
            return unless(!jinja::is_on_the_way_to_code(effect.name), RuleId::jinja_spelled);
        case EffectKind::amount: return RuleId::jinja_amount;
    }
    return std::nullopt;
}

std::string print(const Effect& effect) {
    std::string name = effect.name.empty() ? "…" : escape(effect.name, 100);
    const std::string path = escape(effect.path, 100);
    switch (effect.kind) {
        case EffectKind::attribute: return path + "." + name;
        case EffectKind::call: return name + "()";
        case EffectKind::method: return path + "." + name + "()";
        case EffectKind::computed: return path + "()";
        case EffectKind::filter: return path + "|" + name;
        case EffectKind::test: return "is " + name;
        case EffectKind::load: return path + " " + name;
        case EffectKind::global:
        case EffectKind::spelled:
        case EffectKind::amount: break;
    }
    return name;
}

/// Names and texts of a tag that no reader accepts: another reader may.
void check_unread(Scan& scan, const Artifact& artifact, const jj::Template& source) {
    for (const jj::Token& token : source.unread) {
        if (!jinja::is_internal(token.text)) continue;
        scan.find(RuleId::jinja_internals, artifact, token.offset, escape(token.text, 100));
    }
}

void check_characters(Scan& scan, const Artifact& artifact) {
    const std::string_view all = text(artifact.bytes);
    std::size_t begin = 0;
    while (begin < all.size()) {
        const auto end = std::min(all.find_first_of("\n\r\t", begin), all.size());
        const std::string_view line = all.substr(begin, end - begin);
        if (!is_printable(line)) {
            return scan.find(RuleId::jinja_hidden_characters, artifact, begin, escape(line, 200));
        }
        begin = end + 1;
    }
}

Artifact part_of(const Artifact& parent, const std::string& name, std::string_view template_text) {
    return {.chain = chained(parent, name),
            .bytes = as_bytes(template_text),
            .depth = parent.depth + 1,
            .name = name,
            .unclaimed = false,
            .format = parent.format};
}

}  // namespace

Claim recognise_jinja(Bytes bytes, const Limits& limits) {
    const std::string_view all = text(bytes);
    if (all.size() > jj::kLongestTemplate || !jj::has_tags(all)) return Claim::no;
    // JSON in which there are templates is looked at value by value.
    if (recognise_json(bytes, limits) != Claim::no && json::parse(all)) return Claim::no;
    return jj::parse(all).faults.empty() ? Claim::weak : Claim::no;
}

void check_jinja(Scan& scan, const Artifact& artifact) {
    check_text(scan, artifact);
    if (!is_named_like_a_template(artifact.name)) check_possible_template(scan, artifact);
}

bool is_named_like_a_template(std::string_view name) {
    constexpr std::string_view kEndings[] = {".jinja", ".jinja2", ".j2"};
    return base_name(name).find("chat_template") != std::string::npos ||
           std::any_of(std::begin(kEndings), std::end(kEndings),
                       [&](std::string_view ending) { return ends_as(name, ending); });
}

void check_template(Scan& scan, const Artifact& artifact) {
    const jj::Template source = jj::parse(text(artifact.bytes));
    if (!source.faults.empty()) {
        const jj::Fault& fault = source.faults.front();
        scan.gap(fault.limit ? GapReason::limit : GapReason::malformed, artifact, fault.offset,
                 "Jinja: " + std::string(fault.what));
        check_unread(scan, artifact, source);
    }
    const jj::Effects run = jj::run(source);
    for (const Effect& effect : run.effects) {
        const auto rule = judge(effect);
        if (rule) scan.find(*rule, artifact, effect.offset, print(effect));
    }
    if (run.limited) {
        scan.gap(GapReason::limit, artifact, 0, "Jinja: more steps than the limit allows");
    }
    check_characters(scan, artifact);
}

void check_possible_template(Scan& scan, const Artifact& artifact) {
    const std::string_view all = text(artifact.bytes);
    if (all.size() > jj::kLongestTemplate || !jj::has_tags(all)) return;
    const jj::Template source = jj::parse(all);
    if (!source.faults.empty()) return;
    for (const Effect& effect : jj::run(source).effects) {
        if (judge(effect) != RuleId::jinja_internals) continue;
        return scan.find(RuleId::jinja_carried, artifact, effect.offset, print(effect));
    }
}

void check_chat_templates(Scan& scan, const Artifact& artifact, const Document& document) {
    const auto nodes = document.nodes();
    std::vector<bool> rendered(nodes.size());  // parents come before their children
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string_view key = document.key(nodes[i]);
        rendered[i] = rendered[nodes[i].parent] || key.find("chat_template") != key.npos;
        const auto* template_text = nodes[i].value->as<std::string>();
        if (template_text == nullptr || (!rendered[i] && !jj::has_tags(*template_text))) continue;
        const Artifact part = part_of(artifact, document.path(nodes[i]), *template_text);
        if (rendered[i]) {
            check_template(scan, part);
        } else {
            check_possible_template(scan, part);
        }
    }
}

}  // namespace pratique::scanner
