#include "scanner/checks/archive/archive.h"

#include <optional>

#include "base/text.h"
#include "formats/archive/libarchive.h"
#include "formats/archive/tar.h"
#include "formats/archive/zfile.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/torch/torch.h"
#include "scanner/inspect.h"

namespace pratique::scanner {
namespace {

using tar::AnomalyKind;
using tar::EntryType;

std::optional<RuleId> rule_of(AnomalyKind kind) {
    switch (kind) {
        case AnomalyKind::bad_checksum: return RuleId::archive_checksum;
        case AnomalyKind::size_on_link:
        case AnomalyKind::size_override_conflict:
        case AnomalyKind::prefix_disputed:
        case AnomalyKind::negative_size:
        case AnomalyKind::bad_extension:
        case AnomalyKind::dangling_extension:
        case AnomalyKind::sparse_mismatch: return RuleId::archive_tar_header;
        case AnomalyKind::name_override_conflict: return RuleId::archive_tar_override;
        case AnomalyKind::sparse: return RuleId::archive_sparse;
        case AnomalyKind::second_archive: return RuleId::archive_tar_concatenated;
        case AnomalyKind::data_after_end: return RuleId::archive_trailing_bytes;
        case AnomalyKind::non_zero_padding: return RuleId::archive_gap_bytes;
        case AnomalyKind::missing_end: return std::nullopt;  // tarfile and GNU tar accept it
    }
    return std::nullopt;
}

/// PyTorch's first format, a tar of these members (and `tensors`, if there are any).
bool is_legacy_torch(const tar::Archive& archive) {
    int found = 0;
    for (const tar::Entry& entry : archive.entries) {
        for (const std::string_view name : {"sys_info", "pickle", "storages"}) {
            if (entry.name == name || entry.name == "./" + std::string(name)) ++found;
        }
    }
    return found >= 3;
}

void inspect_tar_entry(Scan& scan, const Artifact& artifact, const tar::Entry& entry,
                       bool legacy_torch, Links& links) {
    check_member_name(scan, artifact, entry.name, entry.header_offset);
    links.check_behind(scan, artifact, entry.name, entry.header_offset);
    const Bytes data = slice(artifact.bytes, entry.data_offset, entry.size);
    switch (entry.type) {
        case EntryType::hard_link:
            // A hard link's target counts from the root of the archive.
            return check_link(scan, artifact, "", entry.link, entry.header_offset);
        case EntryType::symbolic_link:
            links.add(entry.name);
            return check_link(scan, artifact, entry.name, entry.link, entry.header_offset);
        case EntryType::device:
        case EntryType::fifo:
            return scan.find(RuleId::archive_tar_special, artifact, entry.header_offset,
                             escape(entry.name, 200));
        case EntryType::directory: return;
        case EntryType::file:
        case EntryType::sparse:
        case EntryType::other: break;
    }
    const bool storages = entry.name.ends_with("storages");
    if (legacy_torch && (storages || entry.name.ends_with("tensors"))) {
        const Artifact member{chained(artifact, entry.name), data, artifact.depth + 1, entry.name,
                              false};
        return check_legacy_tar_member(scan, member, storages);
    }
    scan.descend(artifact, entry.name, data);
}

}  // namespace

void check_tar(Scan& scan, const Artifact& artifact) {
    const tar::Archive archive = tar::read(artifact.bytes, scan.limits());
    for (const tar::Anomaly& anomaly : archive.anomalies) {
        if (const auto rule = rule_of(anomaly.kind)) {
            scan.find(*rule, artifact, anomaly.offset, std::string(tar::name(anomaly.kind)));
        }
    }
    const bool legacy_torch = is_legacy_torch(archive);
    if (legacy_torch) scan.identity("torch-tar");
    Links links;
    for (const tar::Entry& entry : archive.entries) {
        inspect_tar_entry(scan, artifact, entry, legacy_torch, links);
    }
    for (const tar::Range& range : archive.unclaimed) {
        inspect_unclaimed(scan, artifact, range.begin, range.end);
    }
    if (archive.error) scan.gap(*archive.error, artifact);
}

void check_codec(Scan& scan, const Artifact& artifact) {
    const auto codec = archive::recognise(artifact.bytes);
    if (!codec) return;
    archive::InflateLimits limits = archive::inflate_limits(scan.limits());
    limits.bytes = scan.inflatable();
    const auto inflated = archive::inflate(*codec, artifact.bytes, limits);
    scan.inflated(inflated.bytes.size());
    if (inflated.error) {
        scan.gap(*inflated.error, artifact);
        if (gap_of(inflated.error->code) == GapReason::limit) {
            scan.find(RuleId::archive_bomb, artifact, inflated.error->offset,
                      std::to_string(inflated.bytes.size()) + " bytes so far");
        }
    }
    scan.descend(artifact, archive::name(*codec), inflated.bytes);
    for (const archive::Range& range : inflated.skipped) {
        inspect_unclaimed(scan, artifact, range.begin, range.end);
    }
    if (!inflated.error) {
        inspect_unclaimed(scan, artifact, inflated.consumed, artifact.bytes.size());
    }
}

void check_zfile(Scan& scan, const Artifact& artifact) {
    archive::InflateLimits limits = archive::inflate_limits(scan.limits());
    limits.bytes = scan.inflatable();
    const auto inflated = zfile::inflate(artifact.bytes, limits);
    scan.inflated(inflated.bytes.size());
    if (inflated.error) scan.gap(*inflated.error, artifact);
    scan.descend(artifact, "zlib", inflated.bytes);
    if (!inflated.error) {
        inspect_unclaimed(scan, artifact, inflated.consumed, artifact.bytes.size());
    }
}

namespace {

void inspect_foreign_entry(Scan& scan, const Artifact& artifact, const archive::ForeignEntry& entry,
                           Links& links) {
    check_member_name(scan, artifact, entry.name, 0);
    links.check_behind(scan, artifact, entry.name, 0);
    const Artifact member{chained(artifact, entry.name), {}, artifact.depth + 1, {}, false};
    if (entry.error) scan.gap(*entry.error, member);
    if (entry.encrypted) scan.gap(Error{Errc::encrypted, 0}, member);
    scan.inflated(entry.bytes.size());
    switch (entry.type) {
        case archive::ForeignType::hard_link: return check_link(scan, artifact, "", entry.link, 0);
        case archive::ForeignType::symbolic_link:
            links.add(entry.name);
            return check_link(scan, artifact, entry.name, entry.link, 0);
        case archive::ForeignType::directory: return;
        case archive::ForeignType::other:
            scan.find(RuleId::archive_tar_special, artifact, 0, escape(entry.name, 200));
            break;
        case archive::ForeignType::file: break;
    }
    if (!entry.encrypted) scan.descend(artifact, entry.name, entry.bytes);
}

}  // namespace

void check_foreign(Scan& scan, const Artifact& artifact) {
    Limits limits = scan.limits();
    limits.inflated_bytes = scan.inflatable();
    const archive::Foreign foreign = archive::read_foreign(artifact.bytes, limits);
    Links links;
    for (const archive::ForeignEntry& entry : foreign.entries) {
        inspect_foreign_entry(scan, artifact, entry, links);
    }
    if (foreign.error) scan.gap(*foreign.error, artifact);
    if (foreign.end) inspect_unclaimed(scan, artifact, *foreign.end, artifact.bytes.size());
}

}  // namespace pratique::scanner
