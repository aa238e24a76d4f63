// A Verification as JSON and as words.
#include <algorithm>

#include "api/report/log_lines.h"
#include "api/verify.h"
#include "base/json.h"
#include "base/text.h"

namespace pratique::api {
namespace {

/// A model may have a million files; who reads wants to know that, and the first ones.
constexpr std::size_t kMostListed = 20;

void put_refusals(json::Writer& out, std::string_view key,
                  const std::vector<signing::Refusal>& refusals) {
    out.key(key).begin_array();
    for (const signing::Refusal& refusal : refusals) {
        out.begin_object().key("reason").string(signing::name(refusal.reason));
        out.key("subject").verbatim(refusal.subject);
        out.key("message").string(describe(refusal)).end_object();
    }
    out.end_array();
}

void put_names(json::Writer& out, std::string_view key, const std::vector<std::string>& names) {
    out.key(key).begin_array();
    for (const std::string& name : names) out.verbatim(name);
    out.end_array();
}

void list(std::string& out, const std::string& what, const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) {
        out += "  " + what + ": " + escape(names[i]) + "\n";
    }
    if (names.size() > kMostListed) {
        out += "  … and " + std::to_string(names.size() - kMostListed) + " more\n";
    }
}

void list(std::string& out, const std::vector<signing::Refusal>& refusals) {
    for (std::size_t i = 0; i < std::min(refusals.size(), kMostListed); ++i) {
        out += "  " + describe(refusals[i]) + "\n";
    }
    if (refusals.size() > kMostListed) {
        out += "  … and " + std::to_string(refusals.size() - kMostListed) + " more\n";
    }
}

}  // namespace

std::string json_report(const Verification& verification) {
    json::Writer out;
    out.begin_object().key("schema_version").number(1);
    out.key("tool").begin_object().key("name").string("pratique");
    out.key("version").string(PRATIQUE_VERSION).end_object();
    out.key("model").verbatim(verification.model);
    out.key("verdict").string(name(verification.standing()));
    out.key("signatures").begin_array();
    for (const SignatureResult& one : verification.signatures) {
        out.begin_object().key("path").verbatim(one.path);
        out.key("kind").string(one.kind);
        out.key("stands").boolean(one.stands());
        out.key("entry").verbatim(one.entry);
        out.key("key").string(one.key);
        out.key("subject").verbatim(one.subject);
        out.key("root").string(one.root);
        out.key("covered_files").number(one.covered);
        put_refusals(out, "refusals", one.refusals);
        put_names(out, "notices", one.notices);
        out.end_object();
    }
    out.end_array();
    put_refusals(out, "refusals", verification.refusals);
    put_refusals(out, "warnings", verification.warnings);
    out.key("rule").verbatim(verification.rule);
    put_names(out, "uncovered", verification.uncovered);
    put_names(out, "confusable", verification.confusable);
    out.end_object();
    return out.take();
}

std::string text_report(const Verification& verification) {
    std::string out =
        escape(verification.model) + ": " + std::string(name(verification.standing())) + "\n";
    if (!verification.rule.empty()) out += "  by the rule for " + escape(verification.rule) + "\n";
    list(out, verification.refusals);
    if (!verification.warnings.empty()) out += "  it only warns:\n";
    list(out, verification.warnings);
    for (const SignatureResult& one : verification.signatures) {
        out += "  " + escape(one.path) + ": ";
        if (one.stands()) {
            out += "signed by " + (one.entry.empty() ? "" : escape(one.entry) + ", ") +
                   (one.subject.empty() ? "" : escape(one.subject) + ", ") +
                   (one.key.empty() ? "" : "key " + one.key + ", ") + std::to_string(one.covered) +
                   (one.covered == 1 ? " file\n" : " files\n");
        } else {
            const bool open = std::ranges::all_of(
                one.refusals, [](const auto& why) { return signing::is_open(why.reason); });
            out += open ? "undecided\n" : "refused\n";
            list(out, one.refusals);
        }
        for (const std::string& notice : one.notices) out += "  " + notice + "\n";
    }
    list(out, "not covered by any signature", verification.uncovered);
    list(out, "may be taken for another name elsewhere", verification.confusable);
    return without_commands(out);
}

}  // namespace pratique::api
