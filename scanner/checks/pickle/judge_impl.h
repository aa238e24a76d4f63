// The judge's insides, shared by judge.cc (imports, notes) and judge_effects.cc (calls, states).
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "scanner/checks/pickle/judge.h"

namespace pratique::scanner {

class Judge {
public:
    Judge(Scan& scan, const Artifact& artifact, const pickle::Program& program, Said& said,
          JudgeOptions options)
        : scan_(scan),
          artifact_(artifact),
          program_(program),
          said_(said),
          options_(options),
          names_(program) {}

    void run();

private:
    /// A callable, resolved and looked up; kept per node.
    struct Callee {
        Symbol symbol;
        std::string dotted;
        const rules::Rule* rule = nullptr;

        bool vouched(rules::Effect effect) const {
            return rule != nullptr && rules::vouches(*rule, dotted, effect);
        }
        bool is(rules::Standing standing) const {
            return rule != nullptr && rule->standing == standing;
        }
    };
    const Callee& callee(pickle::Value value);
    static Callee look_up(Symbol symbol);

    // Imports.
    void judge_import(const pickle::Effect& effect);
    void judge_spelling(const Names::Spelling& spelling, pickle::Value global);
    void judge_reached(const Callee& reached, std::uint64_t at);
    bool judge_module(const Callee& imported, std::uint64_t at);
    void judge_notes();
    bool fails(const pickle::Effect& effect);
    bool is_taken_for_numpy(const pickle::Effect& effect);
    bool lies_beside(const std::string& module) const;
    bool is_instance(pickle::Value value);

    // Calls.
    void judge_call(const pickle::Effect& effect);
    void judge_known_call(const pickle::Effect& effect, const Callee& called);
    void judge_arguments(const pickle::Effect& effect, const Callee& called);
    bool is_plain_encoding(pickle::Value encoding);
    bool judge_reflection(const pickle::Effect& effect, const Callee& called);
    bool judge_mapper(const pickle::Effect& effect, Symbol target);
    void judge_result_call(const pickle::Effect& effect, const Symbol& symbol);
    void judge_class(pickle::Value cls, std::uint64_t at, rules::Effect how);
    void judge_set_state(const pickle::Effect& effect);
    void judge_slots(pickle::Value slots, std::uint64_t at);
    void judge_items(const pickle::Effect& effect);
    void judge_persistent(const pickle::Effect& effect);
    void judge_file_wrapper(const pickle::Effect& effect);
    bool look_inside(pickle::Value arguments);

    /// The class or function that made an object: its callee, or what `copyreg._reconstructor`
    /// and `__newobj__` were given.
    pickle::Value maker(pickle::Value object);

    /// Reports once per artifact for each `what`; evidence is `what` unless given.
    void say(RuleId rule, std::uint64_t at, const std::string& what);
    void say_rule(RuleId id, std::uint64_t at, const std::string& evidence, Severity severity,
                  const rules::Rule& rule);

    Scan& scan_;
    const Artifact& artifact_;
    const pickle::Program& program_;
    Said& said_;
    JudgeOptions options_;
    Names names_;
    std::unordered_map<std::uint32_t, Callee> callees_;
    std::unordered_set<std::uint32_t> called_;  // imports that some effect calls
};

}  // namespace pratique::scanner
