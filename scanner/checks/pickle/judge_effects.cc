// Calls, constructions, states and items: what runs besides the imports.
#include <algorithm>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/judge_impl.h"
#include "scanner/checks/pickle/print.h"
#include "scanner/checks/torch/torch.h"

namespace pratique::scanner {
namespace {

using pickle::Effect;
using pickle::EffectKind;
using pickle::Kind;
using pickle::Value;
using rules::Capability;
using rules::Standing;

/// REDUCE spellings of NEWOBJ: the class is their first argument.
bool is_construction(std::string_view callee) {
    return callee == "copyreg._reconstructor" || callee == "copyreg.__newobj__" ||
           callee == "copyreg.__newobj_ex__";
}

/// The third way of copyreg._reconstructor calls `base.__new__` and `base.__init__`.
bool is_plain_base(std::string_view name) {
    constexpr std::string_view kBases[] = {
        "builtins.object", "builtins.dict",      "builtins.list",    "builtins.tuple",
        "builtins.set",    "builtins.frozenset", "builtins.str",     "builtins.bytes",
        "builtins.int",    "builtins.float",     "builtins.complex", "builtins.bytearray"};
    return std::find(std::begin(kBases), std::end(kBases), name) != std::end(kBases);
}

}  // namespace

Value Judge::maker(Value object) {
    const Value callee_value = program_.item(object, 0);
    if (!is_construction(callee(callee_value).dotted)) return callee_value;
    return program_.item(program_.item(object, 1), 0);
}

void Judge::judge_call(const Effect& effect) {
    const Value callee_value = program_.item(effect.subject, 0);
    const Callee& direct = callee(callee_value);
    if (direct.symbol.form == Symbol::Form::method_caller) {
        const Callee called = look_up(names_.called(effect.subject));
        if (!called.symbol.is_known()) return judge_result_call(effect, called.symbol);
        return judge_known_call(effect, called);
    }
    if (!direct.symbol.is_known()) return judge_result_call(effect, direct.symbol);
    judge_known_call(effect, direct);
}

void Judge::judge_known_call(const Effect& effect, const Callee& called) {
    const Value arguments = program_.item(effect.subject, 1);
    // A pickle of a tensor that was not saved by torch.save: the bytes are a file of torch's.
    if (called.dotted == "torch.storage._load_from_bytes") {
        if (!look_inside(arguments)) {
            say(RuleId::pickle_nested_load_hidden, effect.at,
                print(names_, program_, effect.subject));
        }
        return;
    }
    // type(x) only asks; with a name, bases and a dictionary it makes a class.
    if (called.dotted == "builtins.type" && program_.items(arguments).size() == 1) return;
    if (called.is(Standing::dangerous)) {
        if (judge_reflection(effect, called)) return;
        if (rules::has(called.rule->capabilities, Capability::deserialize)) look_inside(arguments);
        return say_rule(RuleId::pickle_dangerous_call, effect.at,
                        print(names_, program_, effect.subject), called.rule->severity,
                        *called.rule);
    }
    if (called.is(Standing::carried)) {
        // What builds code may be spelt by a name, which is then judged.
        if (names_.symbol(effect.subject).is_known()) {
            return judge_reached(look_up(names_.symbol(effect.subject)), effect.at);
        }
        return say_rule(RuleId::pickle_code_carried, effect.at, escape(called.dotted),
                        called.rule->severity, *called.rule);
    }
    const bool bare = effect.kind == EffectKind::instantiate && program_[arguments].total == 0;
    if (called.vouched(rules::Effect::call) || (bare && called.vouched(rules::Effect::construct))) {
        return judge_arguments(effect, called);
    }
    if (called.symbol.module == "__main__") {
        return say(RuleId::pickle_main_class, effect.at, escape(called.dotted));
    }
    say(RuleId::pickle_unknown_call, effect.at, escape(called.dotted));
}

/// A call that is vouched for, if it is made as ordinary writers make it.
void Judge::judge_arguments(const Effect& effect, const Callee& called) {
    const Value arguments = program_.item(effect.subject, 1);
    const auto odd = [&](RuleId rule) {
        say(rule, effect.at, print(names_, program_, effect.subject));
    };
    if (called.dotted == "copyreg._reconstructor" &&
        !is_plain_base(callee(program_.item(arguments, 1)).dotted)) {
        odd(RuleId::pickle_vetted_call_arguments);
    }
    if (called.dotted == "_codecs.encode" && !is_plain_encoding(program_.item(arguments, 1))) {
        odd(RuleId::pickle_vetted_call_arguments);
    }
    if (called.dotted == "builtins.bytes" || called.dotted == "builtins.bytearray") {
        // bytes(n) makes n zeros.
        constexpr std::int64_t kMostZeros = 1 << 28;
        const auto zeros = program_.integer(program_.item(arguments, 0));
        if (zeros && *zeros > kMostZeros) odd(RuleId::pickle_allocation_bomb);
    }
    if (called.rule->followed_argument < 0) return;
    const Value followed =
        program_.item(arguments, static_cast<std::size_t>(called.rule->followed_argument));
    if (followed.kind() >= Kind::global) {
        judge_class(followed, effect.at, called.rule->followed_effect);
    }
}

/// Python 3 writes bytes for protocol 2 as text to be encoded so.
bool Judge::is_plain_encoding(Value encoding) {
    const auto name = names_.text(encoding);
    return !encoding || (name && (*name == "latin1" || *name == "latin-1" || *name == "utf-8" ||
                                  *name == "utf8" || *name == "ascii"));
}

/// getattr, partial, map and their kin are judged by what they reach. True if that was done.
bool Judge::judge_reflection(const Effect& effect, const Callee& called) {
    constexpr auto kOnlyReflection = static_cast<rules::Capabilities>(Capability::reflection);
    const Callee reached = look_up(names_.symbol(effect.subject));
    if (reached.symbol.form == Symbol::Form::mapper) return judge_mapper(effect, reached.symbol);
    if (called.rule->capabilities != kOnlyReflection &&
        !rules::has(called.rule->capabilities, Capability::import_)) {
        return false;
    }
    switch (reached.symbol.form) {
        case Symbol::Form::named:
        case Symbol::Form::module:
            if (!judge_module(reached, effect.at)) judge_reached(reached, effect.at);
            return true;
        case Symbol::Form::mapper:
        case Symbol::Form::getter:
        case Symbol::Form::item_getter:
        case Symbol::Form::method_caller:
        case Symbol::Form::space: return false;
        case Symbol::Form::unknown: break;
    }
    // A bound method of an object that the file may make anyway: getattr(obj, "name").
    const Value arguments = program_.item(effect.subject, 1);
    const Value object = program_.item(arguments, 0);
    const auto attribute = names_.text(program_.item(arguments, 1));
    const bool plain = attribute && is_identifier(*attribute) && !attribute->starts_with("__");
    const Value made_by = object.kind() == Kind::object ? maker(object) : Value{};
    if (plain && called.dotted == "builtins.getattr" && callee(made_by).is(Standing::vetted)) {
        return true;
    }
    return false;
}

/// map and its kin with something that harms; with anything else their own rule speaks.
bool Judge::judge_mapper(const Effect& effect, Symbol target) {
    target.form = Symbol::Form::named;
    const Callee mapped = look_up(std::move(target));
    if (!mapped.is(Standing::dangerous)) return false;
    say_rule(RuleId::pickle_call_by_iteration, effect.at, print(names_, program_, effect.subject),
             Severity::critical, *mapped.rule);
    return true;
}

/// Calls of what no import names: the result of another call.
void Judge::judge_result_call(const Effect& effect, const Symbol& symbol) {
    const std::string evidence = print(names_, program_, effect.subject);
    const Value callee_value = program_.item(effect.subject, 0);
    if (symbol.form == Symbol::Form::getter || symbol.form == Symbol::Form::item_getter) {
        const Callee reached = look_up(names_.symbol(effect.subject));
        if (reached.symbol.is_known()) return judge_reached(reached, effect.at);
        return say(RuleId::pickle_unresolved_reflection, effect.at, evidence);
    }
    if (symbol.form == Symbol::Form::method_caller) {
        return say(RuleId::pickle_unresolved_reflection, effect.at, evidence);
    }
    if (callee_value.kind() == Kind::global) {
        return;  // the name could not be resolved: said where it was imported
    }
    const bool carried =
        callee_value.kind() == Kind::object && callee(maker(callee_value)).is(Standing::carried);
    say(carried ? RuleId::pickle_carried_code_called : RuleId::pickle_call_of_result, effect.at,
        evidence);
}

void Judge::judge_class(Value cls, std::uint64_t at, rules::Effect how) {
    const Callee& made = callee(cls);
    const std::string evidence = escape(made.dotted);
    if (!made.symbol.is_known()) {
        if (cls.kind() == Kind::global) return;  // said at the import
        const bool carried = cls.kind() == Kind::object && callee(maker(cls)).is(Standing::carried);
        if (!carried) say(RuleId::pickle_call_of_result, at, print(names_, program_, cls));
        return;
    }
    if (made.vouched(how)) return;
    if (made.is(Standing::dangerous)) {
        return say_rule(RuleId::pickle_dangerous_call, at, evidence, made.rule->severity,
                        *made.rule);
    }
    if (made.is(Standing::carried)) {
        return say_rule(RuleId::pickle_code_carried, at, evidence, made.rule->severity, *made.rule);
    }
    if (made.symbol.module == "__main__") return say(RuleId::pickle_main_class, at, evidence);
    say(made.rule == nullptr ? RuleId::pickle_unknown_class : RuleId::pickle_package_condition, at,
        evidence);
}

void Judge::judge_set_state(const Effect& effect) {
    // A pair (state, slots): slots are set by setattr, past any dictionary.
    const Value slots =
        effect.argument.kind() == Kind::tuple && program_[effect.argument].total == 2
            ? program_.item(effect.argument, 1)
            : Value{};
    if (effect.subject.kind() == Kind::global) {
        return say(RuleId::pickle_mutates_import, effect.at,
                   escape(callee(effect.subject).dotted) + " <- " +
                       print(names_, program_, effect.argument));
    }
    if (slots.kind() == Kind::dict) judge_slots(slots, effect.at);
    if (effect.subject.kind() != Kind::object) {
        return say(RuleId::pickle_unvetted_set_state, effect.at,
                   print(names_, program_, effect.subject));
    }
    const Symbol& subject = names_.symbol(effect.subject);
    const std::string& direct = callee(program_.item(effect.subject, 0)).dotted;
    // partial.__setstate__ binds anew; what it binds was judged where it was imported.
    if (direct == "functools.partial") return;
    if (subject.is_known()) {
        return say(RuleId::pickle_mutates_import, effect.at,
                   escape(subject.dotted()) + " <- " + print(names_, program_, effect.argument));
    }
    const Callee& made = callee(maker(effect.subject));
    judge_file_wrapper(effect);
    if (made.vouched(rules::Effect::set_state) || made.vouched(rules::Effect::call)) return;
    // Whatever else it is was said when the object was made.
    if (made.is(Standing::vetted)) {
        say(RuleId::pickle_unvetted_set_state, effect.at, escape(made.dotted));
    }
}

void Judge::judge_slots(Value slots, std::uint64_t at) {
    const auto items = program_.items(slots);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        const auto name = names_.text(items[i]);
        if (name && !rules::is_dunder_hook(*name)) continue;
        say(RuleId::pickle_hook_planted, at,
            escape(name.value_or("<computed name>")) + " = " +
                print(names_, program_, items[i + 1]));
    }
}

/// joblib's NDArrayWrapper (before 0.10) keeps its array in another file, which is loaded with
/// pickles allowed; beside the model is where joblib put it, elsewhere is an attack.
void Judge::judge_file_wrapper(const Effect& effect) {
    const auto& made = callee(maker(effect.subject)).dotted;
    if (made != "joblib.numpy_pickle.NDArrayWrapper" &&
        made != "joblib.numpy_pickle_compat.NDArrayWrapper" &&
        made != "joblib.numpy_pickle_compat.ZNDArrayWrapper" &&
        made != "joblib.numpy_pickle.ZNDArrayWrapper") {
        return;
    }
    const auto state = program_.items(effect.argument);
    for (std::size_t i = 0; i + 1 < state.size(); i += 2) {
        if (program_.text(state[i]) != "filename") continue;
        const auto file = names_.text(state[i + 1]);
        const bool plain =
            file && file->find(':') == std::string::npos && archive::is_plain_name(*file);
        if (!plain) {
            say(RuleId::numpy_foreign_file, effect.at, print(names_, program_, state[i + 1]));
        } else {
            scan_.refer(artifact_, effect.at, *file);
            scan_.gap(GapReason::not_inspected, artifact_, effect.at,
                      "an array is kept in another file, which is read with pickles allowed: " +
                          escape(*file));
        }
    }
}

void Judge::judge_items(const Effect& effect) {
    const std::string evidence = print(names_, program_, effect.subject);
    const Symbol& subject = names_.symbol(effect.subject);
    if (effect.subject.kind() == Kind::global || subject.is_known() ||
        subject.form == Symbol::Form::space) {
        return say(RuleId::pickle_mutates_import, effect.at, evidence);
    }
    if (effect.subject.kind() == Kind::list || effect.subject.kind() == Kind::bytearray) return;
    const Callee& made =
        callee(effect.subject.kind() == Kind::object ? maker(effect.subject) : Value{});
    // Functions make arrays and tensors, whose items ordinary pickles never set (CVE-2026-24747).
    const bool container =
        made.vouched(rules::Effect::set_state) && !made.dotted.starts_with("torch._utils.");
    if (container || made.is(Standing::carried)) return;
    if (made.is(Standing::vetted) || !made.symbol.is_known() || !made.rule) {
        say(RuleId::pickle_method_on_unknown, effect.at, evidence);
    }
}

void Judge::judge_persistent(const Effect& effect) {
    const Value id = program_.item(effect.subject, 0);
    const auto storage = storage_of(program_, names_, id);
    if (storage) {
        if (!storage->known_class) {
            say(RuleId::torch_persistent_id, effect.at, print(names_, program_, id));
        }
        return;
    }
    const bool simple = id.kind() == Kind::text || id.kind() == Kind::integer;
    const bool source = id.kind() == Kind::tuple && program_.text(program_.item(id, 0)) == "module";
    if (options_.torch && (simple || source)) return;
    say(RuleId::pickle_persistent_id, effect.at, print(names_, program_, id));
}

/// Data that a call hands to another loader is scanned as an artifact of its own. False if there
/// is none to be seen.
bool Judge::look_inside(Value arguments) {
    bool seen = false;
    for (const Value argument : program_.items(arguments)) {
        const auto bytes = names_.bytes(argument);
        if (!bytes || bytes->empty()) continue;
        seen = true;
        scan_.descend(artifact_, "bytes@" + std::to_string(program_.at(argument)),
                      as_bytes(*bytes));
    }
    return seen;
}

}  // namespace pratique::scanner
