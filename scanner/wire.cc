#include "scanner/wire.h"

#include "base/text.h"

namespace pratique::scanner {
namespace {

constexpr std::uint32_t kLongestString = 256 * kKiB;
constexpr std::uint32_t kMostSidecars = 100'000;

// One list of the limits for both directions.
template <class Each>
void each_limit(Limits& limits, Each each) {
    each(limits.inflated_bytes);
    each(limits.ratio);
    each(limits.ratio_floor);
    each(limits.nodes);
    each(limits.probed_bytes);
    each(limits.depth);
    each(limits.members);
    each(limits.pickle_depth);
    each(limits.pickles);
    each(limits.reported);
}

Result<std::string> printable(Reader& in) {
    const std::uint64_t at = in.offset();
    const auto text = TRY(wire_text(in, kLongestString));
    if (!is_printable(text)) return Error{Errc::bad_text, at};
    return std::string(text);
}

Status decode_identities(Reader& in, FileReport& report) {
    const auto count = TRY(in.u8());
    for (unsigned i = 0; i < count; ++i) report.identities.push_back(TRY(printable(in)));
    return {};
}

Result<Finding> decode_finding(Reader& in) {
    Finding out;
    const auto rule = TRY(in.le<std::uint16_t>());
    const auto severity = TRY(in.u8());
    out.capabilities = TRY(in.le<std::uint16_t>());
    if (rule >= rules::findings().size() ||
        severity > static_cast<std::uint8_t>(Severity::critical) ||
        out.capabilities >= 1U << rules::kCapabilityCount) {
        return Error{Errc::bad_header, in.offset()};
    }
    out.rule = static_cast<RuleId>(rule);
    out.severity = static_cast<Severity>(severity);
    out.offset = TRY(in.le<std::uint64_t>());
    out.artifact = TRY(printable(in));
    out.evidence = TRY(printable(in));
    out.message = TRY(printable(in));
    return out;
}

Result<Gap> decode_gap(Reader& in) {
    Gap out;
    const auto reason = TRY(in.u8());
    if (reason > static_cast<std::uint8_t>(GapReason::too_many)) {
        return Error{Errc::bad_header, in.offset()};
    }
    out.reason = static_cast<GapReason>(reason);
    out.offset = TRY(in.le<std::uint64_t>());
    out.artifact = TRY(printable(in));
    out.message = TRY(printable(in));
    return out;
}

Result<Reference> decode_reference(Reader& in) {
    Reference out;
    out.offset = TRY(in.le<std::uint64_t>());
    out.bytes = TRY(in.le<std::uint64_t>());
    out.artifact = TRY(printable(in));
    out.name = TRY(wire_text(in, kLongestString));
    return out;
}

void put(WireWriter& out, const Finding& finding) {
    out.u16(static_cast<std::uint16_t>(finding.rule));
    out.u8(static_cast<std::uint8_t>(finding.severity)).u16(finding.capabilities);
    out.u64(finding.offset).text(finding.artifact).text(finding.evidence).text(finding.message);
}

void put(WireWriter& out, const Gap& gap) {
    out.u8(static_cast<std::uint8_t>(gap.reason)).u64(gap.offset);
    out.text(gap.artifact).text(gap.message);
}

void put(WireWriter& out, const Reference& reference) {
    out.u64(reference.offset).u64(reference.bytes).text(reference.artifact).text(reference.name);
}

}  // namespace

std::vector<std::byte> encode(const Request& request) {
    WireWriter out;
    out.text(request.subject.name).u64(request.size);
    out.u32(static_cast<std::uint32_t>(request.subject.sidecars.size()));
    for (const std::string& sidecar : request.subject.sidecars) out.text(sidecar);
    Limits limits = request.limits;
    each_limit(limits, [&](auto value) { out.u64(value); });
    return out.take();
}

Result<Request> decode_request(Bytes payload) {
    Reader in(payload);
    Request out;
    out.subject.name = TRY(wire_text(in, kLongestString));
    out.size = TRY(in.le<std::uint64_t>());
    const auto sidecars = TRY(in.le<std::uint32_t>());
    if (sidecars > kMostSidecars) return Error{Errc::limit_members, in.offset()};
    for (std::uint32_t i = 0; i < sidecars; ++i) {
        out.subject.sidecars.emplace(TRY(wire_text(in, kLongestString)));
    }
    bool complete = true;
    each_limit(out.limits, [&](auto& limit) {
        const auto value = in.le<std::uint64_t>();
        complete = complete && value;
        if (value) limit = static_cast<std::remove_reference_t<decltype(limit)>>(*value);
    });
    if (!complete) return Error{Errc::truncated, in.offset()};
    return out;
}

std::vector<std::vector<std::byte>> encode(const FileReport& report, std::size_t most) {
    std::vector<std::vector<std::byte>> pieces;
    WireWriter out;
    // Each piece: identities, then records behind a tag: 1 finding, 2 gap, 3 reference,
    // 0 end.
    const auto begin = [&](std::size_t identities) {
        out.u8(static_cast<std::uint8_t>(identities));
    };
    const auto flush = [&] {
        out.u8(0);
        pieces.push_back(out.take());
        begin(0);
    };
    const std::size_t identities = std::min<std::size_t>(report.identities.size(), 255);
    begin(identities);
    for (std::size_t i = 0; i < identities; ++i) out.text(report.identities[i]);
    for (const Finding& finding : report.findings) {
        put(out.u8(1), finding);
        if (out.view().size() >= most) flush();
    }
    for (const Gap& gap : report.gaps) {
        put(out.u8(2), gap);
        if (out.view().size() >= most) flush();
    }
    for (const Reference& reference : report.references) {
        put(out.u8(3), reference);
        if (out.view().size() >= most) flush();
    }
    flush();
    return pieces;
}

Status decode_piece(Bytes payload, std::uint32_t most, FileReport& report) {
    Reader in(payload);
    TRY(decode_identities(in, report));
    for (;;) {
        const std::uint8_t tag = TRY(in.u8());
        if (tag == 0) break;
        if (tag > 3) return Error{Errc::bad_header, in.offset()};
        if (tag == 1) report.findings.push_back(TRY(decode_finding(in)));
        if (tag == 2) report.gaps.push_back(TRY(decode_gap(in)));
        if (tag == 3) report.references.push_back(TRY(decode_reference(in)));
        // One above the limit: the gap that says that there were more.
        if (report.findings.size() > most || report.gaps.size() > most + 1 ||
            report.references.size() > most) {
            return Error{Errc::limit_members, in.offset()};
        }
    }
    if (!in.at_end()) return Error{Errc::trailing_bytes, in.offset()};
    return {};
}

}  // namespace pratique::scanner
