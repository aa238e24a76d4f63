// Walks through Python source as an import would, and runs nothing: statements in their order, the
// bodies of functions where something calls them, classes where something makes them. What a name
// stands for is followed through imports, assignments and calls on constants; every call that is
// met on the way is judged. A branch is walked whatever its condition, both ways of an `if`, and
// loops once: what could happen counts.
//
// Then, once more, what nobody has called: methods that a loader calls, and all others.
#pragma once

#include <deque>
#include <set>
#include <unordered_map>

#include "scanner/checks/python/judge.h"

namespace pratique::scanner {

class Interpreter {
public:
    /// `outer` is the source whose `exec` runs this one: its names are known here.
    Interpreter(Scan& scan, const Artifact& artifact, const python::Tree& tree,
                Interpreter* outer = nullptr);

    /// Walks all of it, from `when` on. The value of its last expression, for `eval`.
    Value run(When when);

private:
    struct Scope {
        std::unordered_map<std::string, Value> names;
        std::size_t outer = kNoScope;
        bool is_class = false;
        std::set<std::string> global = {};  // names that are the module's
    };
    static constexpr std::size_t kNoScope = SIZE_MAX;
    /// A class of the source: its methods are in its scope.
    struct Class {
        std::size_t scope = kNoScope;
        std::vector<Value> bases;
        bool loaded = false;  // looks like what a loader makes
    };
    /// Values of the nodes of one statement.
    struct Frame {
        python::Index first = 0;
        std::size_t scope = 0;
        std::vector<Value> values;
        bool joins = false;  // stands in a branch: what it binds joins what was there

        const Value& operator[](python::Index node) const { return values[node - first]; }
        Value& operator[](python::Index node) { return values[node - first]; }
    };
    /// A call that is walked when those are done in which it is nested.
    struct Pending {
        When when = When::imported;
        python::Index def = 0;
        Arguments given;
        Value self;
    };
    /// What walking a function gave with some arguments.
    struct Ran {
        Value result;
        Arguments given;  // kept, as keys name long values by their addresses
        Value self;
    };
    /// All walks of a function, by their arguments, and what any of them gave.
    struct Walks {
        std::unordered_map<std::string, Ran> by_key;
        Value any;
    };

    // Statements (interpreter.cc).
    void execute(python::Index first, python::Index last, std::size_t scope);
    void statement(python::Index index, std::size_t scope);
    void note_global(python::Index node, std::size_t scope);
    void match(python::Index index, const Frame& frame);
    bool is_in_branch(python::Index statement) const;
    bool is_main_guard(const python::Statement& statement) const;
    void run_pending();
    void run_deferred();
    void run_methods(const Class& made, bool loaded);

    // Functions and classes where they are defined (definitions.cc).
    void define(python::Index index, std::size_t scope);
    void make_class(python::Index index, std::size_t scope);
    void decorate(const Value& defined, std::uint64_t at);

    // Names, attributes and items (bindings.cc).
    void import_names(const python::Statement& statement, std::size_t scope);
    void assign(const python::Statement& statement, const Frame& frame);
    void bind(python::Index target, const Value& value, const Frame& frame);
    void set_attribute(const Value& object, const std::string& name, const Value& value);
    Value stored_attribute(const Value& object, const std::string& name) const;
    void set_item(python::Index object, const std::string& key, const Value& value,
                  const Frame& frame);
    void put(python::Index object, const Value& after, const Frame& frame);
    void change(python::Index object, std::string_view method, const Arguments& given,
                const Frame& frame);
    void set(const std::string& name, const Value& value, std::size_t scope, bool joins = false);
    Value find(const std::string& name, std::size_t scope);
    Value find_starred(const std::string& name);
    Value element_of(const Value& whole);

    // What harms and stands somewhere else than where it is called (kept.cc).
    void check_kept(const python::Statement& statement, const Frame& frame);
    bool keeps(const python::Node& node, python::Index part, const Frame& frame) const;

    // Expressions (evaluate.cc).
    Frame evaluate(python::Index statement, std::size_t scope);
    void evaluate_nodes(python::Index first, python::Index last, Frame& frame);
    Value each_way(const python::Node& node, Frame& frame);
    std::vector<python::Index> open_parts(const python::Node& node, const Frame& frame) const;
    Value value_of(const python::Node& node, const Frame& frame);
    Value name_value(const python::Node& node, const Frame& frame);
    Value attribute(const python::Node& node, const Frame& frame);
    Value subscript(const python::Node& node, const Frame& frame);
    Value sequence(const python::Node& node, const Frame& frame) const;
    Value dict(const python::Node& node, const Frame& frame) const;
    Value comprehension(const python::Node& node, const Frame& frame) const;
    Value joined(const python::Node& node, const Frame& frame) const;
    Marks marks_of(const python::Node& node, const Frame& frame) const;
    void found_walk(std::uint64_t at, const std::string& evidence);
    /// Counts what was walked or put together; false once it is too much, which leaves a gap.
    bool spend(std::uint64_t steps);

    // Calls (calls.cc).
    Value call_node(const python::Node& node, const Frame& frame);
    Arguments arguments(const python::Node& node, const Frame& frame) const;
    Value call(std::uint64_t at, const Value& callee, const Value& self, std::string_view method,
               const Arguments& given);
    Value call_symbol(std::uint64_t at, const Value& callee, const Value& self,
                      const Arguments& given);
    void run_magic(std::uint64_t at, const Arguments& given);
    void hand_named(std::uint64_t at, const Arguments& given);
    Value call_function(python::Index def, const Arguments& given, const Value& self);
    Value construct(std::uint64_t at, const Value& cls, const Arguments& given);
    void run_hooks(const python::Statement& statement, const Frame& frame);
    void run_hooks_of(const Value& object, bool attribute);
    void bind_parameters(python::Index def, const Arguments& given, const Value& self,
                         std::size_t scope);
    void hand_over(std::uint64_t at, const std::string& callee, const Value& value);
    std::uint64_t rewalked() const;
    std::string key_of(const Arguments& given, const Value& self) const;
    std::optional<Value> told(python::Index def, const std::string& key, const Arguments& given,
                              const Value& self);
    Value run_text(std::uint64_t at, const Value& code);
    void unpickle(std::uint64_t at, const Value& data);
    Value method_of(const Value& object, const std::string& name) const;

    Scan& scan_;
    const Artifact& artifact_;
    const python::Tree& tree_;
    When when_ = When::imported;
    std::deque<Scope> scopes_;
    std::vector<std::string> stars_;                            // modules of `from m import *`
    std::unordered_map<python::Index, std::size_t> functions_;  // def -> scope that it stands in
    std::unordered_map<python::Index, Class> classes_;
    std::unordered_map<std::string, std::vector<python::Index>> methods_;
    std::vector<Value> decorators_;  // of the def or class that comes next
    std::vector<std::pair<python::Index, std::size_t>> guarded_;  // suites of `__main__`
    std::unordered_map<python::Index, Walks> ran_;
    std::deque<Pending> pending_;
    std::unordered_map<python::Index, Value> subjects_;  // of `match`
    std::unordered_map<std::string, Value> starred_;     // names found in `stars_`
    std::uint64_t changes_ = 0;                          // of names of the module
    std::set<python::Index> running_;
    Value returned_;
    Value last_;
    std::uint64_t rewalked_ = 0;
    std::optional<std::uint64_t> rewalk_begin_;  // where such a walk began
    bool cut_short_ = false;  // arguments were passed over that only differ in what they say
    bool runs_text_ = false;  // there are calls to which that makes a difference
    std::uint64_t own_steps_ = 0;
    std::uint64_t& steps_;  // spent on this source and on those whose `exec` runs it
};

}  // namespace pratique::scanner
