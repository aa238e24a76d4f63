#include "api/attest/attest.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "api/gate/gate.h"
#include "api/gate/model_files.h"
#include "api/sign.h"
#include "api/verify.h"
#include "base/cancel.h"
#include "signing/manifest/manifest.h"

namespace pratique::api {

using signing::Judged;
using signing::Reason;
using signing::Refusal;

namespace {

/// What was scanned, by the names of the files in the model.
Judged<Attestation> scan_model(const AttestRequest& request) {
    const ModelFiles files =
        find_model(request.model, {find_signature(request.model), request.output});
    for (std::size_t i = 0; i < files.names.size(); ++i) {
        const std::string& name = files.names[i];
        if (!signing::is_plain_path(name)) return Refusal{Reason::bad_file_name, name};
        if (!files.is_file && !files.found.files[i].target.empty()) {
            return Refusal{Reason::link, name};
        }
    }
    for (const Unscannable& other : files.found.unscannable) {
        return Refusal{Reason::special_file, other.path, other.message};
    }
    ScanOptions how = request.scan;
    how.isolate_files = true;
    if (!how.snapshot) how.snapshot.emplace();
    how.snapshot->digest = true;
    ScanReport report = scan(files.found, how);
    // What was not read for that reason is no gap of the model's.
    if (is_cancelled(how.sandbox.cancel)) return Refusal{Reason::interrupted, request.model};
    Attestation out;
    out.created = std::time(nullptr);
    out.version = PRATIQUE_VERSION;
    out.rules_digest = report.rules_digest;
    out.tier = report.isolation.tier();
    out.binding = report.binding();
    out.limits = how.limits;
    out.files = std::move(report.files);
    for (std::size_t i = 0; i < out.files.size(); ++i) {
        out.files[i].path = files.names[i];
        if (out.files[i].sha256.empty()) return Refusal{Reason::unreadable, files.names[i]};
    }
    if (out.files.empty()) return Refusal{Reason::missing_file, request.model, "nothing to scan"};
    if (out.binding == Binding::weak) return Refusal{Reason::unstable_file, request.model};
    return out;
}

}  // namespace

std::string default_attestation(const std::string& model) {
    // Not inside a folder: there it would be a file that no signature covers. A folder has many
    // names, a file is called what the user calls it.
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::canonical(model, error);
    return (std::filesystem::is_directory(folder, error) ? folder.native() : model) +
           ".attestation";
}

GateOptions with_attestation(const std::string& model, GateOptions options) {
    std::error_code error;
    const std::string beside = default_attestation(model);
    if (options.attestations.empty() && std::filesystem::exists(beside, error)) {
        options.attestations.push_back(beside);
    }
    return options;
}

Judged<Attestation> attest(const AttestRequest& request, const signing::PrivateKey& key) {
    Attestation out = TRY(scan_model(request));
    if (request.policy) {
        const auto checks = judge({out.files, out.tier, out.binding}, request.policy->scan);
        out.passed = std::all_of(checks.begin(), checks.end(),
                                 [](const Check& check) { return check.answer == Answer::passed; });
        out.model_name = request.name.empty() ? request.model : request.name;
        out.policy_name = request.policy->name;
        out.policy_digest = request.policy->digest;
    }
    const std::string payload =
        write_attestation(out, request.policy ? kVerificationSummary : kTestResult);
    const std::string bundle = TRY(signing::sign_statement(payload, key, request.chain));
    // What a gate will read must be what was meant.
    TRY(read_attestation(TRY(signing::read_statement(payload))));
    TRY(write_signature(request.output, bundle, request.replace, request.scan.sandbox.cancel));
    return out;
}

}  // namespace pratique::api
