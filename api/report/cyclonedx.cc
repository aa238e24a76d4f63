// CycloneDX 1.6 (ECMA-424): each file is a component, each kind of finding a vulnerability that
// affects components, and each file that could not be read as a whole belongs to a composition that
// is incomplete. Annotations would suit gaps better, but each must bear a time, and two scans of
// the same bytes shall give the same bytes: hence no times, and a serial number made of the
// content.
#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "api/report/report.h"
#include "api/report/words.h"
#include "base/digest.h"

namespace pratique::api {
namespace {

using rules::Severity;
using scanner::Finding;
using scanner::Gap;
using scanner::Verdict;

/// Findings and gaps that are spelt out of one file; the JSON report has all.
constexpr std::size_t kMostListed = 50;

/// What is no model by itself: text, media, archives, programs, and nothing at all.
constexpr auto kNoModel = std::to_array<std::string_view>({"text",
                                                           "json",
                                                           "xml",
                                                           "yaml",
                                                           "python",
                                                           "script",
                                                           "jinja",
                                                           "requirements",
                                                           "notebook",
                                                           "spacy-config",
                                                           "tf-text",
                                                           "opaque",
                                                           "empty",
                                                           "png",
                                                           "jpeg",
                                                           "gif",
                                                           "bmp",
                                                           "tiff",
                                                           "riff",
                                                           "pdf",
                                                           "ogg",
                                                           "flac",
                                                           "mp3",
                                                           "mp4",
                                                           "woff",
                                                           "matroska",
                                                           "apple-double",
                                                           "zip",
                                                           "tar",
                                                           "gzip",
                                                           "zlib",
                                                           "xz",
                                                           "lzma",
                                                           "bzip2",
                                                           "zstd",
                                                           "lz4",
                                                           "7z",
                                                           "rar",
                                                           "cpio",
                                                           "ar",
                                                           "elf",
                                                           "pe",
                                                           "mach-o",
                                                           "java-class",
                                                           "web-assembly",
                                                           "sqlite",
                                                           "parquet",
                                                           "arrow",
                                                           "git-lfs-pointer",
                                                           "git-annex-pointer"});

bool is_model(const ScannedFile& file) {
    const auto& kinds = file.report.identities;
    return std::any_of(kinds.begin(), kinds.end(), [](const std::string& kind) {
        return std::find(kNoModel.begin(), kNoModel.end(), kind) == kNoModel.end();
    });
}

/// RFC 9562, version 8: the bits are ours, and say what the report says.
std::string serial_number(const ScanReport& report) {
    const std::string text = json_report(report);
    std::string digits = sha256_hex(std::as_bytes(std::span(text))).substr(0, 32);
    digits[12] = '8';
    digits[16] = 'a';
    for (const std::size_t at : {20U, 16U, 12U, 8U}) digits.insert(at, "-");
    return "urn:uuid:" + digits;
}

std::string reference(std::size_t file) { return "file:" + std::to_string(file); }

class CycloneDx {
public:
    explicit CycloneDx(const ScanReport& report) : report_(report) {}

    std::string draw() {
        out_.begin_object().key("$schema").string(
            "http://cyclonedx.org/schema/bom-1.6.schema.json");
        out_.key("bomFormat").string("CycloneDX").key("specVersion").string("1.6");
        out_.key("serialNumber").string(serial_number(report_)).key("version").number(1);
        metadata();
        out_.key("components").begin_array();
        for (std::size_t i = 0; i < report_.files.size(); ++i) component(i);
        out_.end_array();
        compositions();
        vulnerabilities();
        out_.end_object();
        return out_.take();
    }

private:
    void property(std::string_view name, std::string_view value) {
        out_.begin_object().key("name").string("pratique:" + std::string(name));
        out_.key("value").string(value).end_object();
    }

    void metadata() {
        out_.key("metadata").begin_object().key("tools").begin_object();
        out_.key("components").begin_array().begin_object();
        out_.key("type").string("application").key("name").string("pratique");
        out_.key("version").string(report_.version).end_object().end_array().end_object();
        out_.key("properties").begin_array();
        property("verdict", name(report_.verdict()));
        property("isolation", name(report_.isolation.tier()));
        property("binding", name(report_.binding()));
        property("rules-digest", "sha256:" + report_.rules_digest);
        if (report_.suppressed_by) property("not-counted", not_counted(report_));
        out_.end_array().end_object();
    }

    void component(std::size_t number) {
        const ScannedFile& file = report_.files[number];
        out_.begin_object();
        out_.key("type").string(is_model(file) ? "machine-learning-model" : "file");
        out_.key("bom-ref").string(reference(number)).key("name").string(file.path);
        if (!file.sha256.empty()) {
            out_.key("hashes").begin_array().begin_object().key("alg").string("SHA-256");
            out_.key("content").string(file.sha256).end_object().end_array();
        }
        out_.key("properties").begin_array();
        property("verdict", name(scanner::verdict(file.report)));
        property("size", std::to_string(file.size));
        if (file.binding) property("binding", name(*file.binding));
        for (const std::string& identity : file.report.identities) property("identity", identity);
        findings(file);
        gaps(file);
        if (!file.suppressed.empty()) property("not-counted", not_counted(file));
        out_.end_array().end_object();
    }

    void findings(const ScannedFile& file) {
        const auto& all = file.report.findings;
        for (std::size_t i = 0; i < std::min(all.size(), kMostListed); ++i) {
            property("finding", std::string(rules::name(all[i].severity)) + " " +
                                    std::string(rules::info(all[i].rule).id) + " " +
                                    place(all[i].artifact, all[i].offset) + ": " + all[i].message +
                                    (all[i].evidence.empty() ? "" : ": " + all[i].evidence));
        }
        if (all.size() > kMostListed) {
            property("findings-left-out", std::to_string(all.size() - kMostListed));
        }
    }

    void gaps(const ScannedFile& file) {
        const auto& all = file.report.gaps;
        for (std::size_t i = 0; i < std::min(all.size(), kMostListed); ++i) {
            property("gap", std::string(name(all[i].reason)) + " " +
                                place(all[i].artifact, all[i].offset) + ": " + all[i].message);
        }
        if (all.size() > kMostListed) {
            property("gaps-left-out", std::to_string(all.size() - kMostListed));
        }
    }

    void composition(std::string_view aggregate, bool with_gaps) {
        std::vector<std::size_t> files;
        for (std::size_t i = 0; i < report_.files.size(); ++i) {
            if (report_.files[i].report.gaps.empty() != with_gaps) files.push_back(i);
        }
        if (files.empty()) return;
        out_.begin_object().key("aggregate").string(aggregate).key("assemblies").begin_array();
        for (const std::size_t file : files) out_.string(reference(file));
        out_.end_array().end_object();
    }

    void compositions() {
        out_.key("compositions").begin_array();
        composition("complete", false);
        composition("incomplete", true);
        out_.end_array();
    }

    /// One for each rule and severity: a rule that speaks of names has several severities.
    void vulnerabilities() {
        std::map<std::pair<std::string_view, Severity>, std::vector<std::size_t>> found;
        std::map<std::string_view, rules::RuleId> ids;
        for (std::size_t i = 0; i < report_.files.size(); ++i) {
            for (const Finding& finding : report_.files[i].report.findings) {
                const std::string_view id = rules::info(finding.rule).id;
                ids.try_emplace(id, finding.rule);
                auto& files = found[{id, finding.severity}];
                if (files.empty() || files.back() != i) files.push_back(i);
            }
        }
        out_.key("vulnerabilities").begin_array();
        for (const auto& [what, files] : found) {
            vulnerability(rules::info(ids.at(what.first)), what.second, files);
        }
        out_.end_array();
    }

    void vulnerability(const rules::FindingInfo& info, Severity severity,
                       const std::vector<std::size_t>& files) {
        out_.begin_object();
        out_.key("bom-ref").string(std::string(info.id) + "/" + std::string(rules::name(severity)));
        out_.key("id").string(info.id);
        out_.key("source").begin_object().key("name").string("pratique").end_object();
        out_.key("ratings").begin_array().begin_object();
        out_.key("severity").string(rules::name(severity)).key("method").string("other");
        out_.end_object().end_array();
        out_.key("description").string(info.title).key("detail").string(info.why);
        out_.key("recommendation").string(info.advice);
        out_.key("affects").begin_array();
        for (const std::size_t file : files) {
            out_.begin_object().key("ref").string(reference(file)).end_object();
        }
        out_.end_array().end_object();
    }

    const ScanReport& report_;
    json::Writer out_;
};

}  // namespace

std::string cyclonedx_report(const ScanReport& report) { return CycloneDx(report).draw(); }

}  // namespace pratique::api
