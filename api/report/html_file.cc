// One file in the HTML report.
#include <algorithm>

#include "api/report/html.h"
#include "api/report/words.h"
#include "api/report/xml.h"

namespace pratique::api {
namespace {

using scanner::Finding;
using scanner::Gap;
using scanner::Verdict;

constexpr std::size_t kMostGroups = 30;
constexpr std::size_t kMostPlaces = 5;
constexpr std::size_t kMostGaps = 30;
constexpr std::size_t kMostNotes = 3;
/// Bytes of one piece of evidence; the JSON report has all of it.
constexpr std::size_t kLongest = 1000;

std::string code(std::string_view text) {
    std::string_view shown = text;
    if (text.size() > kLongest) {
        std::size_t end = kLongest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
        shown = text.substr(0, end);
    }
    return "<code>" + xml(shown) + (shown.size() < text.size() ? "…" : "") + "</code>";
}

std::string kinds(const ScannedFile& file) {
    std::string out;
    for (const std::string& identity : file.report.identities) {
        out += (out.empty() ? "" : ", ") + xml(identity);
    }
    return out;
}

std::string why(const ScannedFile& file) {
    if (scanner::verdict(file.report) == Verdict::incomplete) {
        return xml(file.report.gaps.front().message);
    }
    const Finding& finding = *worst(file.report);
    return xml(finding.message) + (finding.evidence.empty() ? "" : " " + code(finding.evidence));
}

std::string would(const ScannedFile& file) {
    const auto done = deeds(file.report);
    if (done.empty()) return {};
    std::string out = "<div class=would>" + std::string(loading_it(file.report)) + "\n<ul>\n";
    for (const Deed& deed : done) {
        out += "<li>" + std::string(deed.what);
        for (std::size_t i = 0; i < deed.evidence.size(); ++i) {
            out += (i == 0 ? ": " : ", ") + code(deed.evidence[i]);
        }
        out += "</li>\n";
    }
    return out + "</ul></div>\n";
}

std::string place_of(std::string_view artifact, std::uint64_t offset) {
    std::string out = "<span class=place>";
    if (!artifact.empty()) out += code(artifact) + " ";
    return out + "at byte " + with_commas(offset) + "</span>";
}

std::string item(const Group& group) {
    const Finding& first = group.first();
    const std::string severity(rules::name(first.severity));
    const std::string id(rules::info(first.rule).id);
    std::string out = "<li><span class=\"level " + severity + "\">" + severity + "</span><div>" +
                      xml(first.message) + " <a class=id href=\"#" + id + "\">" + id + "</a><ul>\n";
    const std::size_t shown = std::min(group.findings.size(), kMostPlaces);
    for (std::size_t i = 0; i < shown; ++i) {
        const Finding& finding = *group.findings[i];
        out += "<li>" + (finding.evidence.empty() ? "" : code(finding.evidence) + " ") +
               place_of(finding.artifact, finding.offset) + "</li>\n";
    }
    if (shown < group.findings.size()) {
        out += "<li class=place>and " + count_text(group.findings.size() - shown, "more place") +
               "</li>\n";
    }
    return out + "</ul></div></li>\n";
}

std::string item(const Gap& gap) {
    return "<li><span class=\"level gap\">not read</span><div>" + xml(gap.message) +
           " <span class=id>" + std::string(name(gap.reason)) + "</span><ul>\n<li>" +
           place_of(gap.artifact, gap.offset) + "</li>\n<li class=place>" +
           xml(advice(gap.reason)) + "</li>\n</ul></div></li>\n";
}

std::string findings(const ScannedFile& file) {
    const auto groups = grouped(file.report.findings);
    const auto& gaps = file.report.gaps;
    std::string out = "<ul class=found>\n";
    for (std::size_t i = 0; i < std::min(groups.size(), kMostGroups); ++i) out += item(groups[i]);
    for (std::size_t i = 0; i < std::min(gaps.size(), kMostGaps); ++i) out += item(gaps[i]);
    out += "</ul>\n";
    if (groups.size() > kMostGroups) {
        out += "<p class=meta>And " + count_text(groups.size() - kMostGroups, "more kind") +
               " of findings.</p>\n";
    }
    if (gaps.size() > kMostGaps) {
        out += "<p class=meta>And " + count_text(gaps.size() - kMostGaps, "more gap") + ".</p>\n";
    }
    return out;
}

std::string listing(const Excerpt& excerpt) {
    std::string out = "<p class=meta>" + code(excerpt.artifact) + "</p>\n<pre>";
    for (const std::string& line : excerpt.lines) {
        const bool marked = line.find_first_not_of(' ') != std::string::npos &&
                            line.compare(line.find_first_not_of(' '), 3, "** ") == 0;
        // A marked line is a block of its own, and ends itself.
        out += marked ? "<mark>" + xml(line) + "</mark>" : xml(line) + "\n";
    }
    return out + "</pre>\n";
}

std::string meta(const ScannedFile& file) {
    std::string out = "<p class=meta>" + size_text(file.size);
    if (file.binding) out += ", binding " + std::string(name(*file.binding));
    if (!file.sha256.empty()) out += ", <code>sha256:" + xml(file.sha256) + "</code>";
    return out + "</p>\n";
}

}  // namespace

std::string html_file(const ScannedFile& file, bool open) {
    std::string out = open ? "<details class=file open>" : "<details class=file>";
    out += "<summary><code>" + xml(file.path) + "</code><span class=kind>" + kinds(file) +
           "</span><span class=why>" + why(file) + "</span></summary>\n<div class=body>\n";
    out += would(file) + findings(file);
    if (!file.suppressed.empty()) out += "<p>" + xml(not_counted(file)) + "</p>\n";
    if (!file.excerpts.empty()) {
        out += "<h3>The instructions around it</h3>\n";
        for (const Excerpt& excerpt : file.excerpts) out += listing(excerpt);
    }
    const Finding* finding = worst(file.report);
    if (finding != nullptr && finding->severity >= rules::Severity::medium) {
        out += "<h3>What to do</h3>\n<p>" + xml(rules::info(finding->rule).advice) + "</p>\n";
    }
    return out + meta(file) + "</div></details>\n";
}

std::string html_row(const ScannedFile& file) {
    std::string out = "<li><code>" + xml(file.path) + "</code><span>" + kinds(file) +
                      "</span><span>" + size_text(file.size) + "</span>";
    const auto groups = grouped(file.report.findings);
    for (std::size_t i = 0; i < std::min(groups.size(), kMostNotes); ++i) {
        const Finding& first = groups[i].first();
        out +=
            "<em>" + std::string(rules::name(first.severity)) + ": " + xml(first.message) + "</em>";
    }
    if (!file.suppressed.empty()) out += "<em>" + xml(not_counted(file)) + "</em>";
    return out + "</li>\n";
}

}  // namespace pratique::api
