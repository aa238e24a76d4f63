#include "api/scan.h"

#include <algorithm>

#include "api/crew.h"
#include "api/open.h"
#include "api/references.h"
#include "api/words.h"
#include "base/text.h"
#include "rules/findings.h"
#include "sandbox/output.h"
#include "sandbox/session.h"
#include "scanner/wire.h"

namespace pratique::api {

using scanner::GapReason;
using scanner::Verdict;

namespace {

/// Lines of a listing, which the worker has escaped already, unless it was taken over.
std::string printable_lines(Bytes listing) {
    std::string_view lines = text(listing);
    std::string out;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        out += is_printable(line) ? std::string(line) : escape(line);
        if (end < lines.size()) out += '\n';
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return out;
}

/// The escaped form tells the same; that it was needed is worth saying.
void say_if_not_utf8(const std::string& path, ScannedFile& file) {
    if (is_utf8(path)) return;
    file.report.findings.push_back(
        scanner::finding_of(scanner::RuleId::file_path_not_utf8, "", 0, ""));
}

}  // namespace

Verdict ScanReport::verdict() const {
    // Nothing that was looked at is nothing that is clean.
    Verdict worst = files.empty() ? Verdict::incomplete : Verdict::clean;
    for (const ScannedFile& file : files) worst = std::max(worst, scanner::verdict(file.report));
    return worst;
}

Binding ScanReport::binding() const {
    std::optional<Binding> weakest;
    for (const ScannedFile& file : files) {
        if (file.binding) weakest = std::min(weakest.value_or(*file.binding), *file.binding);
    }
    return weakest.value_or(Binding::weak);  // of nothing, nothing is promised
}

bool ScanReport::has_gaps() const {
    return std::any_of(files.begin(), files.end(),
                       [](const ScannedFile& file) { return !file.report.gaps.empty(); });
}

SuppressedCount ScanReport::suppressed() const {
    SuppressedCount out;
    const auto add = [&](const auto& ones, std::size_t& kind) {
        for (const auto& one : ones) {
            ++kind;
            ++(one.why.by_rule ? out.by_rules : out.by_baseline);
        }
    };
    for (const ScannedFile& file : files) {
        add(file.suppressed.findings, out.findings);
        add(file.suppressed.gaps, out.gaps);
    }
    return out;
}

Verdict verdict_in_full(const ScannedFile& file) {
    scanner::FileReport all = file.report;
    for (const auto& one : file.suppressed.findings) all.findings.push_back(one.what);
    for (const auto& one : file.suppressed.gaps) all.gaps.push_back(one.what);
    return scanner::verdict(all);
}

ScanReport scan(const std::vector<std::string>& paths, const ScanOptions& options) {
    return scan(find_files(paths), options);
}

ScanReport scan(const Found& found, const ScanOptions& options) {
    ScanReport out;
    out.rules_digest = rules::digest();
    out.version = PRATIQUE_VERSION;
    out.files.resize(found.files.size());
    Crew crew(found.files, out.files, options);
    crew.run();
    const auto reads_something = [](const auto& paths) { return !paths.empty(); };
    if (std::ranges::any_of(crew.reads(), reads_something)) {
        judge_what_is_read(crew.reads(), found.files, out.files);
    }
    out.isolation = crew.isolation();
    for (std::size_t i = 0; i < out.files.size(); ++i) {
        say_if_not_utf8(found.files[i].path, out.files[i]);
    }
    for (const Unscannable& other : found.unscannable) {
        ScannedFile file;
        file.path = escape(other.path);
        file.report.gaps.push_back({other.reason, "", 0, escape(other.message)});
        say_if_not_utf8(other.path, file);
        out.files.push_back(std::move(file));
    }
    return out;
}

namespace {

/// Everything that a worker says about one file: its listing, and the report into `report`.
sandbox::Outcome hear(sandbox::Session& session, const Limits& limits, std::string& listing,
                      scanner::FileReport& report) {
    for (;;) {
        auto event = session.receive();
        if (const auto* ended = std::get_if<sandbox::Outcome>(&event)) return *ended;
        const auto& reply = std::get<sandbox::Reply>(event);
        if (reply.done()) return session.finish();
        if (reply.kind == static_cast<std::uint32_t>(scanner::Answer::listing)) {
            listing += reply.payload.validate(printable_lines);
        } else if (!reply.payload.validate([&](Bytes piece) {
                       return scanner::decode_piece(piece, limits.reported, report);
                   })) {
            return {.failure = sandbox::Failure::protocol_violation};
        }
    }
}

/// The listing of what was opened, by a worker for one file.
sandbox::Outcome ask_for_listing(const Opened& opened, const ScanOptions& options,
                                 Explanation& out) {
    sandbox::Options one_file = options.sandbox;
    one_file.profile = sandbox::Profile::single;
    auto started = sandbox::Session::start(one_file);
    if (const auto* outcome = std::get_if<sandbox::Outcome>(&started)) return *outcome;
    const auto output = sandbox::Output::make(0);  // the listing comes as text
    if (const auto* outcome = std::get_if<sandbox::Outcome>(&output)) return *outcome;
    auto& session = std::get<sandbox::Session>(started);
    scanner::Request request;
    request.limits = options.limits;
    request.size = opened.stamp.size;
    const auto payload = scanner::encode(request);
    const sandbox::Request sent{.kind = static_cast<std::uint32_t>(scanner::Task::explain),
                                .id = 1,
                                .payload = payload,
                                .fd = opened.fd.get(),
                                .output = std::get<sandbox::Output>(output).descriptor()};
    scanner::FileReport report;
    sandbox::Outcome outcome = session.submit(std::span(&sent, 1));
    if (outcome.ok()) outcome = hear(session, options.limits, out.listing, report);
    out.gaps = std::move(report.gaps);
    // A worker that answers nothing has not looked.
    const bool empty = report.identities.empty() && out.gaps.empty();
    if (outcome.ok() && empty) outcome = {.failure = sandbox::Failure::closed_early};
    return outcome;
}

}  // namespace

Explanation explain(const std::string& path, const ScanOptions& options) {
    Explanation out;
    const Found found = find_files({path});
    if (found.files.size() != 1) {
        out.failure =
            found.unscannable.empty() ? "a folder, not a file" : found.unscannable.front().message;
        return out;
    }
    const Opened opened =
        open_input(found.files.front(), {.most_spooled = options.sandbox.memory_bytes,
                                         .patience = options.sandbox.request_timeout,
                                         .snapshot = options.snapshot,
                                         .cancel = options.sandbox.cancel});
    if (opened.gap) {
        out.failure = opened.gap->message;
        return out;
    }
    const sandbox::Outcome outcome = ask_for_listing(opened, options, out);
    if (!outcome.ok()) {
        out.failure = words(outcome);
    } else if (stamp(opened.fd.get()) != opened.stamp) {
        out.failure = std::string(meaning(GapReason::changed));
    }
    return out;
}

}  // namespace pratique::api
