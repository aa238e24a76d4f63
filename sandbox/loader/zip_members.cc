#include "sandbox/loader/zip_members.h"

#include <algorithm>

#include "formats/archive/codec.h"
#include "formats/archive/member_name.h"

namespace pratique::loader {
namespace {

using zip::AnomalyKind;

/// The error that an anomaly is to a loader; nothing for what every reader takes alike.
std::optional<Errc> refusal(AnomalyKind kind) {
    switch (kind) {
        case AnomalyKind::prefix_bytes:
        case AnomalyKind::trailing_bytes: return Errc::trailing_bytes;
        case AnomalyKind::second_end_record:
        case AnomalyKind::bad_end_record:
        case AnomalyKind::count_mismatch:
        case AnomalyKind::directory_size_mismatch:
        case AnomalyKind::header_mismatch_name:
        case AnomalyKind::header_mismatch_method:
        case AnomalyKind::header_mismatch_size:
        case AnomalyKind::header_mismatch_flags:
        case AnomalyKind::header_mismatch_crc:
        case AnomalyKind::entry_only_local:
        case AnomalyKind::entry_only_central:
        case AnomalyKind::unicode_name_differs:
        case AnomalyKind::bad_zip64: return Errc::conflict;
        case AnomalyKind::duplicate_name: return Errc::duplicate_key;
        case AnomalyKind::overlap: return Errc::overlap;
        case AnomalyKind::data_out_of_bounds: return Errc::out_of_bounds;
        case AnomalyKind::encrypted: return Errc::encrypted;
        case AnomalyKind::odd_method:
        case AnomalyKind::multi_disk: return Errc::unsupported;
        case AnomalyKind::name_nul: return Errc::bad_name;
        case AnomalyKind::case_twin:
        case AnomalyKind::comment_holds_archive:
        case AnomalyKind::bad_descriptor:
        case AnomalyKind::bad_extra:
        case AnomalyKind::unsearched: break;
    }
    return std::nullopt;
}

}  // namespace

Result<ZipMembers> ZipMembers::open(Load& load, Bytes archive) {
    ZipMembers out(load, archive);
    out.archive_ = zip::read(archive, load.limits());
    if (out.archive_.error) return *out.archive_.error;
    std::optional<Error> refused;
    for (const zip::Anomaly& anomaly : out.archive_.anomalies) {
        const auto code = refusal(anomaly.kind);
        // That two headers disagree is said only if nothing says more.
        if (code && (!refused || refused->code == Errc::conflict)) {
            refused = Error{*code, anomaly.offset};
        }
        if (code) continue;
        load.warn(Errc::conflict, anomaly.offset, std::string(meaning(anomaly.kind)));
    }
    if (refused) return *refused;
    if (!out.archive_.unclaimed.empty()) {
        load.warn(Errc::trailing_bytes, out.archive_.unclaimed.front().begin,
                  "bytes that belong to no member are not loaded");
    }
    for (const zip::Entry& entry : out.archive_.entries) {
        if (archive::escapes(entry.name)) return Error{Errc::bad_name, entry.header_offset};
    }
    const auto& entries = out.archive_.entries;
    out.by_name_.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].in_central) out.by_name_.try_emplace(entries[i].name, i);
    }
    out.read_.resize(entries.size());
    return out;
}

const zip::Entry* ZipMembers::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &archive_.entries[found->second];
}

Result<Bytes> ZipMembers::inflated(const zip::Entry& entry) {
    archive::InflateLimits limits = archive::inflate_limits(load_->limits());
    limits.bytes = std::min(limits.bytes - std::min(limits.bytes, inflated_bytes_), entry.size);
    auto out = archive::inflate(archive::Codec::deflate, zip::payload(bytes_, entry), limits);
    inflated_bytes_ += out.bytes.size();
    if (out.error && out.error->code == Errc::limit_bytes && out.bytes.size() == entry.size) {
        return Error{Errc::size_mismatch, entry.data_offset};
    }
    if (out.error) return Error{out.error->code, entry.data_offset + out.error->offset};
    memory_.push_back(std::move(out.bytes));
    return Bytes(memory_.back());
}

Result<Bytes> ZipMembers::bytes(const zip::Entry& entry) {
    std::optional<Bytes>& read = read_[index(entry)];
    if (read) return *read;
    const bool stored = entry.method == zip::kStored;
    const Bytes content = stored ? zip::payload(bytes_, entry) : TRY(inflated(entry));
    if (content.size() != entry.size) return Error{Errc::size_mismatch, entry.data_offset};
    if (!stored || load_->options().verify) {
        if (load_->output().crc32(content) != entry.crc)
            return Error{Errc::bad_checksum, entry.data_offset};
    } else {
        load_->out().payload_read = false;
    }
    read = content;
    return content;
}

}  // namespace pratique::loader
