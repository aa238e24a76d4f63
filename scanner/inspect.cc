#include "scanner/inspect.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "rules/findings.h"
#include "scanner/checks/config/imports.h"
#include "scanner/checks/config/requirement.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/tensorflow/tensorflow.h"
#include "scanner/checks/xml/xml.h"
#include "scanner/extension.h"
#include "scanner/identify.h"

namespace pratique::scanner {
namespace {

/// Bytes that two formats claim.
bool is_polyglot(const std::vector<Identity>& identities) {
    const auto count = [&](auto predicate) {
        return std::count_if(identities.begin(), identities.end(), predicate);
    };
    const auto strong = count([](const Identity& id) { return !id.weak; });
    const auto weak_pickle =
        count([](const Identity& id) { return id.weak && id.name == "pickle"; });
    return strong + weak_pickle > 1;
}

std::string names_of(const std::vector<Identity>& identities) {
    std::string out;
    for (const Identity& id : identities) {
        if (!out.empty()) out += ", ";
        out += id.name;
    }
    return out;
}

/// Files that are elements and nothing else, so that no byte of theirs tells what they are: the
/// name does, by which their loader finds them. Whatever has a form is recognised by it before.
struct Raw {
    std::string_view name;  // the spelling in reports
    bool (*is_named)(std::string_view name);
    Check check;
};

constexpr auto kRaw = std::to_array<Raw>({
    {"tf-checkpoint-data", is_bundle_shard, check_shard},
    {"tfjs-weights", is_js_shard, check_shard},
});

const Raw* raw_of(const Artifact& artifact, const std::vector<Identity>& identities) {
    // Some elements can be read as a protobuf message: that is no more than a guess.
    const bool formless =
        std::ranges::all_of(identities, [](const Identity& id) { return id.name == "protobuf"; });
    if (!formless || artifact.unclaimed) return nullptr;
    const auto* found =
        std::ranges::find_if(kRaw, [&](const Raw& row) { return row.is_named(artifact.name); });
    return found == kRaw.end() ? nullptr : found;
}

/// Text that its name hands to a reader, whatever it looks like. It is looked at by that reader's
/// check besides those of the formats that recognise it.
struct Named {
    std::string_view name;  // the spelling in reports
    bool (*is_named)(std::string_view name);
    Check check;
};

constexpr auto kNamed = std::to_array<Named>({
    {"xml", is_named_like_xml, check_xml},
    {"requirements", is_named_like_requirements, check_requirements_text},
    {"mlflow-module", is_serialiser_note, check_serialiser_note},
});

void add_named(const Artifact& artifact, std::vector<Identity>& identities) {
    // Text in UTF-16 comes by once more, as UTF-8 and under the same name.
    const bool wide =
        starts_with(artifact.bytes, "\xff\xfe") || starts_with(artifact.bytes, "\xfe\xff");
    if (artifact.unclaimed || wide || !is_text(artifact.bytes)) return;
    for (const Named& row : kNamed) {
        if (!row.is_named(artifact.name)) continue;
        if (std::ranges::find(identities, row.name, &Identity::name) != identities.end()) continue;
        std::erase_if(identities, [](const Identity& id) { return id.name == "text"; });
        identities.push_back({row.name, row.check, true});
    }
}

/// Elements between which a pickle may begin are not searched for one, unless the name says that
/// somebody will load them so.
void add_pickle_by_name(const Scan& scan, const Artifact& artifact, std::vector<Identity>& out) {
    const auto claims = [&](std::string_view name) {
        return std::ranges::any_of(out, [&](const Identity& id) { return id.name == name; });
    };
    const bool named = is_called_a_pickle(artifact.name) || may_be_called_a_pickle(artifact.name);
    if (!named || !claims("safetensors") || claims("pickle")) return;
    if (pickle_start(artifact.bytes, scan.limits()) != PickleStart::weak) return;
    out.insert(out.begin(),
               {"pickle", [](Scan& s, const Artifact& a) { check_pickle(s, a); }, true});
}

void inspect_opaque(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    scan.gap(GapReason::unknown_format, artifact, 0);
}

}  // namespace

bool is_blank(Bytes bytes) {
    if (bytes.empty()) return true;
    if (bytes.front() != std::byte{0}) return false;
    // Comparing the bytes with themselves, shifted by one, is the fastest way to say "all equal".
    const Bytes shifted = bytes.subspan(1);
    return shifted.empty() || std::memcmp(bytes.data(), shifted.data(), shifted.size()) == 0;
}

// NOLINTNEXTLINE(misc-no-recursion): through Scan::descend, bounded by Limits::depth
void inspect(Scan& scan, const Artifact& artifact) {
    const bool is_file = artifact.chain.empty();
    if (is_blank(artifact.bytes)) {
        if (is_file) {
            scan.identity("empty");
            scan.find(RuleId::file_empty, artifact, 0);
            if (!artifact.bytes.empty() && is_called_a_model(scan.subject().name)) {
                scan.gap(GapReason::malformed, artifact, 0, "nothing but zeros");
            }
        }
        return;
    }
    auto identities = identify(artifact.bytes, scan.limits());
    if (const Raw* raw = raw_of(artifact, identities)) {
        identities.assign(1, {raw->name, raw->check, true});
    }
    add_named(artifact, identities);
    add_pickle_by_name(scan, artifact, identities);
    for (const Identity& id : identities) {
        if (is_file) scan.identity(id.name);
    }
    if (is_file && is_misnamed(scan.subject().name, scan.report().identities)) {
        scan.find(RuleId::file_misnamed, artifact, 0, names_of(identities));
    }
    if (is_polyglot(identities)) {
        scan.find(RuleId::file_polyglot, artifact, 0, names_of(identities));
    }
    Artifact claimed = artifact;
    for (const Identity& id : identities) {
        claimed.format = id.name;
        id.check(scan, claimed);
    }
    if (identities.empty()) {
        if (is_file) scan.identity("opaque");
        inspect_opaque(scan, artifact);
    }
}

}  // namespace pratique::scanner
