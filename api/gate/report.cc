// Decisions as JSON and as words.
#include <algorithm>

#include "api/gate/gate.h"
#include "api/report/log_lines.h"
#include "base/json.h"

namespace pratique::api {
namespace {

/// Checks that are listed of one model, unless all are asked for.
constexpr std::size_t kMostListed = 20;

Answer worst(const std::vector<Decision>& decisions) {
    Answer out = decisions.empty() ? Answer::undecided : Answer::passed;
    for (const Decision& decision : decisions) out = std::max(out, decision.answer());
    return out;
}

void put(json::Writer& out, const Decision& decision) {
    out.begin_object().key("model").string(decision.model);
    out.key("decision").string(name(decision.answer()));
    out.key("policy").begin_object().key("name").string(decision.policy);
    out.key("sha256").string(decision.policy_digest).end_object();
    out.key("attested_by").string(decision.attested_by);
    out.key("checks").begin_array();
    for (const Check& check : decision.checks) {
        out.begin_object().key("rule").string(check.rule).key("file").string(check.subject);
        out.key("answer").string(name(check.answer));
        out.key("message").string(check.message).end_object();
    }
    out.end_array();
    out.key("files").begin_array();
    for (const ScannedFile& file : decision.evidence.files) {
        out.begin_object().key("path").string(file.path).key("size").number(file.size);
        out.key("sha256").string(file.sha256);
        out.key("verdict").string(name(scanner::verdict(file.report))).end_object();
    }
    out.end_array().end_object();
}

}  // namespace

std::string json_report(const std::vector<Decision>& decisions) {
    json::Writer out;
    out.begin_object().key("schema_version").number(1);
    out.key("tool").begin_object().key("name").string("pratique");
    out.key("version").string(PRATIQUE_VERSION).end_object();
    out.key("decision").string(name(worst(decisions)));
    out.key("models").begin_array();
    for (const Decision& decision : decisions) put(out, decision);
    out.end_array().end_object();
    return out.take();
}

std::string text_report(const Decision& decision, bool all) {
    std::string out = decision.model + ": " + std::string(name(decision.answer()));
    if (!decision.policy.empty()) out += " by the policy \"" + decision.policy + "\"";
    out += "\n";
    std::size_t listed = 0;
    std::size_t left_out = 0;
    for (const Check& check : decision.checks) {
        if (!all && check.answer == Answer::passed) continue;
        if (!all && listed == kMostListed) {
            ++left_out;
            continue;
        }
        ++listed;
        out += "  " + std::string(name(check.answer)) + " " + check.rule + ": " + check.subject +
               (check.subject.empty() ? "" : ": ") + check.message + "\n";
    }
    if (left_out != 0) out += "  … and " + std::to_string(left_out) + " more (--explain)\n";
    return without_commands(out);
}

}  // namespace pratique::api
