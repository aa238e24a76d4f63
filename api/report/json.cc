// The report for programs: stable keys, the same bytes for the same scan.
#include "base/json.h"

#include <bit>

#include "api/report/report.h"

namespace pratique::api {
namespace {

using scanner::Finding;
using scanner::Gap;

/// Members of an object that is open.
void put_members(json::Writer& out, const Finding& finding) {
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
    out.key("message").string(finding.message);
}

void put_members(json::Writer& out, const Gap& gap) {
    out.key("reason").string(name(gap.reason));
    out.key("artifact").string(gap.artifact);
    out.key("offset").number(gap.offset);
    out.key("message").string(gap.message);
}

template <class T>
void put_members(json::Writer& out, const SuppressedOne<T>& one) {
    put_members(out, one.what);
    out.key("suppressed_by").string(one.why.by_rule ? "ignore" : "baseline");
    if (!one.why.by_rule) return;
    out.key("suppressed_because").string(one.why.reason);
    out.key("suppressed_until").string(one.why.expires);
}

void put_members(json::Writer& out, const ShownRule& rule) {
    out.key("what").string(rule.what).key("path").string(rule.path);
    out.key("reason").string(rule.reason).key("expires").string(rule.expires);
}

template <class T>
void put_array(json::Writer& out, const std::vector<T>& all) {
    out.begin_array();
    for (const T& one : all) {
        out.begin_object();
        put_members(out, one);
        out.end_object();
    }
    out.end_array();
}

template <class T>
void put_all(json::Writer& out, std::string_view key, const std::vector<T>& all) {
    put_array(out.key(key), all);
}

void put_suppressed_by(json::Writer& out, const ScanReport& report) {
    const SuppressedCount count = report.suppressed();
    out.key("suppressed").begin_object();
    out.key("findings").number(count.findings).key("gaps").number(count.gaps);
    if (const auto& baseline = report.suppressed_by->baseline) {
        out.key("baseline").begin_object().key("sha256").string(baseline->sha256);
        out.key("rules_digest").string(baseline->rules_digest).end_object();
    }
    if (const auto& ignore = report.suppressed_by->ignore) {
        out.key("ignore").begin_object().key("sha256").string(ignore->sha256);
        put_all(out, "expired", ignore->expired);
        put_all(out, "unused", ignore->unused);
        out.end_object();
    }
    out.end_object();
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
    put_all(out, "findings", file.report.findings);
    put_all(out, "gaps", file.report.gaps);
    if (!file.excerpts.empty()) put_excerpts(out, file.excerpts);
    if (file.since) out.key("baseline").string(name(*file.since));
    if (!file.suppressed.empty()) {
        out.key("verdict_in_full").string(name(verdict_in_full(file)));
        out.key("suppressed").begin_object();
        put_all(out, "findings", file.suppressed.findings);
        put_all(out, "gaps", file.suppressed.gaps);
        out.end_object();
    }
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
    put_array(out, findings);
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
    if (report.suppressed_by) put_suppressed_by(out, report);
    out.key("files").begin_array();
    for (const ScannedFile& file : report.files) put_file(out, file);
    out.end_array().end_object();
    return out.take();
}

}  // namespace pratique::api
