// Markdown in GitHub's dialect, for the page of a CI run: how many, which files are not clean, and
// what each of them does. A step summary of more than 1 MiB is not shown at all, so what does not
// fit is left out, and the last line says how much.
//
// Text from files is hostile to Markdown in many ways: markup, raw HTML, mentions, links made of
// bare addresses. It stands in <code>, and whatever is neither letter nor digit and could begin
// anything is a numeric reference, which no parser of Markdown takes for structure.
#include <algorithm>

#include "api/report/report.h"
#include "api/report/words.h"
#include "base/text.h"

namespace pratique::api {
namespace {

using scanner::Finding;
using scanner::Gap;
using scanner::Verdict;

constexpr std::size_t kMostBytes = std::size_t{1} << 20U;
/// Kept for the lines that say what is left out, and for what closes the page.
constexpr std::size_t kReserve = 1024;
constexpr std::size_t kMostGroups = 20;
constexpr std::size_t kMostPlaces = 3;
constexpr std::size_t kLongest = 400;  // bytes of one text from a file

/// At most so many bytes, cut between characters.
std::string_view cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80) --most;
    return text.substr(0, most);
}

bool is_plain(char c, char before) {
    if (c == '.') return before != 'w' && before != 'W';  // www. makes a link
    return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(" /-,()\"'=;%+?").find(c) != std::string_view::npos;
}

/// Text from a file, inert wherever it stands in a line or a cell.
std::string code(std::string_view text) {
    const std::string_view shown = cut(text, kLongest);
    std::string out = "<code>";
    char before = '\0';
    for (const char c : is_printable(shown) ? std::string(shown) : escape(shown)) {
        if (is_plain(c, before)) {
            out += c;
        } else {
            out += "&#" + std::to_string(static_cast<unsigned char>(c)) + ";";
        }
        before = c;
    }
    return out + (shown.size() < text.size() ? "…" : "") + "</code>";
}

/// Our own words; where they name something that needs care, they are treated as a file's.
std::string words(std::string_view text) {
    char before = '\0';
    for (std::size_t i = 0; i < text.size(); before = text[i], ++i) {
        const bool colon = text[i] == ':' && text.substr(i + 1).starts_with(' ');
        if (!colon && !is_plain(text[i], before)) return code(text);
    }
    return std::string(text);
}

std::string_view mark(Verdict verdict) {
    switch (verdict) {
        case Verdict::malicious: return "🟥 malicious";
        case Verdict::suspicious: return "🟧 suspicious";
        case Verdict::incomplete: return "⬜ incomplete";
        case Verdict::clean: return "🟩 clean";
    }
    return {};
}

std::string summary(const ScanReport& report) {
    std::string out = "## Pratique: " + std::string(name(report.verdict())) + "\n\n";
    if (report.files.empty()) return out + "Nothing to scan.\n";
    const Counts counts = count_verdicts(report);
    out += count_text(report.files.size(), "file") + " scanned:";
    std::string_view separator = " ";
    for (const Verdict verdict : kWorstFirst) {
        const std::size_t count = count_of(counts, verdict);
        if (count == 0) continue;
        out += separator;
        out += with_commas(count) + " " + std::string(name(verdict));
        separator = ", ";
    }
    out += ". Isolation " + std::string(name(report.isolation.tier())) + ", binding " +
           std::string(name(report.binding())) + ", pratique " + words(report.version) +
           ", rules `sha256:" + report.rules_digest.substr(0, 12) + "`.\n";
    for (const sandbox::Missing& missing : report.isolation.missing) {
        out += "\nWithout " + words(name(missing.layer)) + ": " + words(reason(missing)) + ".\n";
    }
    return out;
}

std::string why(const ScannedFile& file) {
    if (scanner::verdict(file.report) == Verdict::incomplete) {
        const Gap& gap = file.report.gaps.front();
        return "not inspected: " + words(gap.message);
    }
    const Finding& finding = *worst(file.report);
    return words(finding.message) + (finding.evidence.empty() ? "" : " " + code(finding.evidence));
}

std::string row(const ScannedFile& file) {
    return "| " + std::string(mark(scanner::verdict(file.report))) + " | " + code(file.path) +
           " | " + why(file) + " |\n";
}

std::string item(const Group& group) {
    const Finding& first = group.first();
    std::string out = "- **" + std::string(rules::name(first.severity)) + "** " +
                      std::string(rules::info(first.rule).id) + " " + words(first.message);
    if (first.capabilities != 0) out += " (" + rules::names(first.capabilities) + ")";
    out += "\n";
    for (std::size_t i = 0; i < std::min(group.findings.size(), kMostPlaces); ++i) {
        const Finding& finding = *group.findings[i];
        out += "  - " + code(place(finding.artifact, finding.offset));
        out += (finding.evidence.empty() ? "" : ": " + code(finding.evidence)) + "\n";
    }
    if (group.findings.size() > kMostPlaces) {
        out += "  - and " + count_text(group.findings.size() - kMostPlaces, "more place") + "\n";
    }
    return out;
}

std::string listing(const Excerpt& excerpt) {
    // A raw block: no Markdown in it, and HTML only as references.
    std::string out = "\n<pre>";
    const auto line = [&](std::string_view text) {
        for (const char c : cut(text, kLongest)) {
            out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
        }
        out += '\n';
    };
    line(excerpt.artifact);
    for (const std::string& text : excerpt.lines) line(text);
    return out + "</pre>\n";
}

std::string details(const ScannedFile& file) {
    std::string out = "<details><summary>" + code(file.path) + " " +
                      std::string(name(scanner::verdict(file.report))) + "</summary>\n\n";
    if (const auto done = deeds(file.report); !done.empty()) {
        out += std::string(loading_it(file.report)) + ":\n\n";
        for (const Deed& deed : done) {
            out += "- " + std::string(deed.what);
            for (std::size_t i = 0; i < deed.evidence.size(); ++i) {
                out += (i == 0 ? ": " : ", ") + code(deed.evidence[i]);
            }
            out += "\n";
        }
        out += "\nFindings:\n\n";
    }
    const auto groups = grouped(file.report.findings);
    for (std::size_t i = 0; i < std::min(groups.size(), kMostGroups); ++i) out += item(groups[i]);
    if (groups.size() > kMostGroups) {
        out += "- and " + count_text(groups.size() - kMostGroups, "more kind") + " of findings\n";
    }
    for (std::size_t i = 0; i < std::min(file.report.gaps.size(), kMostGroups); ++i) {
        const Gap& gap = file.report.gaps[i];
        out += "- **not inspected** " + std::string(name(gap.reason)) + ", " +
               code(place(gap.artifact, gap.offset)) + ": " + words(gap.message) + ". " +
               std::string(advice(gap.reason)) + "\n";
    }
    if (file.report.gaps.size() > kMostGroups) {
        out += "- and " + count_text(file.report.gaps.size() - kMostGroups, "more gap") + "\n";
    }
    for (const Excerpt& excerpt : file.excerpts) out += listing(excerpt);
    return out + "\n</details>\n\n";
}

std::string suppressed(const ScannedFile& file) {
    return "- " + code(file.path) + ": " + words(not_counted(file)) + "\n";
}

/// Appends what still fits; what does not is counted.
class Page {
public:
    explicit Page(std::string text) : text_(std::move(text)) {}

    void add(const std::vector<const ScannedFile*>& files, std::string (*form)(const ScannedFile&),
             std::string_view what, std::size_t most) {
        std::size_t done = 0;
        for (; done < files.size(); ++done) {
            const std::string piece = form(*files[done]);
            if (text_.size() + piece.size() > most) break;
            text_ += piece;
        }
        if (done == files.size()) return;
        left_out_ += "\n**Left out: the " + std::string(what) + " of " +
                     count_text(files.size() - done, "file") +
                     ".** The page is limited to 1 MiB; the JSON report has all of it.\n";
    }
    void say(std::string_view text) { text_ += text; }
    std::string finish() { return std::move(text_) + left_out_; }

private:
    std::string text_;
    std::string left_out_;
};

}  // namespace

std::string markdown_report(const ScanReport& report) {
    std::vector<const ScannedFile*> files;
    for (const Verdict verdict : kWorstFirst) {
        if (verdict == Verdict::clean) continue;
        const auto some = files_of(report, verdict);
        files.insert(files.end(), some.begin(), some.end());
    }
    Page page(summary(report));
    if (report.suppressed_by) page.say("\n" + words(not_counted(report)) + ".\n");
    std::vector<const ScannedFile*> marked;
    for (const ScannedFile& file : report.files) {
        if (!file.suppressed.empty()) marked.push_back(&file);
    }
    if (!marked.empty()) page.say("\n");
    page.add(marked, suppressed, "note", kMostBytes / 4);
    if (files.empty()) return page.finish();
    page.say("\n| verdict | file | why |\n|---|---|---|\n");
    // Half for the table, so that the worst files have their details however many there are.
    page.add(files, row, "row", kMostBytes / 2);
    page.say("\n");
    page.add(files, details, "details", kMostBytes - kReserve);
    return page.finish();
}

}  // namespace pratique::api
