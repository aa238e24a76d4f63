// The report as one page for a person: what was scanned and how, how many files have which verdict,
// then the files, the worst first: what each would do, what shows it, and the instructions around
// it. It is a single file that loads nothing and runs nothing. The policy in its head forbids
// everything but its own style, so that even text that got past the escaping could do nothing.
//
//      html_style.h   the style           html_file.cc   one file
#include "api/report/html.h"

#include <algorithm>
#include <set>
#include <span>

#include "api/report/html_style.h"
#include "api/report/report.h"
#include "api/report/words.h"
#include "api/report/xml.h"
#include "base/digest.h"
#include "signing/base64.h"

namespace pratique::api {
namespace {

using scanner::Verdict;

/// Files with all that was found. Those beyond have a row, so that a page of a hundred thousand
/// bad files can still be opened.
constexpr std::size_t kMostDetailed = 2'000;
constexpr std::size_t kMostRows = 50'000;
/// Unfolded when the page opens.
constexpr std::size_t kOpenAtFirst = 10;

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
    return with_commas(count) + " " + std::string(count == 1 ? one : many);
}

std::string headline(const ScanReport& report, const Counts& counts) {
    if (report.files.empty()) return "Nothing was scanned";
    const Verdict verdict = report.verdict();
    const std::size_t bad = count_of(counts, verdict);
    const std::size_t all = report.files.size();
    if (verdict == Verdict::clean && report.suppressed_by && report.suppressed().by_any() != 0) {
        return "Clean, but for what does not count";
    }
    const std::string of_all = with_commas(bad) + " of " + plural(all, "file", "files");
    const bool one = all == 1;
    switch (verdict) {
        case Verdict::malicious: return one ? "This file is malicious" : of_all + " malicious";
        case Verdict::suspicious: return one ? "This file is suspicious" : of_all + " suspicious";
        case Verdict::incomplete:
            return one ? "This file could not be inspected as a whole"
                       : of_all + " could not be inspected as a whole";
        case Verdict::clean: break;
    }
    return one ? "This file is clean" : "All " + plural(all, "file is", "files are") + " clean";
}

/// The proportions; widths are attributes of shapes, as no style but the page's own is allowed.
std::string bar(const ScanReport& report, const Counts& counts) {
    constexpr std::size_t kWidth = 1000;
    if (report.files.empty()) return {};
    std::string out =
        "<svg class=bar viewBox=\"0 0 1000 6\" preserveAspectRatio=none aria-hidden=true>";
    std::size_t before = 0;
    for (const Verdict verdict : kWorstFirst) {
        const std::size_t from = before * kWidth / report.files.size();
        before += count_of(counts, verdict);
        const std::size_t to = before * kWidth / report.files.size();
        // A single bad file among thousands is a sliver, but it is there.
        const std::size_t wide = std::max<std::size_t>(to - from, 3);
        if (count_of(counts, verdict) == 0) continue;
        out += "<rect class=" + std::string(name(verdict)) + " x=" + std::to_string(from) +
               " width=" + std::to_string(wide) + " height=6 />";
    }
    return out + "</svg>\n";
}

std::string count_list(const Counts& counts) {
    std::string out = "<ul class=counts>\n";
    for (const Verdict verdict : kWorstFirst) {
        const std::string word(name(verdict));
        const std::size_t count = count_of(counts, verdict);
        const std::string link = "<a href=\"#" + word + "\">" + word + "</a>";
        out += "<li class=" + (count == 0 ? "none" : word) + "><b>" + with_commas(count) + "</b>";
        out += count == 0 ? word : link;
        out += "<small>" + std::string(meaning(verdict)) + "</small></li>\n";
    }
    return out + "</ul>\n";
}

std::string_view meaning(sandbox::Tier tier) {
    switch (tier) {
        case sandbox::Tier::full: return "every layer held, namespaces too";
        case sandbox::Tier::strong: return "system calls filtered, and no way to files";
        case sandbox::Tier::basic: return "system calls filtered";
        case sandbox::Tier::none: return "no file was read";
    }
    return {};
}

std::string_view meaning(Binding binding) {
    switch (binding) {
        case Binding::snapshot: return "private copies were looked at; compare their SHA-256";
        case Binding::verity: return "fs-verity holds the files as they are";
        case Binding::weak:
            return "the live files were looked at; a change afterwards is not noticed";
    }
    return {};
}

std::string fact(std::string_view what, const std::string& html) {
    return "<dt>" + std::string(what) + "</dt><dd>" + html + "</dd>\n";
}

std::string facts(const ScanReport& report) {
    const auto tier = report.isolation.tier();
    std::string missing;
    for (const sandbox::Missing& layer : report.isolation.missing) {
        missing += "<br>without " + xml(name(layer.layer)) + ": " + xml(reason(layer));
    }
    return "<dl class=facts>\n" +
           fact("Isolation",
                std::string(name(tier)) + ": " + std::string(meaning(tier)) + missing) +
           fact("Binding", std::string(name(report.binding())) + ": " +
                               std::string(meaning(report.binding()))) +
           (report.suppressed_by ? fact("Not counted", xml(not_counted(report))) : "") +
           fact("Program", "pratique " + xml(report.version)) +
           fact("Rules", "<code>sha256:" + xml(report.rules_digest) + "</code>") + "</dl>\n";
}

std::string clean_files(const std::vector<const ScannedFile*>& files) {
    std::string out = "<details class=fold";
    // If that is all there is, it is what the page is for.
    out += files.size() == 1 ? " open>" : ">";
    out += "<summary>Show " + plural(files.size(), "file", "files") + "</summary>\n" +
           "<ol class=rows>\n";
    for (std::size_t i = 0; i < std::min(files.size(), kMostRows); ++i) out += html_row(*files[i]);
    out += "</ol>\n";
    if (files.size() > kMostRows) {
        out += "<p>And " + plural(files.size() - kMostRows, "more", "more") + ".</p>\n";
    }
    return out + "</details>\n";
}

class Page {
public:
    explicit Page(const ScanReport& report) : report_(report) {}

    std::string draw() {
        const Counts counts = count_verdicts(report_);
        head(headline(report_, counts));
        out_ += "<p class=name>Pratique report</p>\n<h1>" + headline(report_, counts) + "</h1>\n";
        out_ += bar(report_, counts) + count_list(counts) + facts(report_);
        for (const Verdict verdict : kWorstFirst) section(verdict);
        rules();
        out_ +=
            "<footer>Made by pratique " + xml(report_.version) +
            ". Text from files is shown as it is there, with what cannot be printed escaped. This "
            "page loads nothing and runs nothing.</footer>\n</body>\n</html>\n";
        return std::move(out_);
    }

private:
    void head(const std::string& title) {
        Sha256 digest;
        digest.update(std::as_bytes(std::span(kHtmlStyle)));
        const std::string hash = signing::base64(digest.finish());
        out_ += "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n";
        out_ +=
            "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
            "'sha256-" +
            hash + "'; base-uri 'none'; form-action 'none'\">\n";
        out_ += "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n";
        out_ += "<meta name=referrer content=no-referrer>\n";
        out_ += "<title>" + title + " · pratique</title>\n<style>";
        out_ += kHtmlStyle;
        out_ += "</style>\n</head>\n<body>\n";
    }

    void section(Verdict verdict) {
        const auto files = files_of(report_, verdict);
        if (files.empty()) return;
        const std::string word(name(verdict));
        out_ += "<section class=" + word + " id=" + word + ">\n<h2><span class=tone>" +
                title(word) + "</span><small>" + with_commas(files.size()) + "</small></h2>\n<p>" +
                explanation(verdict) + "</p>\n";
        // That sentence would be wrong of them.
        const auto marked = std::ranges::count_if(
            files, [](const ScannedFile* file) { return !file->suppressed.empty(); });
        if (verdict == Verdict::clean && marked != 0) {
            out_ += "<p>But for " + with_commas(static_cast<std::uint64_t>(marked)) +
                    " of them, marked below: there something was found, and somebody decided that "
                    "it does not count.</p>\n";
        }
        if (verdict == Verdict::clean) {
            out_ += clean_files(files);
        } else {
            not_clean(files);
        }
        out_ += "</section>\n";
    }

    static std::string title(std::string word) {
        word.front() = static_cast<char>(word.front() - 'a' + 'A');
        return word;
    }

    static std::string explanation(Verdict verdict) {
        switch (verdict) {
            case Verdict::malicious:
                return "Do not load these. Each does harm when it is loaded, or goes to lengths to "
                       "hide what it does.";
            case Verdict::suspicious:
                return "Each does something that nobody has vetted, or is unlike what any ordinary "
                       "program writes.";
            case Verdict::incomplete:
                return "No accusation: a part could not be looked at, so nothing can be said of "
                       "it.";
            case Verdict::clean:
                return "Everything that a loader would run or follow was read, and all of it is "
                       "known to build plain data.";
        }
        return {};
    }

    void not_clean(const std::vector<const ScannedFile*>& files) {
        std::size_t at = 0;
        for (; at < files.size() && detailed_ < kMostDetailed; ++at, ++detailed_) {
            out_ += html_file(*files[at], detailed_ < kOpenAtFirst);
            for (const scanner::Finding& finding : files[at]->report.findings) {
                used_.insert(finding.rule);
            }
        }
        if (at == files.size()) return;
        out_ += "<p>Details are shown of the first " + with_commas(kMostDetailed) +
                " files; the JSON report has all.</p>\n<ol class=rows>\n";
        const std::size_t end = std::min(files.size(), at + kMostRows);
        for (std::size_t i = at; i < end; ++i) out_ += html_row(*files[i]);
        out_ += "</ol>\n";
        if (end < files.size())
            out_ += "<p>And " + with_commas(files.size() - end) + " more.</p>\n";
    }

    static std::string rule(const rules::FindingInfo& info) {
        const std::string id(info.id);
        return "<dt id=" + id + "><code>" + id + "</code>" + xml(info.title) + "</dt>\n<dd>" +
               xml(info.why) + " " + xml(info.advice) + "</dd>\n";
    }

    void rules() {
        if (used_.empty()) return;
        std::vector<const rules::FindingInfo*> used;
        for (const scanner::RuleId id : used_) used.push_back(&rules::info(id));
        std::sort(used.begin(), used.end(),
                  [](const auto* a, const auto* b) { return a->id < b->id; });
        out_ += "<section>\n<h2>What was found, and why it matters</h2>\n<dl class=rules>\n";
        for (const rules::FindingInfo* info : used) {
            out_ += rule(*info);
        }
        out_ += "</dl>\n</section>\n";
    }

    const ScanReport& report_;
    std::string out_;
    std::size_t detailed_ = 0;
    std::set<scanner::RuleId> used_;
};

}  // namespace

std::string html_report(const ScanReport& report) { return Page(report).draw(); }

}  // namespace pratique::api
