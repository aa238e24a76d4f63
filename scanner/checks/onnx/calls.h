// Functions of an ONNX model are graphs by name, inlined where a node calls them. Who calls whom is
// a graph of its own; it must not have circles, and what it grows to must be bearable.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace pratique::scanner {

/// What a node calls and a function is called.
struct Operator {
    std::string_view domain;
    std::string_view name;
    std::string_view overload;

    friend auto operator<=>(const Operator&, const Operator&) = default;
};

class Calls {
public:
    /// From now on, until leave(), nodes are those of this function; false if it is known already.
    bool enter(const Operator& function, std::uint64_t at);
    void leave() { caller_ = kMain; }
    /// A node, as one that calls a function of the model if there is such.
    void call(const Operator& callee);

    /// Functions that were met in more different calls than are kept.
    bool overflowed() const { return overflowed_; }

    struct Outcome {
        bool cycle = false;
        std::uint64_t at = 0;   ///< of a function in the circle
        std::string_view name;  ///< its name
        std::uint64_t nodes =
            0;  ///< of the main graph, everything inlined; the largest if too many
    };
    Outcome resolve() const;
    /// Nodes that stand in the file.
    std::uint64_t nodes() const { return nodes_; }
    bool defines(std::string_view domain) const;

private:
    static constexpr std::size_t kMain = 0;
    struct Function {
        Operator name;
        std::uint64_t at = 0;
        std::uint64_t nodes = 0;
        std::map<Operator, std::uint64_t> callees;  ///< and how often
    };

    std::vector<Function> functions_{Function{}};
    std::map<Operator, std::size_t> known_;
    std::size_t caller_ = kMain;
    std::size_t kept_ = 0;
    std::uint64_t nodes_ = 0;
    bool overflowed_ = false;
};

}  // namespace pratique::scanner
