// The source that a TorchScript archive keeps in code/: Python's syntax, compiled by torch's own
// compiler. What it can do to the world outside are operators of native_functions.yaml and of the
// runtime that open files, load libraries, call other processes or Python.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/python/tree.h"
#include "rules/findings.h"
#include "scanner/checks/torch/torch.h"

namespace pratique::scanner {
namespace {

using python::Node;
using python::NodeKind;

/// An attribute, and what it is one of; of any object if that is empty.
struct Operator {
    std::string_view object;
    std::string_view name;
};
constexpr auto kOperators = std::to_array<Operator>({
    {"aten", "save"},
    {"aten", "from_file"},
    {"torch", "save"},
    {"torch", "from_file"},
    {"prim", "PythonOp"},
    {"torch", "_C"},
    {"ops", "profiler"},
    {"distributed", "rpc"},
    {"", "load_library"},
    {"", "rpc_sync"},
    {"", "rpc_async"},
    {"", "rpc_remote"},
});

void check_operators(Scan& scan, const Artifact& artifact, const python::Tree& tree) {
    for (const Node& node : tree.nodes) {
        if (node.kind != NodeKind::attribute || node.part_count == 0) continue;
        const std::string_view name = tree.token(node);
        const Node& object = tree.nodes[tree.parts_of(node)[0]];
        for (const Operator& op : kOperators) {
            if (name != op.name) continue;
            if (!op.object.empty() && tree.token(object) != op.object) continue;
            scan.find(RuleId::torch_code_operator, artifact, node.begin,
                      escape(tree.token(object)) + "." + escape(name));
        }
    }
}

/// `# type: (Tensor) -> Tensor` was evaluated as Python (CVE-2022-45907): a type calls nothing.
void check_type_comments(Scan& scan, const Artifact& artifact) {
    constexpr std::string_view kComment = "# type:";
    const std::string_view code = text(artifact.bytes);
    for (auto at = code.find(kComment); at != std::string_view::npos;
         at = code.find(kComment, at + 1)) {
        std::string_view line = code.substr(at + kComment.size());
        line = line.substr(0, line.find('\n'));
        const auto first = line.find_first_not_of(' ');
        line.remove_prefix(std::min(first, line.size()));
        const auto arrow = line.find("->");
        const std::string_view result =
            arrow == std::string_view::npos ? "" : line.substr(arrow + 2);
        for (const std::string_view part : {line.substr(0, arrow), result}) {
            const auto begin = std::min(part.find_first_not_of(' '), part.size());
            const python::Tree tree = python::parse(part.substr(begin));
            const bool calls = std::ranges::any_of(
                tree.nodes, [](const Node& node) { return node.kind == NodeKind::call; });
            if (!calls) continue;
            scan.find(RuleId::torch_code_operator, artifact, at, escape(line, 200));
            break;
        }
    }
}

}  // namespace

void check_torchscript_code(Scan& scan, const Artifact& artifact) {
    const python::Tree tree = python::parse(text(artifact.bytes));
    if (tree.error) {
        scan.gap(GapReason::malformed, artifact, tree.error->offset, "no source of TorchScript");
    }
    check_operators(scan, artifact, tree);
    check_type_comments(scan, artifact);
}

}  // namespace pratique::scanner
