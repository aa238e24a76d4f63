// Where the path comes from that an operator of a graph opens: the texts that are written in the
// graph, and whether the program that runs it has a say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/tensorflow/model.h"

namespace pratique::scanner {

/// What feeds an input, followed back through operators that pass texts on, through variables, and
/// out of functions to where they are called.
struct Origin {
    std::vector<std::string_view> texts;  ///< constants; those that the loader replaces are not
    bool fed = false;                     ///< also by who runs the graph, or by its loader
    bool computed = false;                ///< also by operators that are not followed
    std::optional<Error> error;           ///< a constant that cannot be read
};

class Origins {
public:
    /// `model` must outlive this.
    explicit Origins(const tensorflow::Model& model);

    /// Of the inputs of `node` whose bit is set in `inputs`.
    Origin of(const tensorflow::Node& node, std::uint8_t inputs) const;

    /// Whether `input` of a node of this graph is something that is there.
    bool is_there(std::uint32_t graph, std::string_view input) const;

private:
    class Trace;

    /// A node or an argument of a graph, by its name.
    struct Named {
        std::uint32_t graph;
        std::string_view name;
        std::uint32_t index;  ///< of the node, or of the argument
        bool argument;

        friend auto operator<=>(const Named&, const Named&) = default;
    };

    /// A node that calls a function, and the number of its input that is the first argument.
    struct Caller {
        std::uint32_t library;
        std::string_view function;
        std::uint32_t node;
        std::optional<std::uint32_t> first;

        friend auto operator<=>(const Caller&, const Caller&) = default;
    };

    const Named* find(std::uint32_t graph, std::string_view name) const;
    bool is_loaders(const tensorflow::Node& node) const;

    const tensorflow::Model& model_;
    std::vector<Named> names_;
    std::vector<Caller> callers_;
    /// Nodes that give a variable its value, after the node that is the variable.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> assigned_;
    std::vector<std::string_view> loaders_;  ///< nodes of main graphs that the loader feeds assets
};

}  // namespace pratique::scanner
