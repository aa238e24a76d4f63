#include "scanner/checks/tensorflow/graph.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/tensorflow/operators.h"
#include "scanner/checks/tensorflow/origin.h"

namespace pratique::scanner {
namespace {

using rules::Capability;
using tensorflow::Node;

constexpr std::size_t kMostPrinted = 3;

/// Names that stay in the process: what is packed with the graph, what Python has linked in.
bool stays_inside(std::string_view path) {
    constexpr auto kSchemes =
        std::to_array<std::string_view>({"memmapped_package://", "local://", "bytes://", "ram://"});
    return std::ranges::any_of(kSchemes, [&](auto scheme) { return path.starts_with(scheme); });
}

/// What the paths of an operator are, and whether all of them are known.
struct Paths {
    std::vector<std::string_view> texts;
    bool fed = false;
    bool computed = false;

    bool any_leads_out() const { return std::ranges::any_of(texts, leads_out); }
    /// Something else than the empty path, or nobody knows.
    bool is_named() const {
        return fed || computed ||
               std::ranges::any_of(texts, [](auto s) { return !s.empty() && !stays_inside(s); });
    }
};

/// `file_write` before `file_read`: an operator that does both is the worse.
RuleId rule_of(rules::Capabilities does) {
    if (rules::has(does, Capability::execute)) return RuleId::tensorflow_execute;
    if (rules::has(does, Capability::network)) return RuleId::tensorflow_network;
    if (rules::has(does, Capability::file_write)) return RuleId::tensorflow_file_write;
    if (rules::has(does, Capability::file_read)) return RuleId::tensorflow_file_read;
    if (rules::has(does, Capability::native_code)) return RuleId::tensorflow_native_code;
    return RuleId::tensorflow_abort;
}

/// "grpc://" leads to another machine, "file://" to a file; without either it is a word.
std::optional<RuleId> rule_of_address(const Paths& paths) {
    const auto begins = [&](std::string_view scheme) {
        return std::ranges::any_of(paths.texts,
                                   [&](std::string_view s) { return s.starts_with(scheme); });
    };
    if (begins("grpc://")) return RuleId::tensorflow_network;
    if (begins("file://")) return RuleId::tensorflow_file_write;
    return std::nullopt;
}

/// MLIR's bytecode holds the names of all operations as they are: a program of StableHLO computes
/// unless these are among them. What is no bytecode may be of any dialect, TensorFlow's too.
bool only_computes(std::string_view program) {
    constexpr auto kLeaving =
        std::to_array<std::string_view>({"custom_call", "infeed", "outfeed", "recv", "send"});
    return program.starts_with("ML\xefR") &&
           std::ranges::none_of(kLeaving, [&](std::string_view word) {
               return program.find(word) != std::string_view::npos;
           });
}

/// What an operator with these paths is, or nothing.
std::optional<RuleId> judge(const Operator& op, const Paths& paths) {
    switch (op.reach) {
        case Reach::always: return rule_of(op.capabilities);
        case Reach::named:
            if (!paths.is_named()) return std::nullopt;
            return rule_of(op.capabilities);
        case Reach::pipeline:
            if (paths.any_leads_out()) return rule_of(op.capabilities);
            return RuleId::tensorflow_pipeline;
        case Reach::saver:
            if (paths.any_leads_out()) return RuleId::tensorflow_saver_path;
            if (paths.computed) return RuleId::tensorflow_saver_computed;
            return std::nullopt;
        case Reach::asset:
            if (paths.any_leads_out()) return rule_of(op.capabilities);
            if (paths.computed || !paths.fed) return RuleId::tensorflow_no_asset;
            return std::nullopt;
        case Reach::address: return rule_of_address(paths);
        case Reach::graph:
            if (!paths.fed && !paths.computed && !paths.texts.empty()) return std::nullopt;
            return RuleId::tensorflow_carried_program;
        case Reach::program:
            if (!paths.texts.empty() && std::ranges::all_of(paths.texts, only_computes)) {
                return std::nullopt;
            }
            return RuleId::tensorflow_carried_program;
    }
    return std::nullopt;
}

class Judge {
public:
    Judge(Scan& scan, const Artifact& artifact, const tensorflow::Model& model, const Place& place)
        : scan_(scan), artifact_(artifact), model_(model), place_(place), origins_(model) {}

    void run() {
        for (const Node& node : model_.nodes) {
            if (node.op_twice) {
                scan_.find(RuleId::tensorflow_op_twice, artifact_, place_(node.at), name_of(node));
            }
            // A function of the library goes before an operator of the same name: none is shadowed.
            const Operator* op = find_operator(node.op);
            if (op != nullptr) {
                visit(node, *op);
            } else {
                judge_other(node);
            }
        }
        for (const tensorflow::Asset& asset : model_.assets) visit(asset);
        if (!model_.error) find_dangling();
        if (model_.unknown_fields > 0) {
            scan_.find(RuleId::tensorflow_unknown_field, artifact_, place_(model_.unknown_at),
                       std::to_string(model_.unknown_fields) + " fields");
        }
    }

private:
    void visit(const Node& node, const Operator& op) {
        const Paths paths = paths_of(node, op);
        if (op.reach == Reach::graph) {
            for (const std::string_view graph : paths.texts) {
                scan_.descend(artifact_, node.name, as_bytes(graph));
            }
        }
        const auto rule = judge(op, paths);
        if (!rule) return;
        // Of a program its text says nothing to a reader.
        const Paths shown =
            op.reach == Reach::program || op.reach == Reach::graph ? Paths() : paths;
        scan_.find(*rule, artifact_, place_(node.at), name_of(node) + ": " + printed(op, shown));
    }

    /// An operator that is not in the table: TensorFlow's own, a function, or somebody else's.
    void judge_other(const Node& node) {
        if (is_tensorflow_operator(node.op) || is_function(node) || !told_.insert(node.op).second) {
            return;
        }
        // tensorflow-io's operators are named so, and read files and services.
        const bool reads = node.op.starts_with("IO>");
        scan_.find(reads ? RuleId::tensorflow_pipeline : RuleId::tensorflow_unknown_operator,
                   artifact_, place_(node.at), name_of(node) + ": " + escape(node.op, 200));
    }

    bool is_function(const Node& node) {
        if (functions_.empty()) {
            for (const tensorflow::Graph& graph : model_.graphs) {
                functions_.emplace(graph.library, graph.name);
            }
        }
        return functions_.contains({model_.graphs[node.graph].library, node.op});
    }

    void visit(const tensorflow::Asset& asset) {
        if (!leads_out(asset.filename)) return;
        scan_.find(RuleId::tensorflow_asset_outside, artifact_, place_(asset.at),
                   escape(asset.filename, 200));
    }

    /// The first input that is nowhere: TensorFlow refuses such a graph, some of its tools crash.
    void find_dangling() {
        for (const Node& node : model_.nodes) {
            for (std::uint32_t i = 0; i < node.inputs; ++i) {
                const std::string_view input = model_.inputs[node.first_input + i];
                if (origins_.is_there(node.graph, input)) continue;
                return scan_.find(RuleId::tensorflow_dangling_input, artifact_, place_(node.at),
                                  name_of(node) + ": " + escape(input, 100));
            }
        }
    }

    Paths paths_of(const Node& node, const Operator& op) {
        Paths out;
        if (!op.path_attribute.empty()) {
            if (auto found = tensorflow::texts(node, op.path_attribute)) {
                out.texts = std::move(*found);
            } else {
                scan_.gap({found.error().code, place_(found.error().offset)}, artifact_);
            }
        }
        if (op.path_inputs == 0) return out;
        Origin origin = origins_.of(node, op.path_inputs);
        if (origin.error) {
            scan_.gap({origin.error->code, place_(origin.error->offset)}, artifact_);
        }
        out.texts = std::move(origin.texts);
        out.fed = origin.fed;
        out.computed = origin.computed;
        return out;
    }

    /// `function/node`.
    std::string name_of(const Node& node) const {
        const std::string_view function = model_.graphs[node.graph].name;
        return (function.empty() ? "" : escape(function, 100) + "/") + escape(node.name, 100);
    }

    static std::string printed(const Operator& op, const Paths& paths) {
        std::vector<std::string> parts;
        for (const std::string_view text : paths.texts) {
            if (parts.size() == kMostPrinted) break;
            parts.push_back("\"" + escape(text, 200) + "\"");
        }
        if (paths.texts.size() > kMostPrinted) parts.emplace_back("…");
        if (paths.fed) parts.emplace_back("what is fed");
        if (paths.computed) parts.emplace_back("what is computed");
        std::string out(op.name);
        out += '(';
        for (const std::string& part : parts) out += (out.back() == '(' ? "" : ", ") + part;
        return out + ')';
    }

    Scan& scan_;
    const Artifact& artifact_;
    const tensorflow::Model& model_;
    const Place& place_;
    Origins origins_;
    std::set<std::string_view> told_;                                 ///< unknown operators
    std::set<std::pair<std::uint32_t, std::string_view>> functions_;  ///< {library, name}
};

}  // namespace

bool leads_out(std::string_view path) {
    if (stays_inside(path)) return false;
    return archive::escapes(path) || path.starts_with('~') ||
           path.find("://") != std::string_view::npos;
}

void judge_graph(Scan& scan, const Artifact& artifact, const tensorflow::Model& model,
                 const Place& place) {
    Judge(scan, artifact, model, place).run();
}

}  // namespace pratique::scanner
