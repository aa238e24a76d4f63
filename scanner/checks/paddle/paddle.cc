#include "scanner/checks/paddle/paddle.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/paddle/program.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

struct Reaching {
    std::string_view type;
    RuleId rule;
};

constexpr auto kReaching = std::to_array<Reaching>({
    {"c_gen_nccl_id", RuleId::paddle_network},
    {"distributed_lookup_table", RuleId::paddle_network},
    {"fetch_barrier", RuleId::paddle_network},
    {"gen_nccl_id", RuleId::paddle_network},
    {"heter_listen_and_serv", RuleId::paddle_network},
    {"listen_and_serv", RuleId::paddle_network},
    {"load", RuleId::paddle_file_read},
    {"load_combine", RuleId::paddle_file_read},
    {"open_files", RuleId::paddle_file_read},
    {"prefetch", RuleId::paddle_network},
    {"py_func", RuleId::paddle_execute},
    {"py_layer", RuleId::paddle_execute},
    {"read_file", RuleId::paddle_file_read},
    {"recv", RuleId::paddle_network},
    {"recv_save", RuleId::paddle_network},
    {"save", RuleId::paddle_file_write},
    {"save_combine", RuleId::paddle_file_write},
    {"send", RuleId::paddle_network},
    {"send_and_recv", RuleId::paddle_network},
    {"send_barrier", RuleId::paddle_network},
});
static_assert(std::ranges::is_sorted(kReaching, {}, &Reaching::type));

/// Attributes that are paths and addresses.
bool is_place(std::string_view attribute) {
    return attribute.find("file") != std::string_view::npos ||
           attribute.find("endpoint") != std::string_view::npos ||
           attribute.find("epmap") != std::string_view::npos;
}

std::string printed(const paddle::Operator& op) {
    std::string out = escape(op.type, 100) + "(";
    for (const auto& [attribute, text] : op.texts) {
        if (!is_place(attribute) || text.empty()) continue;
        out += (out.back() == '(' ? "\"" : ", \"") + escape(text, 200) + "\"";
        if (out.size() > 1'000) break;
    }
    return out + ")";
}

}  // namespace

void check_paddle(Scan& scan, const Artifact& artifact) {
    const paddle::Program program = paddle::read(artifact.bytes);
    for (const paddle::Operator& op : program.operators) {
        const auto* found = std::ranges::lower_bound(kReaching, op.type, {}, &Reaching::type);
        if (found == kReaching.end() || found->type != op.type) continue;
        scan.find(found->rule, artifact, op.at, printed(op));
    }
    if (!program.error && !program.unknown) return;
    if (program.error) scan.gap(*program.error, artifact);
    if (program.unknown) {
        scan.gap(GapReason::not_inspected, artifact, *program.unknown,
                 "a field that no program of Paddle has");
    }
    search_hidden_pickles(scan, artifact);
}

}  // namespace pratique::scanner
