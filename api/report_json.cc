// The report for programs: stable keys, the same bytes for the same scan.
#include <bit>

#include "api/report.h"
#include "base/json.h"

namespace pratique::api {
namespace {

using scanner::Finding;
using scanner::Gap;

void put_finding(json::Writer& out, const Finding& finding) {
    out.begin_object();
    out.key("rule").string(rules::info(finding.rule).id);
    out.key("severity").string(rules::name(finding.severity));
    out.key("capabilities").begin_array();
    for (unsigned bit = 0; bit < rules::kCapabilityCount; ++bit) {
        const auto one = static_cast<rules::Capability>(1U << bit);
        if (rules::has(finding.capabilities, one)) out.string(rules::name(one));
    }
    out.end_array();
    out.key("artifact").string(finding.artifact);
    out.key("offset").number(finding.offset);
    out.key("evidence").string(finding.evidence);
    out.key("message").string(finding.message).end_object();
}

void put_gap(json::Writer& out, const Gap& gap) {
    out.begin_object();
    out.key("reason").string(name(gap.reason));
    out.key("artifact").string(gap.artifact);
    out.key("offset").number(gap.offset);
    out.key("message").string(gap.message).end_object();
}

void put_excerpts(json::Writer& out, const std::vector<Excerpt>& excerpts) {
    out.key("excerpts").begin_array();
    for (const Excerpt& excerpt : excerpts) {
        out.begin_object().key("artifact").string(excerpt.artifact);
        out.key("lines").begin_array();
        for (const std::string& line : excerpt.lines) out.string(line);
        out.end_array().end_object();
    }
    out.end_array();
}

}  // namespace

void put_file(json::Writer& out, const ScannedFile& file) {
    out.begin_object();
    out.key("path").string(file.path);
    out.key("size").number(file.size);
    out.key("group").number(file.group);
    if (!file.sha256.empty()) out.key("sha256").string(file.sha256);
    if (file.binding) out.key("binding").string(name(*file.binding));
    if (!file.verity.empty()) out.key("verity").string(file.verity);
    out.key("identities").begin_array();
    for (const std::string& identity : file.report.identities) out.string(identity);
    out.end_array();
    out.key("verdict").string(name(scanner::verdict(file.report)));
    out.key("findings").begin_array();
    for (const Finding& finding : file.report.findings) put_finding(out, finding);
    out.end_array().key("gaps").begin_array();
    for (const Gap& gap : file.report.gaps) put_gap(out, gap);
    out.end_array();
    if (!file.excerpts.empty()) put_excerpts(out, file.excerpts);
    out.end_object();
}

void put_isolation(json::Writer& out, const sandbox::Isolation& isolation) {
    out.key("isolation").begin_object();
    out.key("tier").string(name(isolation.tier()));
    out.key("seccomp").string(name(isolation.seccomp));
    out.key("no_new_privs").boolean(isolation.no_new_privs);
    out.key("capabilities_dropped").boolean(isolation.caps_dropped);
    out.key("mdwe").boolean(isolation.mdwe);
    out.key("namespaces").boolean(isolation.namespaces);
    out.key("landlock_abi").number(isolation.landlock_abi);
    out.key("cgroup").begin_array();
    if (isolation.group.memory) out.string("memory.max");
    if (isolation.group.swap) out.string("memory.swap.max");
    if (isolation.group.processes) out.string("pids.max");
    out.end_array();
    out.key("missing").begin_array();
    for (const sandbox::Missing& missing : isolation.missing) {
        out.begin_object().key("layer").string(name(missing.layer));
        out.key("errno").number(static_cast<std::uint64_t>(missing.error));
        out.key("reason").string(reason(missing)).end_object();
    }
    out.end_array().end_object();
}

std::string json_findings(const std::vector<Finding>& findings) {
    json::Writer out;
    out.begin_array();
    for (const Finding& finding : findings) put_finding(out, finding);
    out.end_array();
    return out.take();
}

std::string json_report(const ScanReport& report) {
    json::Writer out;
    out.begin_object().key("schema_version").number(1);
    out.key("tool").begin_object().key("name").string("pratique");
    out.key("version").string(report.version);
    out.key("rules_digest").string("sha256:" + report.rules_digest).end_object();
    put_isolation(out, report.isolation);
    out.key("binding").string(name(report.binding()));
    out.key("verdict").string(name(report.verdict()));
    out.key("files").begin_array();
    for (const ScannedFile& file : report.files) put_file(out, file);
    out.end_array().end_object();
    return out.take();
}

}  // namespace pratique::api
