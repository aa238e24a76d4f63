// The machine in two files: machine.cc walks statements, evaluate.cc expressions.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "formats/jinja/fold.h"
#include "formats/jinja/machine.h"

namespace pratique::jinja {

class Machine {
public:
    explicit Machine(const Template& source) : source_(source) {}

    Effects run();

private:
    using Names = std::map<std::string, Known, std::less<>>;

    // Statements.
    void walk(Index begin, Index end);
    void step(const Statement& statement, Index index);
    void walk_loop(const Statement& statement, Index index);
    void walk_items(const Statement& statement, Index index, const std::vector<Value>& items);
    void walk_often(const Statement& statement, Index index, const Known& iterable);
    void walk_macro(const Statement& statement, Index index);
    void walk_inside(const Statement& statement, Index index);
    void walk_branch(const Statement& statement, Index index);
    void capture(const Statement& statement, Index index);
    Known output_of(Index begin, Index end);
    const Known& output_of_any_call(Index macro);
    void load(const Statement& statement);
    void bind(const std::vector<std::string>& names, const Known& value);
    void assign(std::string_view name, Known value);
    void emit(const Known& value);

    // Expressions.
    Known evaluate(Index index);
    Known evaluate_node(const Node& node);
    Known evaluate_name(const Node& node);
    Known evaluate_text(const Node& node);
    Known evaluate_collection(const Node& node);
    Known evaluate_operation(const Node& node);
    Known evaluate_attribute(const Node& node);
    Known evaluate_item(const Node& node);
    Known evaluate_slice(const Node& base_and_slice, const Known& base);
    Known evaluate_filter(const Node& node);
    Known evaluate_test(const Node& node);
    Known evaluate_call(const Node& node);
    Known call_function(const Node& node, const std::string& name);
    Known call_method(const Node& node, const Node& callee);
    Known call_macro(const Node& node, Index macro);
    Known make_namespace(const Node& node);
    void bind_arguments(const Node& node, const std::vector<Known>& values, const Statement& macro);
    std::vector<Known> arguments(const Node& node);
    Known member(const Known& base, std::string_view name);

    // Effects.
    void note(Effect effect);
    void note_names(const Node& node, const Known& names, Effect like);
    void note_attributes_of(const Node& node, const std::vector<Known>& operands);
    void note_fields(const Node& node, const Known& format);
    void note_spelled(const Node& node, const Known& value);
    void note_widths(const Node& node, const Known& format);
    void note_recursion(const Node& node, const std::vector<Known>& given, Index macro);
    void note_amounts(const Node& node, const std::vector<Known>& operands);
    bool spend(std::size_t work);

    const Known* find(std::string_view name) const;

    /// Raises a counter while it lives.
    class During {
    public:
        explicit During(int& counter) : counter_(counter) { ++counter_; }
        ~During() { --counter_; }
        During(const During&) = delete;
        During& operator=(const During&) = delete;

    private:
        int& counter_;
    };

    const Template& source_;
    Effects out_;
    std::set<std::tuple<EffectKind, std::uint64_t, std::string, bool>> seen_;
    std::map<std::string, Index, std::less<>> macros_;
    std::vector<Names> scopes_ = {{}};
    Names cells_;                     // of namespaces, by the namespace's path and the name
    std::size_t changes_ = 0;         // of cells
    std::map<Index, Known> outputs_;  // of macros with arguments that are not known
    std::vector<Known>* output_ = nullptr;
    std::size_t work_ = 0;
    std::int64_t turns_ = 1;
    int unsure_ = 0;             // inside of what may or may not happen
    int unsure_before_ = 0;      // the same where the output began that is kept
    bool too_long_ = false;      // a text has been noted as an amount
    int inlined_ = 0;            // macros that are being called
    std::vector<Index> inside_;  // macros that are being walked, the innermost last
};

}  // namespace pratique::jinja
