// Reports on the socket: what comes back is what was sent, and no byte of a lying worker becomes
// anything but an error or a report that could have been true.
#include "scanner/wire.h"

#include "base/text.h"
#include "rules/findings.h"

namespace pratique::scanner {
namespace {

constexpr std::uint32_t kMost = 1000;

FileReport sample() {
    FileReport out;
    out.identities = {"pickle", "zip"};
    out.findings.push_back(
        finding_of(RuleId::pickle_dangerous_call, "a.zip!b.pkl", 63, "os.system(\"…\")"));
    out.findings.push_back(finding_of(RuleId::file_polyglot, "", 0, ""));
    out.gaps.push_back({GapReason::encrypted, "c", 1ULL << 40, "encrypted"});
    out.gaps.push_back({GapReason::too_many, "", 0, "more"});
    out.references.push_back({"folder/\x01\xff", "", 7, 1ULL << 40});
    return out;
}

Status decode_all(const std::vector<std::vector<std::byte>>& pieces, FileReport& report) {
    for (const auto& piece : pieces) {
        if (const Status status = decode_piece(piece, kMost, report); !status) return status;
    }
    return {};
}

bool is_valid(const FileReport& report) {
    bool good = true;
    const auto check = [&](const std::string& s) { good = good && is_printable(s); };
    for (const std::string& identity : report.identities) check(identity);
    for (const Finding& finding : report.findings) {
        good = good && static_cast<std::size_t>(finding.rule) < rules::findings().size() &&
               finding.severity <= Severity::critical &&
               finding.capabilities < 1U << rules::kCapabilityCount;
        check(finding.artifact);
        check(finding.evidence);
        check(finding.message);
    }
    for (const Gap& gap : report.gaps) {
        good = good && gap.reason <= GapReason::too_many;
        check(gap.artifact);
        check(gap.message);
    }
    return good;
}

Errc error_of(const FileReport& report, std::uint32_t most = kMost) {
    FileReport out;
    const Status status = decode_piece(encode(report, 1 << 20).at(0), most, out);
    return status ? Errc{} : status.error().code;
}

BOOST_AUTO_TEST_SUITE(wire)

BOOST_AUTO_TEST_CASE(a_report_comes_back_as_it_was_sent) {
    for (const std::size_t most : {std::size_t{1}, std::size_t{100}, std::size_t{1 << 20}}) {
        FileReport back;
        BOOST_REQUIRE(decode_all(encode(sample(), most), back));
        BOOST_TEST((back == sample()));
    }
    BOOST_TEST(encode(sample(), 1).size() > 4);
    BOOST_TEST(encode(sample(), 1 << 20).size() == 1);
    FileReport empty;
    BOOST_REQUIRE(decode_all(encode(FileReport{}, 10), empty));
    BOOST_TEST((empty == FileReport{}));
}

BOOST_AUTO_TEST_CASE(a_request_comes_back_as_it_was_sent) {
    Request sent;
    sent.subject = {"model\n.pkl", {"helper", "torch"}};
    sent.size = 1ULL << 40;
    sent.limits.depth = 3;
    sent.limits.ratio = 7;
    const auto back = decode_request(encode(sent));
    BOOST_REQUIRE(back);
    BOOST_TEST(back->subject.name == sent.subject.name);
    BOOST_TEST((back->subject.sidecars == sent.subject.sidecars));
    BOOST_TEST(back->size == sent.size);
    BOOST_TEST(back->limits.depth == 3u);
    BOOST_TEST(back->limits.ratio == 7u);
    BOOST_TEST(back->limits.reported == Limits{}.reported);
    const auto bytes = encode(sent);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        BOOST_TEST(!decode_request(Bytes(bytes).first(size)), "cut to " << size);
    }
}

BOOST_AUTO_TEST_CASE(every_truncation_is_an_error) {
    const auto piece = encode(sample(), 1 << 20).at(0);
    for (std::size_t size = 0; size < piece.size(); ++size) {
        FileReport out;
        BOOST_TEST(!decode_piece(Bytes(piece).first(size), kMost, out), "cut to " << size);
        BOOST_TEST(is_valid(out));
    }
}

BOOST_AUTO_TEST_CASE(every_changed_byte_is_an_error_or_a_valid_report) {
    const auto piece = encode(sample(), 1 << 20).at(0);
    std::size_t refused = 0;
    for (std::size_t i = 0; i < piece.size(); ++i) {
        for (unsigned value = 0; value < 256; ++value) {
            auto changed = piece;
            changed[i] = static_cast<std::byte>(value);
            FileReport out;
            const Status status = decode_piece(changed, kMost, out);
            if (!status) ++refused;
            BOOST_REQUIRE_MESSAGE(is_valid(out), "byte " << i << " = " << value);
        }
    }
    BOOST_TEST(refused > piece.size());
}

BOOST_AUTO_TEST_CASE(strings_that_a_terminal_would_obey_are_refused) {
    for (const std::string bad : {"\x1b[2J", "a\nb", "\xff", "\xe2\x80\xae", "\x7f"}) {
        FileReport report;
        report.identities = {bad};
        BOOST_TEST((error_of(report) == Errc::bad_text));
        for (const auto member : {&Finding::artifact, &Finding::evidence, &Finding::message}) {
            report = sample();
            report.findings[1].*member = bad;
            BOOST_TEST((error_of(report) == Errc::bad_text));
        }
        for (const auto member : {&Gap::artifact, &Gap::message}) {
            report = sample();
            report.gaps[0].*member = bad;
            BOOST_TEST((error_of(report) == Errc::bad_text));
        }
    }
}

BOOST_AUTO_TEST_CASE(numbers_outside_their_range_are_refused) {
    FileReport report = sample();
    report.findings[0].rule = static_cast<RuleId>(rules::findings().size());
    BOOST_TEST((error_of(report) == Errc::bad_header));
    report = sample();
    report.findings[0].severity = static_cast<Severity>(9);
    BOOST_TEST((error_of(report) == Errc::bad_header));
    report = sample();
    report.findings[0].capabilities = 0xffff;
    BOOST_TEST((error_of(report) == Errc::bad_header));
    report = sample();
    report.gaps[0].reason = static_cast<GapReason>(static_cast<int>(GapReason::too_many) + 1);
    BOOST_TEST((error_of(report) == Errc::bad_header));
}

BOOST_AUTO_TEST_CASE(more_than_was_allowed_is_refused) {
    FileReport report = sample();
    BOOST_TEST((error_of(report, 2) == Errc{}));
    BOOST_TEST((error_of(report, 1) == Errc::limit_members));
    report.findings.clear();
    BOOST_TEST((error_of(report, 1) == Errc{}));
    BOOST_TEST((error_of(report, 0) == Errc::limit_members));
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_end_are_refused) {
    auto piece = encode(sample(), 1 << 20).at(0);
    piece.push_back(std::byte{0});
    FileReport out;
    const Status status = decode_piece(piece, kMost, out);
    BOOST_REQUIRE(!status);
    BOOST_TEST((status.error().code == Errc::trailing_bytes));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
