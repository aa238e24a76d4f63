// What ends in a report: scan, draw, inspect, convert, verify, gate. Each is the same call of a
// floor below as the program makes.

#include <array>

#include "api/c/handles.h"
#include "api/report/excerpt.h"
#include "api/report/reader.h"

using pratique::c::guard;
using pratique::c::must;
using pratique::c::string_or_empty;
using pratique::c::strings;

namespace pratique::c {
void must_know(std::uint32_t flags, std::uint32_t known) {
    must((flags & ~known) == 0, "an unknown flag");
}

void give_report(pratique_report made, pratique_report** out) {
    *out = new pratique_report(std::move(made));  // NOLINT: C's owner
}

void must_have(const void* subject, pratique_report** report) {
    must(subject != nullptr, "no path");
    must(report != nullptr, "nowhere to put the report");
    *report = nullptr;
}

namespace {

constexpr std::uint32_t kScanFlags = PRATIQUE_SCAN_ISOLATE_FILES | PRATIQUE_SCAN_DIGEST |
                                     PRATIQUE_SCAN_SNAPSHOT | PRATIQUE_SCAN_EXPLAIN;
constexpr std::uint32_t kInspectFlags = PRATIQUE_INSPECT_DIGEST | PRATIQUE_INSPECT_STRUCTURE;
constexpr std::uint32_t kConvertFlags =
    PRATIQUE_CONVERT_REPLACE | PRATIQUE_CONVERT_RAW_BITS | PRATIQUE_CONVERT_DROP_SHARED;
constexpr std::uint32_t kVerifyFlags = PRATIQUE_VERIFY_ANY_USAGE | PRATIQUE_VERIFY_LEGACY_MINISIGN |
                                       PRATIQUE_VERIFY_IGNORE_UNSIGNED |
                                       PRATIQUE_VERIFY_ALLOW_LINKS | PRATIQUE_VERIFY_GIT_PATHS;

static_assert(static_cast<int>(scanner::Verdict::malicious) == PRATIQUE_VERDICT_MALICIOUS);
static_assert(static_cast<int>(scanner::Verdict::incomplete) == PRATIQUE_VERDICT_INCOMPLETE);
static_assert(static_cast<int>(api::kRefused) == PRATIQUE_REFUSED);
static_assert(static_cast<int>(api::kUndecided) == PRATIQUE_UNDECIDED);

pratique_scan_options default_scan() {
    pratique_scan_options out{};
    out.size = sizeof(out);
    out.fail_on = PRATIQUE_VERDICT_SUSPICIOUS;
    return out;
}

pratique_report scan(const char* const* paths, std::size_t count,
                     const pratique_scan_options* options) {
    const pratique_scan_options asked = taken(options, default_scan());
    must_know(asked.flags, kScanFlags);
    must(asked.fail_on != PRATIQUE_VERDICT_CLEAN && asked.fail_on <= PRATIQUE_VERDICT_MALICIOUS,
         "no verdict to fail on");
    const Reading reading = reading_of(asked.reading);
    std::vector<std::string> all;
    for (const char* path : std::span(paths, count)) {
        must(path != nullptr, "no path");
        all.emplace_back(path);
    }
    api::ScanOptions how;
    how.limits = reading.limits;
    how.sandbox = reading.sandbox;
    how.jobs = asked.jobs;
    how.isolate_files = (asked.flags & PRATIQUE_SCAN_ISOLATE_FILES) != 0;
    how.digest = (asked.flags & PRATIQUE_SCAN_DIGEST) != 0;
    if ((asked.flags & PRATIQUE_SCAN_SNAPSHOT) != 0) how.snapshot = reading.snapshot;
    api::ScanReport done = api::scan(all, how);
    if ((asked.flags & PRATIQUE_SCAN_EXPLAIN) != 0) api::explain_dangerous(done, how);
    throw_if_set(reading.cancel);
    return {api::json_report(done),
            api::exit_code(done, static_cast<scanner::Verdict>(asked.fail_on)),
            static_cast<int>(done.verdict())};
}

pratique_draw_options default_draw() {
    pratique_draw_options out{};
    out.size = sizeof(out);
    out.width = api::TextOptions().width;
    return out;
}

pratique_report draw(std::string_view json, const char* form,
                     const pratique_draw_options* options) {
    const pratique_draw_options asked = taken(options, default_draw());
    must_know(asked.flags, PRATIQUE_DRAW_ALL | PRATIQUE_DRAW_VERBOSE);
    const auto named = api::form_named(form);
    must(named.has_value(), "no such form of a report");
    const auto read = api::read_report(json);
    if (const auto* problem = std::get_if<std::string>(&read)) {
        throw failure(PRATIQUE_UNDECIDED, "bad_report", *problem);
    }
    api::DrawOptions how;
    how.root = string_or_empty(asked.root);
    how.help_uri = string_or_empty(asked.help_uri);
    how.text.width = std::clamp(asked.width, 40U, 1'000U);
    const auto& report = std::get<api::ScanReport>(read);
    how.text.all = (asked.flags & PRATIQUE_DRAW_ALL) != 0 || report.files.size() == 1;
    how.text.verbose = (asked.flags & PRATIQUE_DRAW_VERBOSE) != 0;
    return {{}, api::kClean, static_cast<int>(report.verdict()), api::draw(*named, report, how)};
}

api::LoadedModel loaded(const char* path, const Loads& loads) {
    auto model = api::load(std::string(path), loads.options);
    throw_if_set(loads.cancel);
    if (const auto* failed = std::get_if<api::LoadFailure>(&model)) throw failure(*failed);
    return std::move(std::get<api::LoadedModel>(model));
}

pratique_report inspect(const char* path, const pratique_load_options* options,
                        std::uint32_t flags) {
    must_know(flags, kInspectFlags);
    Loads loads = loads_of(options);
    const bool digest = (flags & PRATIQUE_INSPECT_DIGEST) != 0;
    // To look at a file is not to use it: nothing is refused for what it would do.
    loads.options.allow_malicious = true;
    loads.options.snapshot.digest = digest;
    api::InspectOptions how;
    how.digest = digest;
    how.structure = (flags & PRATIQUE_INSPECT_STRUCTURE) != 0;
    how.cancel = loads.options.sandbox.cancel;
    const auto made = api::inspect_json(loaded(path, loads), path, how);
    throw_if_set(loads.cancel);
    if (!made) {
        throw failure(PRATIQUE_UNDECIDED, std::string(pratique::name(made.error().code)),
                      "a tensor cannot be read: " + std::string(meaning(made.error().code)));
    }
    return {*made, api::kClean};
}

std::string json_of(const api::Exported& done) {
    json::Writer out;
    out.begin_object().key("schema_version").number(1);
    out.key("tensors").number(done.tensors).key("bytes").number(done.bytes);
    out.key("notes").begin_array();
    for (const std::string& note : done.notes) out.string(note);
    out.end_array().end_object();
    return out.take();
}

pratique_report convert(const char* path, const char* out, const pratique_load_options* options,
                        std::uint32_t flags) {
    must_know(flags, kConvertFlags);
    const auto target = api::target_of(out);
    must(target.has_value(), "a file's name must end in .safetensors, .npz or .gguf");
    api::ExportOptions how;
    how.target = *target;
    how.replace = (flags & PRATIQUE_CONVERT_REPLACE) != 0;
    how.raw_bits = (flags & PRATIQUE_CONVERT_RAW_BITS) != 0;
    how.plan.shared =
        (flags & PRATIQUE_CONVERT_DROP_SHARED) != 0 ? api::Shared::drop : api::Shared::keep;
    const Loads loads = loads_of(options);
    how.cancel = loads.options.sandbox.cancel;
    const api::LoadedModel model = loaded(path, loads);
    const api::Exported done = api::export_model(model, out, how);
    // A file that has its name stays, and is then what there is to say.
    if (!done.failure.empty()) throw_if_set(loads.cancel);
    if (!done.failure.empty()) throw failure(PRATIQUE_UNDECIDED, "not_written", done.failure);
    return {json_of(done), api::kClean};
}

pratique_report verify(const char* model, const pratique_verify_options* options) {
    pratique_verify_options defaults{};
    defaults.size = sizeof(defaults);
    const pratique_verify_options asked = taken(options, defaults);
    must_know(asked.flags, kVerifyFlags);
    const auto flag = [&](std::uint32_t one) { return (asked.flags & one) != 0; };
    api::TrustFiles files;
    files.keys = strings(asked.keys);
    files.authorities = strings(asked.authorities);
    files.pins = strings(asked.pins);
    files.identities = strings(asked.identities);
    files.any_usage = flag(PRATIQUE_VERIFY_ANY_USAGE);
    files.allowed_signers = string_or_empty(asked.allowed_signers);
    files.principal = string_or_empty(asked.principal);
    files.allow_legacy_minisign = flag(PRATIQUE_VERIFY_LEGACY_MINISIGN);
    files.store = string_or_empty(asked.trust);
    must(!files.empty(), "say whom to trust: keys, authorities, allowed_signers or trust");
    must(files.store.empty() ||
             (files.keys.empty() && files.authorities.empty() && files.allowed_signers.empty()),
         "trust is instead of keys, authorities and allowed_signers");
    // Who names an identity believes that it is looked at.
    must(!files.authorities.empty() ||
             (files.pins.empty() && files.identities.empty() && !files.any_usage),
         "pins and identities are for authorities");
    must(files.allowed_signers.empty() == files.principal.empty(),
         "allowed_signers and principal go together");
    const auto trust = api::read_trust(files);
    if (!trust) throw failure(trust.error());
    api::VerifyRequest request;
    request.model = model;
    request.name = string_or_empty(asked.name);
    request.signatures = strings(asked.signatures);
    for (const std::string& path : strings(asked.ignored)) {
        request.options.ignored.push_back(api::relative_to_model(request.model, path));
    }
    request.options.ignore_git = !flag(PRATIQUE_VERIFY_GIT_PATHS);
    request.options.allow_links = flag(PRATIQUE_VERIFY_ALLOW_LINKS);
    request.ignore_uncovered = flag(PRATIQUE_VERIFY_IGNORE_UNSIGNED);
    if (asked.cancel != nullptr) request.options.cancel = asked.cancel->event.get();
    const api::Verification done = api::verify(request, *trust);
    throw_if_set(asked.cancel);
    return {api::json_report(done), api::exit_code(done.standing())};
}

pratique_report gate(const char* model, const char* policy, const pratique_gate_options* options) {
    pratique_gate_options defaults{};
    defaults.size = sizeof(defaults);
    const pratique_gate_options asked = taken(options, defaults);
    must_know(asked.flags, PRATIQUE_GATE_REPLACE);
    const Reading reading = reading_of(asked.reading);
    const auto read = api::read_policy_file(policy);
    if (!read) throw failure(read.error());
    api::GateOptions how;
    how.scan.limits = reading.limits;
    how.scan.sandbox = reading.sandbox;
    how.scan.snapshot = reading.snapshot;
    how.scan.jobs = asked.jobs;
    how.signatures = strings(asked.signatures);
    how.attestations = strings(asked.attestations);
    how.name = string_or_empty(asked.name);
    how.output = string_or_empty(asked.output);
    how.record = string_or_empty(asked.record);
    how.replace = (asked.flags & PRATIQUE_GATE_REPLACE) != 0;
    std::vector<api::Decision> done;
    done.push_back(api::gate(model, *read, api::with_attestation(model, how)));
    throw_if_set(reading.cancel);
    return {api::json_report(done), api::exit_code(done.front().answer())};
}

}  // namespace
}  // namespace pratique::c

void pratique_report_get(const pratique_report* report, pratique_report_info* info) {
    if (report == nullptr) return;
    pratique_report_info out{};
    out.json = pratique::c::text(report->json);
    out.exit_code = report->exit_code;
    out.verdict = report->verdict;
    out.text = pratique::c::text(report->text);
    pratique::c::give(out, info);
}

void pratique_report_free(pratique_report* report) { delete report; }  // NOLINT: C's owner

void pratique_scan_options_init(pratique_scan_options* options, size_t size) {
    pratique::c::set_up(options, size, pratique::c::default_scan());
}

void pratique_draw_options_init(pratique_draw_options* options, size_t size) {
    pratique::c::set_up(options, size, pratique::c::default_draw());
}

void pratique_verify_options_init(pratique_verify_options* options, size_t size) {
    pratique::c::set_up(options, size, pratique_verify_options{});
}

void pratique_gate_options_init(pratique_gate_options* options, size_t size) {
    pratique::c::set_up(options, size, pratique_gate_options{});
}

int pratique_scan(const char* const* paths, size_t count, const pratique_scan_options* options,
                  pratique_report** report, pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(count == 0 ? "" : static_cast<const void*>(paths), report);
        pratique::c::give_report(pratique::c::scan(paths, count, options), report);
    });
}

int pratique_draw(const char* json, size_t size, const char* form,
                  const pratique_draw_options* options, pratique_report** report,
                  pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(json, report);
        must(form != nullptr, "no form");
        pratique::c::give_report(pratique::c::draw({json, size}, form, options), report);
    });
}

int pratique_inspect(const char* path, const pratique_load_options* options, uint32_t flags,
                     pratique_report** report, pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(path, report);
        pratique::c::give_report(pratique::c::inspect(path, options, flags), report);
    });
}

int pratique_convert(const char* path, const char* out, const pratique_load_options* options,
                     uint32_t flags, pratique_report** report, pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(path, report);
        must(out != nullptr, "no path to write to");
        pratique::c::give_report(pratique::c::convert(path, out, options, flags), report);
    });
}

int pratique_verify(const char* model, const pratique_verify_options* options,
                    pratique_report** report, pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(model, report);
        pratique::c::give_report(pratique::c::verify(model, options), report);
    });
}

int pratique_gate(const char* model, const char* policy, const pratique_gate_options* options,
                  pratique_report** report, pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(model, report);
        must(policy != nullptr, "no policy");
        pratique::c::give_report(pratique::c::gate(model, policy, options), report);
    });
}
