#include "scanner/checks/pickle/judge.h"

#include <algorithm>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/judge_impl.h"
#include "scanner/checks/pickle/print.h"

namespace pratique::scanner {

using pickle::Effect;
using pickle::EffectKind;
using pickle::Kind;
using pickle::NoteKind;
using pickle::Program;
using pickle::Value;
using rules::Standing;

bool is_identifier(std::string_view name) {
    if (name.empty() || !is_utf8(name)) return false;
    bool start = true;
    for (const char c : name) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
        const bool digit = c >= '0' && c <= '9';
        if (start ? !letter : !letter && !digit && c != '.') return false;
        start = c == '.';
    }
    return !start;
}

bool calls_something(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(), [](const auto& effect) {
        return effect.kind != EffectKind::import_ && effect.kind != EffectKind::persistent &&
               effect.kind != EffectKind::extension;
    });
}

bool imports_something(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(),
                       [](const auto& effect) { return effect.kind == EffectKind::import_; });
}

bool is_plausible(const Program& program, std::uint64_t begin) {
    Names names(program);
    bool calls = false;
    for (const Effect& effect : program.effects) {
        if (effect.at < begin) continue;
        const bool named =
            effect.kind == EffectKind::persistent || effect.kind == EffectKind::extension;
        calls = calls || (effect.kind != EffectKind::import_ && !named);
        if (effect.kind != EffectKind::import_) continue;
        const auto spelt = names.spelling(effect.subject);
        // An import that must fail ends the run, but not what ran before it.
        if (spelt && (!is_identifier(spelt->module) || !is_identifier(spelt->name))) return calls;
    }
    return true;
}

void Judge::run() {
    for (const Effect& effect : program_.effects) {
        if (!effect.subject.is_node() || effect.subject.kind() != Kind::object) continue;
        const Value callee = program_.item(effect.subject, 0);
        if (callee.kind() == Kind::global) called_.insert(callee.index());
    }
    for (const Effect& effect : program_.effects) {
        if (effect.at < options_.from) continue;
        if (options_.array != nullptr) {
            if (fails(effect)) return;
            if (is_taken_for_numpy(effect)) continue;
        }
        switch (effect.kind) {
            case EffectKind::import_: judge_import(effect); break;
            case EffectKind::call:
            case EffectKind::instantiate: judge_call(effect); break;
            case EffectKind::construct:
                judge_class(program_.item(effect.subject, 0), effect.at, rules::Effect::construct);
                break;
            case EffectKind::set_state: judge_set_state(effect); break;
            case EffectKind::append:
            case EffectKind::set_item:
            case EffectKind::add_item: judge_items(effect); break;
            case EffectKind::persistent: judge_persistent(effect); break;
            case EffectKind::extension:
                say(RuleId::pickle_extension_code, effect.at, "extension");
                break;
        }
    }
    judge_notes();
}

void Judge::say(RuleId rule, std::uint64_t at, const std::string& what) {
    if (said_.emplace(rule, what).second) scan_.find(rule, artifact_, at, what);
}

void Judge::say_rule(RuleId id, std::uint64_t at, const std::string& evidence, Severity severity,
                     const rules::Rule& rule) {
    if (!said_.emplace(id, evidence).second) return;
    scan_.find({id, severity, rule.capabilities, artifact_.chain, at, evidence,
                std::string(rule.title) + " (" + std::string(rule.id) + ")"});
}

Judge::Callee Judge::look_up(Symbol symbol) {
    Callee out;
    out.dotted = symbol.dotted();
    if (symbol.is_known()) out.rule = rules::find(out.dotted);
    out.symbol = std::move(symbol);
    return out;
}

const Judge::Callee& Judge::callee(Value value) {
    static const Callee kUnknown;
    if (!value.is_node()) return kUnknown;
    const auto found = callees_.find(value.index());
    if (found != callees_.end()) return found->second;
    return callees_.emplace(value.index(), look_up(names_.symbol(value))).first->second;
}

// --- Imports -------------------------------------------------------------------------------------

void Judge::judge_import(const Effect& effect) {
    const auto spelling = names_.spelling(effect.subject);
    if (!spelling) {
        const auto parts = program_.items(effect.subject);
        const bool computed =
            !parts.empty() && (parts[0].kind() == Kind::object || parts[1].kind() == Kind::object);
        say(computed ? RuleId::pickle_computed_name : RuleId::pickle_name_operand_type, effect.at,
            "import of (" + print(names_, program_, parts[0]) + ", " +
                print(names_, program_, parts[1]) + ")");
        return;
    }
    judge_spelling(*spelling, effect.subject);
    const Callee& imported = callee(effect.subject);
    if (judge_module(imported, effect.at)) return;
    const std::string evidence = escape(imported.dotted);
    if (imported.symbol.moved) {
        say(RuleId::pickle_dotted_through_module, effect.at,
            escape(spelling->module + "." + spelling->name) + " is " + evidence);
    }
    // What is called is judged where it is called.
    if (!called_.contains(effect.subject.index())) judge_reached(imported, effect.at);
}

/// True for an import that ends the run of an array of objects in the memo of the pickle around it:
/// by what is no string, or of what is no module's name. Every scikit-learn model with labels of
/// text has one of these.
bool Judge::fails(const Effect& effect) {
    if (effect.kind != EffectKind::import_) return false;
    if (const auto spelling = names_.spelling(effect.subject)) {
        return !is_identifier(spelling->module) && !lies_beside(spelling->module);
    }
    const auto parts = program_.items(effect.subject);
    return std::ranges::any_of(parts, [&](Value part) { return is_instance(part); });
}

/// Such an array imports from numpy, by a name that it has memoized. Where the memo around it has
/// some other word in that place, of which no rule knows a module, there is hardly a module of that
/// name that has the same function; the import is taken for the one that is meant, and what follows
/// is judged all the same.
bool Judge::is_taken_for_numpy(const Effect& effect) {
    if (effect.kind != EffectKind::import_) return false;
    const auto spelling = names_.spelling(effect.subject);
    if (!spelling || spelling->module.find('.') != std::string::npos) return false;
    if (callee(effect.subject).rule != nullptr || lies_beside(spelling->module)) return false;
    const auto meant = std::ranges::find_if(options_.array->effects, [&](const Effect& other) {
        return other.kind == EffectKind::import_ && other.at == effect.at;
    });
    if (meant == options_.array->effects.end()) return false;
    Names names(*options_.array);
    const auto name = names.spelling(meant->subject);
    if (!name || name->module != "numpy" || name->name != spelling->name) return false;
    callees_[effect.subject.index()] = look_up(names.symbol(meant->subject));
    return true;
}

bool Judge::lies_beside(const std::string& module) const {
    return scan_.subject().sidecars.contains(module);
}

/// A vetted class, or an object that one of them has made: never the string that an import wants.
bool Judge::is_instance(Value value) {
    const bool made = value.is_node() && value.kind() == Kind::object;
    const Callee& type = callee(made ? maker(value) : value);
    const std::string_view name = std::string_view(type.dotted).substr(type.dotted.rfind('.') + 1);
    const bool is_class = !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
    return is_class && type.vouched(rules::Effect::construct);
}

/// How the name is written, apart from what it names.
void Judge::judge_spelling(const Names::Spelling& spelling, Value global) {
    const std::uint64_t at = program_.at(global);
    const std::string evidence = escape(spelling.module) + " " + escape(spelling.name);
    if (spelling.computed) say(RuleId::pickle_computed_name, at, evidence);
    if (spelling.escaped) say(RuleId::pickle_name_escaped, at, evidence);
    const bool ascii =
        std::none_of(evidence.begin(), evidence.end(), [](char c) { return (c & 0x80) != 0; });
    if (!ascii) {
        say(RuleId::pickle_name_not_ascii, at, evidence);
    } else if (!is_identifier(spelling.module) || !is_identifier(spelling.name)) {
        say(RuleId::pickle_name_characters, at, evidence);
    }
}

/// Imports that harm by running a module's body. True if that settles the matter.
bool Judge::judge_module(const Callee& imported, std::uint64_t at) {
    const std::string& module = imported.symbol.module;
    const std::string_view top = std::string_view(module).substr(0, module.find('.'));
    if (!scan_.subject().sidecars.contains(top)) return false;
    const bool shadows = imported.rule != nullptr && imported.is(Standing::vetted);
    say(shadows ? RuleId::pickle_shadowed_package : RuleId::pickle_sidecar_import, at,
        escape(imported.dotted));
    return true;
}

/// A name that the program can now use: by import, or through reflection.
void Judge::judge_reached(const Callee& reached, std::uint64_t at) {
    const std::string evidence = escape(reached.dotted);
    const auto& name = reached.symbol.name;
    if (reached.is(Standing::dangerous)) {
        say_rule(RuleId::pickle_dangerous_import, at, evidence, reached.rule->import_severity,
                 *reached.rule);
    } else if (reached.is(Standing::carried)) {
        say_rule(RuleId::pickle_code_carried, at, evidence, reached.rule->import_severity,
                 *reached.rule);
    } else if (!reached.vouched(rules::Effect::import_)) {
        const bool main = reached.symbol.module == "__main__";
        say(main ? RuleId::pickle_main_class : RuleId::pickle_unknown_import, at, evidence);
    } else if (name.find('.') != std::string::npos && !reached.symbol.moved &&
               !reached.symbol.reflected && !(name.front() >= 'A' && name.front() <= 'Z')) {
        say(RuleId::pickle_dotted_name, at, evidence);
    }
}

// --- Notes ---------------------------------------------------------------------------------------

void Judge::judge_notes() {
    if (options_.from != 0) return;  // the other reading said so already
    struct Row {
        NoteKind note;
        RuleId rule;
    };
    static constexpr auto kRows = std::to_array<Row>({
        {NoteKind::frame_crossed, RuleId::pickle_frame_crossing},
        {NoteKind::text_number, RuleId::pickle_text_number},
        {NoteKind::long_number, RuleId::pickle_slow_call},
        {NoteKind::text_line, RuleId::pickle_text_string},
        {NoteKind::import_before_error, RuleId::pickle_arguments_type},
        {NoteKind::items_before_error, RuleId::pickle_arguments_type},
        {NoteKind::text_encoding, RuleId::pickle_text_string},
        {NoteKind::arguments_no_tuple, RuleId::pickle_arguments_type},
        {NoteKind::protocol_change, RuleId::pickle_repeated_protocol},
        {NoteKind::memo_index, RuleId::pickle_memo_bomb},
        {NoteKind::expansion, RuleId::pickle_expansion_bomb},
        {NoteKind::nesting, RuleId::pickle_nesting_bomb},
        {NoteKind::hash_collision, RuleId::pickle_hash_bomb},
        {NoteKind::stack_left, RuleId::pickle_leftover_stack},
        {NoteKind::folded_changed, RuleId::pickle_changed_afterwards},
        {NoteKind::out_of_band, RuleId::pickle_out_of_band},
    });
    for (const pickle::Note& note : program_.notes) {
        for (const Row& row : kRows) {
            if (row.note == note.kind) say(row.rule, note.at, std::string(meaning(note.kind)));
        }
    }
}

void judge(Scan& scan, const Artifact& artifact, const Program& program, Said& said,
           JudgeOptions options) {
    Judge(scan, artifact, program, said, options).run();
}

}  // namespace pratique::scanner
