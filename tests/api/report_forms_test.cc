// What holds of every form of a report: it is the same each time, and what files say is inert in
// it.
#include <array>
#include <set>

#include "api/report/excerpt.h"
#include "api/report/reader.h"
#include "api/report/report.h"
#include "api/report/uri.h"
#include "api/report/words.h"
#include "api/report/xml.h"
#include "base/text.h"
#include "policies.h"
#include "rules/findings.h"

using namespace api_test;

namespace {

constexpr std::array kForms = {Form::text,     Form::json,      Form::sarif, Form::junit,
                               Form::markdown, Form::cyclonedx, Form::html};

ScannedFile unopened(const std::string& path) {
    ScannedFile out;
    out.path = path;
    out.report.gaps.push_back({GapReason::unreadable, "", 0, "no such file"});
    return out;
}

/// One file of each verdict, and one that was not opened.
ScanReport mixed() {
    ScanReport out;
    out.version = "1.2.3";
    out.rules_digest = std::string(64, 'd');
    out.isolation = {.seccomp = sandbox::Seccomp::notify,
                     .no_new_privs = true,
                     .caps_dropped = true,
                     .mdwe = true,
                     .namespaces = false,
                     .landlock_abi = 4,
                     .missing = {{sandbox::Layer::namespaces, 1}},
                     .group = {true, false, true}};
    out.files.push_back(file("clean.pt"));
    out.files.push_back(with(file("gap.bin"), GapReason::encrypted));
    out.files.push_back(with(file("odd.pkl"), RuleId::pickle_unknown_call, "acme.thing()"));
    ScannedFile bad = with(file("bad.pt"), RuleId::pickle_dangerous_call, "os.system(\"x\")");
    bad.report.findings[0].artifact = "archive/data.pkl";
    bad.report.findings[0].offset = 63;
    bad.verity = "sha256:ab";
    bad.excerpts = {{"archive/data.pkl, pickle at 0", {"  1: NONE", "     ** critical"}}};
    out.files.push_back(bad);
    out.files.push_back(unopened("missing.pt"));
    return out;
}

/// Something ignored and something known, in files that are clean but for that.
void suppress_some(ScanReport& report) {
    ScannedFile ignored = file("ignored.pkl");
    ignored.suppressed.findings.push_back(
        {scanner::finding_of(RuleId::pickle_dangerous_call, "", 7, "os.system(\"y\")"),
         {true, "looked at", "2030-01-31"}});
    ScannedFile known = file("known.bin");
    known.since = Since::unchanged;
    known.suppressed.gaps.push_back({{GapReason::encrypted, "", 0, "locked"}, {}});
    report.files.push_back(ignored);
    report.files.push_back(known);
    report.suppressed_by.emplace();
    report.suppressed_by->baseline = {std::string(64, 'e'), "sha256:f"};
    report.suppressed_by->ignore.emplace();
    report.suppressed_by->ignore->sha256 = std::string(64, 'f');
    report.suppressed_by->ignore->expired = {{"PRQ-FILE-001", "*.x", "why", "2001-01-01"}};
    report.suppressed_by->ignore->unused = {{"encrypted", "*.y", "why", "2031-01-01"}};
}

std::string drawn(Form form, const ScanReport& report, const std::string& root = "/work") {
    return draw(form, report, {.root = root, .help_uri = "", .text = {}});
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t out = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
        ++out;
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_forms)

BOOST_AUTO_TEST_CASE(the_json_is_enough_for_all_of_them) {
    ScanReport report = mixed();
    suppress_some(report);
    const auto again = read_report(json_report(report));
    BOOST_REQUIRE(std::holds_alternative<ScanReport>(again));
    for (const Form form : kForms) {
        BOOST_TEST_CONTEXT(name(form)) {
            BOOST_TEST(drawn(form, report) == drawn(form, report));
            BOOST_TEST(drawn(form, report) == drawn(form, std::get<ScanReport>(again)));
            BOOST_TEST((form_named(name(form)) == form));
        }
    }
    BOOST_TEST(!form_named("HTML"));
    BOOST_TEST(!form_named(""));
}

BOOST_AUTO_TEST_CASE(a_report_that_is_none) {
    const std::string good = json_report(mixed());
    const auto problem = [](const std::string& text) {
        const auto read = read_report(text);
        const auto* words = std::get_if<std::string>(&read);
        return words == nullptr ? ""
                                : words->substr(0, words->find("; it was made by version 1.2.3"));
    };
    const auto replaced = [&](std::string_view from, std::string_view to) {
        std::string out = good;
        BOOST_REQUIRE(out.find(from) != std::string::npos);
        return out.replace(out.find(from), from.size(), to);
    };
    BOOST_TEST(problem(good) == "");
    BOOST_TEST(problem("") != "");
    BOOST_TEST(problem("[]") == "report: must be an object");
    BOOST_TEST(problem(replaced("\"schema_version\": 1", "\"schema_version\": 2")) ==
               "its schema_version is 2, and only 1 is read");
    BOOST_TEST(problem(replaced("\"tier\": \"strong\"", "\"tier\": \"full\"")) ==
               "report.isolation.tier: does not follow");
    BOOST_TEST(problem(replaced("PRQ-PICKLE-001", "PRQ-PICKLE-999")).find("rule: is not known") !=
               std::string::npos);
    BOOST_TEST(problem(replaced("\"layer\": \"namespaces\"", "\"layer\": \"x\"")).find("layer") !=
               std::string::npos);
    BOOST_TEST(problem(replaced("\"path\": \"clean.pt\"", "\"path\": \"\\u001b[2J\"")) ==
               "report.files[0].path: holds what must not be printed");
    BOOST_TEST(problem(replaced("  1: NONE", "\\u001b[2J")) ==
               "report.files[3].excerpts[0].lines: holds what must not be printed");
    BOOST_TEST(problem(replaced("\"verdict\": \"malicious\",\n  \"files\"",
                                "\"verdict\": \"clean\",\"files\"")) ==
               "report.verdict: does not follow from the files");
    BOOST_TEST(is_printable(problem(replaced("\"clean.pt\"", "[\"\\u001b\"]"))));
    // What a later version adds is no fault.
    BOOST_TEST(problem(replaced("\"schema_version\": 1", "\"schema_version\": 1,\"new\": [1]")) ==
               "");
    BOOST_TEST(problem(replaced("\"path\": \"clean.pt\"", "\"path\": \"clean.pt\",\"new\": 1")) ==
               "");
}

BOOST_AUTO_TEST_CASE(names_as_uris) {
    const auto uri = [](std::string_view name, std::string_view root) {
        const Uri made = uri_of(name, root);
        return (made.relative ? "" : "! ") + made.text;
    };
    BOOST_TEST(uri("a/b.pt", "/w") == "a/b.pt");
    BOOST_TEST(uri("./a//./b.pt", "/w") == "a/b.pt");
    BOOST_TEST(uri("/w/a.pt", "/w") == "a.pt");
    BOOST_TEST(uri("/w/a.pt", "/w/") == "a.pt");
    BOOST_TEST(uri("/wa/a.pt", "/w") == "! file:///wa/a.pt");
    BOOST_TEST(uri("../a.pt", "/w/x") == "! file:///w/a.pt");
    BOOST_TEST(uri("x/../../w/a.pt", "/w") == "a.pt");
    BOOST_TEST(uri("a b#c?d%e:f.pt", "/w") == "a%20b%23c%3Fd%25e%3Af.pt");
    BOOST_TEST(uri("a.pt", "") == "a.pt");
    BOOST_TEST(uri("/a.pt", "") == "! file:///a.pt");
    // An escaped name stands for its bytes.
    BOOST_TEST(uri("a\\nb\\\\n\\xff\\u202e", "/w") == "a%0Ab%5Cn%FF%E2%80%AE");
    for (const std::string bytes : {"a\nb\\n", "\xff\xfe\x80", "\u202e\u2066\U000e0001", "\\\\x41",
                                    "\x1b[31m\x7f", "\\", "ünï\t\r"}) {
        BOOST_TEST(unescape(escape(bytes)) == bytes);
    }
    BOOST_TEST(unescape("\\") == "\\");  // what escape() did not write stays
    BOOST_TEST(unescape("\\x4") == "\\x4");
    BOOST_TEST(unescape("\\u12g4\\q") == "\\u12g4\\q");
}

BOOST_AUTO_TEST_CASE(text_in_xml) {
    BOOST_TEST(xml("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
    BOOST_TEST(xml("\x01\x1b[0m\n") == "\\x01\\x1b[0m\\n");
    BOOST_TEST(xml("\xff") == "\\xff");
    BOOST_TEST(xml("\u202e") == "\\u202e");
    BOOST_TEST(xml("a\uffffb\ufffe") == "a\\uffffb\\ufffe");  // printable, but not XML
    BOOST_TEST(xml("ï\ufffd€") == "ï\ufffd€");
}

BOOST_AUTO_TEST_CASE(what_a_file_would_do) {
    ScannedFile one = with(file("a"), RuleId::pickle_dangerous_call, "os.system(\"a\")");
    one = with(one, RuleId::pickle_dangerous_call, "os.system(\"a\")");
    one = with(one, RuleId::pickle_dangerous_call, "os.system(\"b\")");
    one = with(one, RuleId::pickle_unknown_call, "acme()");
    const auto found = deeds(one.report);
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].what == "run code or start programs");
    BOOST_TEST(found[0].evidence.size() == 2U);  // each once, and none of what is merely unknown
    BOOST_TEST(loading_it(one.report) == "Loading this file would");
    const auto groups = grouped(one.report.findings);
    BOOST_REQUIRE(groups.size() == 2U);
    BOOST_TEST(groups[0].findings.size() == 3U);
    ScannedFile carried = with(file("b"), RuleId::pickle_unknown_call, "acme()");
    carried.report.findings[0].capabilities = 1;
    BOOST_TEST(deeds(carried.report).empty());  // it may, but does not that anyone knows of
    BOOST_TEST(deeds(with(file("b"), RuleId::pickle_unknown_call, "acme()").report).empty());
    BOOST_TEST(size_text(0) == "0 bytes");
    BOOST_TEST(size_text(1) == "1 byte");
    BOOST_TEST(size_text(1024) == "1.0 KiB");
    BOOST_TEST(size_text(1536 * 1024) == "1.5 MiB");
    BOOST_TEST(size_text(UINT64_MAX) == "16,383.9 PiB");
    BOOST_TEST(with_commas(1234567) == "1,234,567");
    BOOST_TEST(with_commas(999) == "999");
}

BOOST_AUTO_TEST_CASE(sarif_fingerprints) {
    const auto fingerprints = [](const ScanReport& report) {
        std::multiset<std::string> out;
        const std::string text = drawn(Form::sarif, report);
        constexpr std::string_view kKey = "\"pratique/v1\": \"";
        for (auto at = text.find(kKey); at != std::string::npos; at = text.find(kKey, at + 1)) {
            out.insert(text.substr(at + kKey.size(), 66));
        }
        return out;
    };
    ScanReport report = mixed();
    auto& findings = report.files[3].report.findings;
    findings.push_back(findings[0]);  // the same again, elsewhere
    findings.back().offset = 99;
    findings.push_back(findings[0]);
    findings.back().evidence = "os.system(\"other\")";
    const auto before = fingerprints(report);
    BOOST_TEST(before.size() == 6U);
    BOOST_TEST(std::set(before.begin(), before.end()).size() == 6U);
    std::reverse(findings.begin(), findings.end());
    std::reverse(report.files.begin(), report.files.end());
    for (auto& finding : report.files[1].report.findings) finding.offset += 1000;
    BOOST_TEST((fingerprints(report) == before));
    report.files[1].report.findings[0].evidence += "!";
    BOOST_TEST((fingerprints(report) != before));
}

BOOST_AUTO_TEST_CASE(sarif_messages_hold_no_links_and_no_arguments) {
    ScanReport report = mixed();
    report.files[3].report.findings[0].evidence = "[click](http://e.example) {0}";
    const std::string text = drawn(Form::sarif, report);
    BOOST_TEST(count(text, "\\\\[click\\\\](http") == 1U);
    BOOST_TEST(count(text, "{{0}}") == 1U);
}

BOOST_AUTO_TEST_CASE(sarif_takes_no_more_than_a_page_does) {
    ScanReport report;
    for (std::size_t i = 0; i < 251; ++i) {
        ScannedFile one = file("f" + std::to_string(i));
        for (std::size_t j = 0; j < 100; ++j) {
            one = with(std::move(one), RuleId::archive_trailing_bytes, std::to_string(j));
        }
        report.files.push_back(std::move(one));
    }
    report.files.push_back(with(file("last"), RuleId::pickle_dangerous_call, "worst"));
    const std::string text = drawn(Form::sarif, report);
    BOOST_TEST(count(text, "\"ruleIndex\": ") == 25'000U);
    BOOST_TEST(count(text, "PRQ-PICKLE-001 ") == 0U);
    BOOST_TEST(text.find("worst") != std::string::npos);
    BOOST_TEST(text.find("101 results are left out") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(markdown_stays_within_its_page) {
    ScanReport report = mixed();
    const std::string small = drawn(Form::markdown, report);
    BOOST_TEST(small.find("Left out") == std::string::npos);
    const ScannedFile bad = report.files[3];
    for (std::size_t i = 0; i < 20'000; ++i) {
        report.files.push_back(bad);
        report.files.back().path = "folder/" + std::string(60, 'x') + std::to_string(i);
    }
    const std::string text = drawn(Form::markdown, report);
    BOOST_TEST(text.size() <= 1U << 20U);
    BOOST_TEST(text.size() > (1U << 20U) - 8192);
    BOOST_TEST(count(text, "**Left out: the row of ") == 1U);
    BOOST_TEST(count(text, "**Left out: the details of ") == 1U);
    BOOST_TEST(count(text, "<details>") == count(text, "</details>"));
}

BOOST_AUTO_TEST_CASE(nothing_to_scan_passes_nowhere) {
    const ScanReport nothing;
    BOOST_TEST(count(drawn(Form::junit, nothing), "<error") == 1U);
    BOOST_TEST(drawn(Form::markdown, nothing).find("Nothing to scan") != std::string::npos);
    BOOST_TEST(drawn(Form::html, nothing).find("Nothing was scanned") != std::string::npos);
    BOOST_TEST(drawn(Form::sarif, nothing).find("\"verdict\": \"incomplete\"") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(excerpts_are_what_the_scan_found) {
    const std::string mark =
        "            ** critical PRQ-PICKLE-001: Calls a function that can harm";
    std::string listing = "data.pkl, pickle at 0: 30 instructions\n";
    for (int i = 0; i < 20; ++i) listing += "      " + std::to_string(i) + ": NONE\n";
    listing += mark + "\n     21: POP\n" + mark + "\n     23: STOP\n\nother.pkl, pickle at 0\n" +
               "      1: REDUCE\n            ** critical PRQ-PICKLE-001: forged\n" + mark + "\n";
    const auto bad = with(file("a"), RuleId::pickle_dangerous_call, "");
    const auto found = excerpts_of(listing, bad.report.findings);
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST(found[0].artifact == "data.pkl, pickle at 0: 30 instructions");
    BOOST_TEST(found[0].lines.size() == 11U);  // eight before, the mark, one line, the mark
    BOOST_TEST(found[0].lines.front() == "      12: NONE");
    BOOST_TEST(found[0].lines.back() == mark);
    BOOST_TEST(found[1].artifact == "other.pkl, pickle at 0");
    BOOST_TEST(excerpts_of(listing, {}).empty());
    const auto unknown = with(file("a"), RuleId::pickle_unknown_call, "");
    const std::string unvetted = "** medium PRQ-PICKLE-003: " + unknown.report.findings[0].message;
    BOOST_TEST(excerpts_of("a\n  " + unvetted + "\n", unknown.report.findings).empty());
    // However long the listing, and its lines.
    std::string much = "a\n";
    for (int i = 0; i < 1000; ++i) {
        for (int j = 0; j < 9; ++j) much += " " + std::string(10'000, 'x') + "\n";
        much += mark + "\n";
    }
    const auto kept = excerpts_of(much, bad.report.findings);
    BOOST_TEST(kept.size() == 4U);
    for (const Excerpt& excerpt : kept) {
        BOOST_TEST(excerpt.lines.size() <= 40U);
        for (const std::string& line : excerpt.lines) BOOST_TEST(line.size() < 300U);
    }
}

BOOST_AUTO_TEST_CASE(html_pages_do_not_grow_without_end) {
    ScanReport report = mixed();
    ScannedFile bad = report.files[3];
    for (int i = 0; i < 500; ++i) {
        bad = with(std::move(bad), RuleId::archive_overlap, std::string(20'000, 'x'));
    }
    report.files = {bad};
    BOOST_TEST(drawn(Form::html, report).size() < 40'000U);
    report.files.assign(3'000, with(file("a"), RuleId::pickle_dangerous_call, "os.system()"));
    const std::string text = drawn(Form::html, report);
    BOOST_TEST(count(text, "<details class=file") == 2'000U);
    BOOST_TEST(count(text, "<details class=file open>") == 10U);
    BOOST_TEST(count(text, "<li><code>a</code>") == 1'000U);
    BOOST_TEST(count(text, "the JSON report has all") == 1U);
}

BOOST_AUTO_TEST_CASE(what_does_not_count_is_told_in_all_of_them) {
    ScanReport report;
    suppress_some(report);
    BOOST_TEST((report.verdict() == Verdict::clean));
    for (const Form form : kForms) {
        const std::string text = drawn(form, report);
        BOOST_TEST_CONTEXT(name(form)) {
            const bool counts = text.find("1 finding and 1 gap do not count") != text.npos ||
                                text.find("not counted: 1 finding, 1 gap") != text.npos ||
                                text.find("\"suppressed\"") != text.npos;
            BOOST_TEST(counts);
            BOOST_TEST((form == Form::text || text.find("ignored.pkl") != text.npos));
        }
    }
    const std::string sarif = drawn(Form::sarif, report);
    BOOST_TEST(count(sarif, "\"suppressions\"") == 2U);
    BOOST_TEST(sarif.find("ignored until 2030-01-31: looked at") != sarif.npos);
    BOOST_TEST(count(sarif, "\"unchanged\"") == 1U);
    const std::string html = drawn(Form::html, report);
    BOOST_TEST(html.find("Clean, but for what does not count") != html.npos);
    BOOST_TEST(html.find("malicious with 1 finding") != html.npos);
}

BOOST_AUTO_TEST_SUITE_END()
