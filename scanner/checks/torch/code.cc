// The source that a TorchScript archive keeps in code/: Python's syntax, compiled by torch's own
// compiler. What it can do to the world outside are operators of native_functions.yaml and of the
// runtime that open files, load libraries, call other processes or Python.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/text.h"
#include "formats/pickle/machine.h"
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

/// Libraries of operators that come with torch, or are so common that what they have is known to
/// compute: `ops.LIBRARY.name`, and classes as `classes.LIBRARY.Name`. In order.
constexpr auto kLibraries = std::to_array<std::string_view>({
    "_c10d_functional",
    "_caffe2",
    "_nnapi",
    "_quantized",
    "aten",
    "c10d_functional",
    "fbgemm",
    "image",
    "inductor",
    "metal",
    "metal_prepacked",
    "mkl",
    "mkldnn",
    "mkldnn_prepacked",
    "onednn",
    "prepacked",
    "prim",
    "prims",
    "profiler",
    "quantized",
    "quantized_decomposed",
    "rnn",
    "sparse",
    "static_runtime",
    "tensorexpr",
    "torch_cluster",
    "torch_scatter",
    "torch_sparse",
    "torch_spline_conv",
    "torchaudio",
    "torchtext",
    "torchvision",
    "vulkan",
    "vulkan_prepack",
    "xnnpack",
});
static_assert(std::ranges::is_sorted(kLibraries));

/// Operators of those libraries that open what their arguments name: torchvision's of files,
/// torchaudio's of sox and FFmpeg.
bool reaches_out(std::string_view library, std::string_view name) {
    const auto has = [&](std::string_view word) {
        return name.find(word) != std::string_view::npos;
    };
    if (library == "image") return has("file");
    if (library == "torchaudio") {
        return has("sox") || has("ffmpeg") || has("file") || has("Stream") || has("load") ||
               has("save");
    }
    if (library == "torchtext") return has("load") || has("file");
    return std::ranges::any_of(kOperators, [&](const Operator& op) {
        return name == op.name && (op.object.empty() || op.object == library);
    });
}

std::optional<RuleId> rule_of(std::string_view library, std::string_view name) {
    if (reaches_out(library, name)) return RuleId::torch_code_operator;
    if (std::ranges::binary_search(kLibraries, library)) return std::nullopt;
    return RuleId::torch_unknown_operator;
}

/// `ops.LIBRARY.name` and `classes.LIBRARY.Name`.
void check_library(Scan& scan, const Artifact& artifact, const python::Tree& tree,
                   const Node& node) {
    const Node& library = tree.nodes[tree.parts_of(node)[0]];
    if (library.kind != NodeKind::attribute || library.part_count == 0) return;
    const std::string_view root = tree.token(tree.nodes[tree.parts_of(library)[0]]);
    if (root != "ops" && root != "classes") return;
    const auto rule = rule_of(tree.token(library), tree.token(node));
    if (!rule) return;
    scan.find(*rule, artifact, node.begin,
              escape(tree.token(library), 100) + "." + escape(tree.token(node), 100));
}

void check_operators(Scan& scan, const Artifact& artifact, const python::Tree& tree) {
    for (const Node& node : tree.nodes) {
        if (node.kind != NodeKind::attribute || node.part_count == 0) continue;
        check_library(scan, artifact, tree, node);
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

void check_torchscript_bytecode(Scan& scan, const Artifact& artifact) {
    const pickle::Program program = pickle::run(artifact.bytes, 0, scan.limits(), {.fold = false});
    std::set<std::string> told;
    for (const pickle::Value value : program.edges) {
        if (value.kind() != pickle::Kind::text) continue;
        const std::string name = program.text(value).value_or("");
        const std::size_t colons = name.find("::");
        if (colons == std::string::npos || !told.insert(name).second) continue;
        const auto rule = rule_of(name.substr(0, colons), name.substr(colons + 2));
        if (rule) scan.find(*rule, artifact, value.at(), escape(name, 200));
    }
}

}  // namespace pratique::scanner
