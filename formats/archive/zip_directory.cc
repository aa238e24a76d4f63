// From end records to entries. Readers look for the end record from the back, from the front, or
// for the best one of several, and find the directory by its stated offset or by its stated size
// back from the end record. Each of these choices is followed; what they share is read once.
#include <algorithm>

#include "base/checked.h"
#include "formats/archive/zip_survey.h"

namespace pratique::zip {
namespace {

/// A reader follows one end record; an archive with more than this many is no accident.
constexpr std::size_t kMostDirectories = 16;
/// Stands for "no local header" in the pairs of Survey::seen_.
constexpr std::uint64_t kNoHeader = UINT64_MAX;

/// No file is larger.
constexpr std::uint64_t kMostBytes = INT64_MAX;

constexpr std::string_view kEndMagic{"PK\5\6", 4};

using Ranges = std::vector<Range>;

std::uint64_t tail_begin(Bytes archive) {
    const std::uint64_t tail = kEndRecordSize + kLongestComment;
    return archive.size() < tail ? 0 : archive.size() - tail;
}

/// Offsets of end record signatures where readers look for them, the last one first.
std::vector<std::uint64_t> end_signatures(Bytes archive) {
    std::vector<std::uint64_t> out;
    const std::uint64_t begin = tail_begin(archive);
    const std::string_view tail = text(from(archive, begin));
    for (auto at = tail.rfind(kEndMagic); at != tail.npos; at = tail.rfind(kEndMagic, at - 1)) {
        if (tail.size() - at >= kEndRecordSize) out.push_back(begin + at);
        if (at == 0) break;
    }
    return out;
}

/// Of an archive that was cut off: the members whose payload is there to be read, by the local
/// headers from its front. Nothing of other archives, as far as they can be told.
Ranges cut_members(Bytes archive, std::size_t most) {
    Ranges out;
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < most && at < archive.size(); ++i) {
        const auto local = read_local(archive, at);
        if (!local) {
            const bool in_header = local.error().code == Errc::truncated;
            return in_header || has_signature(archive, at, kCentralSignature) ? out : Ranges{};
        }
        if (local->sizes_follow() || local->compressed_size > kMostBytes) return {};
        const std::uint64_t end = local->data_offset + local->compressed_size;
        const bool locked = (local->flags & (kFlagEncrypted | kFlagStrong | kFlagMasked)) != 0;
        if (local->method == kStored && !locked) out.push_back({at, end});
        if (end > archive.size()) return out;
        at = end;
    }
    return {};
}

bool holds_zip_structure(std::string_view comment) {
    for (auto at = comment.find("PK"); at != comment.npos; at = comment.find("PK", at + 1)) {
        const std::string_view kind = comment.substr(at + 2, 2);
        if (kind == "\1\2" || kind == "\3\4" || kind == "\5\6") return true;
    }
    return false;
}

}  // namespace

std::optional<std::uint64_t> View::place(std::uint64_t offset) const {
    if (start >= stated) {
        const auto placed = checked_add(offset, start - stated);
        return placed ? std::optional(*placed) : std::nullopt;
    }
    if (offset < stated - start) return std::nullopt;
    return offset - (stated - start);
}

std::vector<View> readable_views(Bytes archive, const EndRecord& end) {
    std::vector<View> out;
    const auto add = [&](const View& view) {
        if (view.start >= end.directory_end) return;
        if (!has_signature(archive, view.start, kCentralSignature)) return;
        const auto same = [&](const View& known) {
            return known.start == view.start && known.stated == view.stated;
        };
        if (std::none_of(out.begin(), out.end(), same)) out.push_back(view);
    };
    for (const DirectoryClaim& claim : end.claims) {
        add({.start = claim.offset, .stated = claim.offset});  // as miniz and Go read
        if (claim.size <= end.directory_end) {                 // as zipfile reads
            add({.start = end.directory_end - claim.size, .stated = claim.offset});
        }
    }
    return out;
}

bool is_plausible(Bytes archive, const EndRecord& end) {
    if (!readable_views(archive, end).empty()) return true;
    const DirectoryClaim& claim = end.claims.front();
    return claim.count == 0 && claim.size == 0 && claim.offset <= end.at;
}

bool recognise(Bytes archive) {
    if (has_signature(archive, 0, kLocalSignature)) return true;
    const auto ends = end_signatures(archive);
    return std::any_of(ends.begin(), ends.end(), [&](std::uint64_t at) {
        const auto end = read_end(archive, at);
        return end && is_plausible(archive, *end);
    });
}

void Survey::read_directories() {
    const std::vector<std::uint64_t> ends = end_signatures(archive_);
    const bool ends_here = std::any_of(ends.begin(), ends.end(), [&](std::uint64_t at) {
        const auto end = read_end(archive_, at);
        return end && end->end == archive_.size();
    });
    // The end records of a broken download are those of archives among its members.
    if (!ends_here) inside_ = cut_members(archive_, limits_.members);
    for (const std::uint64_t at : ends) {
        // A stored archive among the members brings its own end record; it is a member's affair.
        if (inside_member(at)) continue;
        const auto end = read_end(archive_, at);
        if (end && is_plausible(archive_, *end)) {
            adopt(*end);
        } else {
            note(AnomalyKind::bad_end_record, at);
        }
    }
    if (directories_ == 0) fail(Errc::truncated, archive_.size());
}

void Survey::adopt(const EndRecord& end) {
    if (directories_ >= kMostDirectories) return stop(end.at);
    if (directories_++ == 0) {
        out_.comment = end.comment;
    } else {
        note(AnomalyKind::second_end_record, end.at);
    }
    if (holds_zip_structure(end.comment)) note(AnomalyKind::comment_holds_archive, end.at);
    if (end.comment_cut) note(AnomalyKind::bad_end_record, end.at);
    if (end.multi_disk) note(AnomalyKind::multi_disk, end.at);
    if (end.bad_zip64) note(AnomalyKind::bad_zip64, end.at);
    claim(end.at - (end.has_locator ? 20 : 0), end.end);
    if (end.end64_end != 0) claim(end.directory_end, end.end64_end);

    const std::vector<View> views = readable_views(archive_, end);
    if (views.empty() && end.claims.front().count != 0) note(AnomalyKind::bad_end_record, end.at);
    reserve(end.claims.front().count);
    for (const View& view : views) read_view(end, view, views);

    std::vector<Range> ranges;
    ranges.reserve(members_.size());
    for (const Member& member : members_) ranges.push_back(member.range);
    inside_ = merged(std::move(ranges));
}

/// Room for the stated number of entries, as far as the limit and the bytes there are allow it.
void Survey::reserve(std::uint64_t stated) {
    constexpr std::uint64_t kSmallestEntry = 46 + 30;
    const std::uint64_t most = archive_.size() / kSmallestEntry;
    const std::size_t count = std::min({stated, most, std::uint64_t{limits_.members}});
    out_.entries.reserve(count);
    members_.reserve(count);
    seen_.reserve(count);
}

/// Reads records for as long as there are any: neither the stated count nor the stated size can
/// hide one, as both are only compared with what was found.
void Survey::read_view(const EndRecord& end, const View& view, const std::vector<View>& all) {
    std::sort(seen_.begin(), seen_.end());
    seen_before_ = std::ssize(seen_);
    std::uint64_t at = view.start;
    std::uint64_t count = 0;
    while (at < end.directory_end && has_signature(archive_, at, kCentralSignature)) {
        // Two views of one directory are ordinary, so each record may come up twice.
        if (++records_ > 2 * std::uint64_t{limits_.members}) stop(at);
        if (full_) break;
        const auto record = read_central(archive_, at);
        if (!record) {
            fail(record.error().code, record.error().offset);
            break;
        }
        if (!afford_header(at, record->end) || !read_record(*record, view, all)) break;
        at = record->end;
        ++count;
    }
    claim(view.start, at);
    if (full_) return;
    std::uint64_t signed_end = at;
    if (has_signature(archive_, at, kDigitalSignature)) {
        Reader in(from(archive_, at + 4));
        const auto size = in.le<std::uint16_t>();
        signed_end = std::min(end.directory_end, at + 6 + (size ? *size : 0));
        claim(at, signed_end);
    }
    const auto& claims = end.claims;
    const auto states = [&](auto fits) { return std::any_of(claims.begin(), claims.end(), fits); };
    if (!states([&](const DirectoryClaim& c) { return c.count == count; })) {
        note(AnomalyKind::count_mismatch, end.at);
    }
    if (!states([&](const DirectoryClaim& c) {
            return c.size == at - view.start || c.size == signed_end - view.start;
        })) {
        note(AnomalyKind::directory_size_mismatch, end.at);
    }
}

/// The header lies where this view puts it, or else where another view of this directory does.
bool Survey::read_record(const CentralRecord& record, const View& view,
                         const std::vector<View>& all) {
    const auto header_in = [&](const View& by) -> std::optional<std::uint64_t> {
        const auto at = by.place(record.header_offset);
        if (!at || !has_signature(archive_, *at, kLocalSignature)) return std::nullopt;
        return at;
    };
    if (const auto at = header_in(view)) return add_resolved(record, *at);
    for (const View& other : all) {
        if (const auto at = header_in(other)) return add_resolved(record, *at);
    }
    return add_unresolved(record);
}

namespace {

Entry entry_from(const CentralRecord& record) {
    Entry out;
    out.name = record.name;
    out.unicode_name = record.extras.unicode_name;
    out.method = record.method;
    out.flags = record.flags;
    out.made_by = record.made_by;
    out.crc = record.crc;
    out.external_attributes = record.external_attributes;
    out.compressed_size = record.compressed_size;
    out.size = record.size;
    out.record_offset = record.at;
    out.in_central = true;
    return out;
}

}  // namespace

bool Survey::add_resolved(const CentralRecord& record, std::uint64_t header) {
    const auto local = read_local(archive_, header);
    if (!local) return add_unresolved(record);
    if (!afford_header(header, local->data_offset)) return false;
    if (!is_new(record, header)) return true;
    if (!has_room(record.at)) return false;
    Entry entry = entry_from(record);
    entry.local_name = local->name;
    entry.header_offset = header;
    entry.data_offset = local->data_offset;
    entry.in_local = true;
    out_.entries.push_back(entry);
    members_.push_back({{header, extent(entry, *local)}, entry.name});
    compare(record, *local, entry);
    return true;
}

bool Survey::add_unresolved(const CentralRecord& record) {
    if (!is_new(record, kNoHeader)) return true;
    if (!has_room(record.at)) return false;
    Entry entry = entry_from(record);
    entry.header_offset = record.header_offset;
    out_.entries.push_back(entry);
    note(AnomalyKind::entry_only_central, record.at, record.name);
    if (record.bad_zip64) note(AnomalyKind::bad_zip64, record.at, record.name);
    if (record.extras.malformed) note(AnomalyKind::bad_extra, record.at, record.name);
    return true;
}

/// True, once, for a record with this header: views and directories may share records.
bool Survey::is_new(const CentralRecord& record, std::uint64_t header) {
    const std::pair pair{record.at, header};
    const auto before = seen_.begin() + seen_before_;
    if (std::binary_search(seen_.begin(), before, pair)) return false;
    seen_.push_back(pair);
    return true;
}

/// An archive that was cut off may have kept the front of its directory, behind the last member.
/// No reader finds it without an end record, so it says nothing; its whole records are no secret.
void Survey::claim_lost_directory() {
    if (members_.empty()) return;
    const std::uint64_t begin = members_.back().range.end;
    std::uint64_t at = begin;
    while (has_signature(archive_, at, kCentralSignature) && !full_) {
        if (++records_ > limits_.members) return stop(at);
        const auto record = read_central(archive_, at);
        if (!record || !afford_header(at, record->end)) break;
        at = record->end;
    }
    claim(begin, at);
}

bool Survey::inside_member(std::uint64_t at) const {
    const auto after = std::upper_bound(
        inside_.begin(), inside_.end(), at,
        [](std::uint64_t offset, const Range& range) { return offset < range.begin; });
    return after != inside_.begin() && at < std::prev(after)->end;
}

}  // namespace pratique::zip
