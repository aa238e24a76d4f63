#include "scanner/checks/tensorflow/origin.h"

#include <algorithm>
#include <array>
#include <set>

namespace pratique::scanner {
namespace {

using tensorflow::Node;

/// Steps of one question: a path that takes more is a computed one.
constexpr int kMostSteps = 1'000;

/// Operators whose texts are those of their inputs.
bool passes_on(std::string_view op) {
    constexpr auto kOps = std::to_array<std::string_view>(
        {"ConcatV2", "ExpandDims", "Fill", "Identity", "IdentityN", "Pack",
         "PlaceholderWithDefault", "ReadVariableOp", "Reshape", "Select", "SelectV2",
         "ShardedFilename", "ShardedFilespec", "Squeeze", "StringJoin", "Unpack"});
    return std::ranges::binary_search(kOps, op);
}

/// Operators that take texts and give numbers or truth values.
bool only_asks(std::string_view op) {
    return op == "StaticRegexFullMatch" || op == "RegexFullMatch" || op == "Equal";
}

bool is_variable(std::string_view op) {
    return op == "VarHandleOp" || op == "VariableV2" || op == "Variable";
}

bool assigns(std::string_view op) {
    return op == "AssignVariableOp" || op == "Assign" || op == "AssignAdd";
}

/// Which input is the first argument of the function that a node calls.
std::optional<std::uint32_t> first_argument(std::string_view op) {
    if (op == "PartitionedCall" || op == "StatefulPartitionedCall" || op == "While" ||
        op == "StatelessWhile") {
        return 0;
    }
    if (op == "If" || op == "StatelessIf" || op == "Case" || op == "StatelessCase") return 1;
    return std::nullopt;
}

/// "node:output:0" and "node:0" without what stands behind the node.
std::string_view node_of(std::string_view input) { return input.substr(0, input.find(':')); }

bool is_control(std::string_view input) { return input.starts_with('^'); }

}  // namespace

/// One question: a list of places that are still to be looked at, and each looked at once.
class Origins::Trace {
public:
    explicit Trace(const Origins& all) : all_(all), model_(all.model_) {}

    Origin run(const Node& node, std::uint8_t inputs) {
        for (std::uint32_t i = 0; i < node.inputs && i < 8; ++i) {
            if ((inputs >> i & 1) != 0) push(node, i);
        }
        for (int steps = 0; !open_.empty(); ++steps) {
            const Named place = open_.back();
            open_.pop_back();
            if (steps == kMostSteps) {
                out_.computed = true;
                break;
            }
            if (place.argument) {
                leave(place);
            } else {
                visit(place.index);
            }
        }
        return std::move(out_);
    }

private:
    void push(const Node& node, std::uint32_t input) {
        if (input >= node.inputs) {
            out_.computed = true;
            return;
        }
        const std::string_view name = model_.inputs[node.first_input + input];
        if (is_control(name)) return;
        const Named* found = all_.find(node.graph, node_of(name));
        if (found == nullptr) {
            out_.computed = true;
        } else if (seen_.insert(*found).second) {
            open_.push_back(*found);
        }
    }

    void visit(std::uint32_t index) {
        const Node& node = model_.nodes[index];
        if (node.op == "Const") return visit_constant(node);
        if (node.op == "Placeholder" || all_.is_loaders(node)) {
            out_.fed = true;
        } else if (is_variable(node.op)) {
            visit_variable(index);
        } else if (passes_on(node.op)) {
            out_.fed = out_.fed || node.op == "PlaceholderWithDefault";
            for (std::uint32_t i = 0; i < node.inputs; ++i) push(node, i);
        } else if (!only_asks(node.op)) {
            out_.computed = true;
        }
    }

    void visit_constant(const Node& node) {
        if (all_.is_loaders(node)) {
            out_.fed = true;
            return;
        }
        const auto found = tensorflow::texts(node, "value");
        if (!found) {
            out_.error = found.error();
        } else {
            out_.texts.insert(out_.texts.end(), found->begin(), found->end());
        }
    }

    /// What is never assigned is restored from the checkpoint.
    void visit_variable(std::uint32_t index) {
        auto assigned = std::ranges::lower_bound(all_.assigned_, std::pair{index, 0U});
        bool any = false;
        for (; assigned != all_.assigned_.end() && assigned->first == index; ++assigned) {
            any = true;
            push(model_.nodes[assigned->second], 1);
        }
        out_.computed = out_.computed || !any;
    }

    /// From an argument of a function to the inputs of its callers.
    void leave(const Named& argument) {
        const tensorflow::Graph& graph = model_.graphs[argument.graph];
        const Caller key{graph.library, graph.name, 0, std::nullopt};
        auto caller = std::ranges::lower_bound(all_.callers_, key);
        bool called = false;
        for (; caller != all_.callers_.end() && caller->library == graph.library &&
               caller->function == graph.name;
             ++caller) {
            called = true;
            if (!caller->first || graph.lists) {
                out_.computed = true;
            } else {
                push(model_.nodes[caller->node], *caller->first + argument.index);
            }
        }
        out_.fed = out_.fed || !called;
    }

    const Origins& all_;
    const tensorflow::Model& model_;
    Origin out_;
    std::vector<Named> open_;
    std::set<Named> seen_;
};

Origins::Origins(const tensorflow::Model& model) : model_(model) {
    for (std::uint32_t i = 0; i < model.nodes.size(); ++i) {
        const Node& node = model.nodes[i];
        const std::uint32_t library = model.graphs[node.graph].library;
        names_.push_back({node.graph, node.name, i, false});
        // A function can be called by its name as an operator.
        callers_.push_back({library, node.op, i, 0});
    }
    for (std::uint32_t i = 0; i < model.graphs.size(); ++i) {
        std::uint32_t number = 0;
        for (const std::string_view name : model.graphs[i].arguments) {
            names_.push_back({i, name, number++, true});
        }
    }
    for (const tensorflow::Call& call : model.calls) {
        const Node& node = model.nodes[call.node];
        callers_.push_back(
            {model.graphs[node.graph].library, call.function, call.node, first_argument(node.op)});
    }
    for (const tensorflow::Asset& asset : model.assets) loaders_.push_back(node_of(asset.tensor));
    std::ranges::sort(names_);
    std::ranges::sort(callers_);
    std::ranges::sort(loaders_);
    for (std::uint32_t i = 0; i < model.nodes.size(); ++i) {
        const Node& node = model.nodes[i];
        if (!assigns(node.op) || node.inputs < 2) continue;
        const Named* variable = find(node.graph, node_of(model.inputs[node.first_input]));
        if (variable != nullptr && !variable->argument) assigned_.emplace_back(variable->index, i);
    }
    std::ranges::sort(assigned_);
}

Origin Origins::of(const Node& node, std::uint8_t inputs) const {
    return Trace(*this).run(node, inputs);
}

bool Origins::is_there(std::uint32_t graph, std::string_view input) const {
    if (is_control(input)) input.remove_prefix(1);
    return find(graph, node_of(input)) != nullptr;
}

const Origins::Named* Origins::find(std::uint32_t graph, std::string_view name) const {
    const auto found = std::ranges::lower_bound(names_, Named{graph, name, 0, false});
    return found == names_.end() || found->graph != graph || found->name != name ? nullptr
                                                                                 : &*found;
}

/// A node that the loader gives the path of an asset, whatever stands in the graph.
bool Origins::is_loaders(const Node& node) const {
    return model_.graphs[node.graph].name.empty() &&
           std::ranges::binary_search(loaders_, node.name);
}

}  // namespace pratique::scanner
