// Members as local headers alone tell of them. A reader that goes through the file from its front
// (a stream, 7-Zip, a repair tool) sees members that no directory names; they are found where such
// a reader would meet them, and in all bytes that nobody claims.
#include <algorithm>
#include <set>

#include "base/checked.h"
#include "formats/archive/zip_survey.h"

namespace pratique::zip {
namespace {

constexpr std::string_view kLocalMagic{"PK\3\4", 4};
constexpr std::string_view kEndMagic{"PK\5\6", 4};

Entry entry_from(const LocalHeader& local, std::uint64_t at) {
    Entry out;
    out.name = local.name;
    out.local_name = local.name;
    out.unicode_name = local.extras.unicode_name;
    out.method = local.method;
    out.flags = local.flags;
    out.crc = local.crc;
    out.compressed_size = local.compressed_size;
    out.size = local.size;
    out.header_offset = at;
    out.data_offset = local.data_offset;
    out.in_local = true;
    return out;
}

/// The descriptor at `at` if it states that the payload from `data` on ends there.
std::optional<Sizes> descriptor_of(Bytes archive, std::uint64_t data, std::uint64_t at) {
    Reader in(from(archive, at));
    if (!in.skip(4)) return std::nullopt;
    const auto crc = in.le<std::uint32_t>();
    Reader wide = in;
    const auto compressed = in.le<std::uint32_t>();
    const auto size = in.le<std::uint32_t>();
    const auto compressed64 = wide.le<std::uint64_t>();
    const auto size64 = wide.le<std::uint64_t>();
    // An empty payload fits both forms; match_descriptor() decides between them.
    if (size64 && *compressed64 == at - data) return Sizes{*crc, *compressed64, *size64};
    if (size && *compressed == at - data) return Sizes{*crc, *compressed, *size};
    return std::nullopt;
}

/// A descriptor without signature directly before `end`, where the next record starts.
std::optional<Sizes> bare_descriptor_before(Bytes archive, std::uint64_t data, std::uint64_t end) {
    const auto ends_with = [&](std::uint64_t length, auto size_type) -> std::optional<Sizes> {
        using Size = decltype(size_type);
        if (end - data < length) return std::nullopt;
        const std::uint64_t at = end - length;
        Reader in(slice(archive, at, length));
        const auto crc = in.le<std::uint32_t>();
        const auto compressed = in.le<Size>();
        const auto size = in.le<Size>();
        if (!size || *compressed != at - data) return std::nullopt;
        return Sizes{*crc, *compressed, *size};
    };
    if (const auto wide = ends_with(20, std::uint64_t{})) return wide;
    return ends_with(12, std::uint32_t{});
}

}  // namespace

/// The end of a member: behind its payload and, where the local header announces one, behind its
/// data descriptor.
std::uint64_t Survey::extent(const Entry& entry, const LocalHeader& local) {
    if (!fits(entry.data_offset, entry.compressed_size, archive_.size())) {
        note(AnomalyKind::data_out_of_bounds, entry.header_offset, entry.name);
        return archive_.size();
    }
    const std::uint64_t end = entry.data_offset + entry.compressed_size;
    if ((local.flags & kFlagDescriptor) == 0) return end;
    const Sizes sizes{entry.crc, entry.compressed_size, entry.size};
    if (const auto length = match_descriptor(archive_, end, sizes)) return end + *length;
    const bool marked = has_signature(archive_, end, kDescriptorSignature);
    // Some writers announce a descriptor but write none: of an empty member, or after sizes that
    // they did know. No reader is misled by that.
    const bool needless = entry.compressed_size == 0 || !local.sizes_follow();
    if (needless && !marked) return end;
    const bool cut_off = directories_ == 0 && end == archive_.size();
    if (cut_off) return end;  // the descriptor is behind the end of the file
    note(AnomalyKind::bad_descriptor, entry.header_offset, entry.name);
    return marked ? std::min<std::uint64_t>(end + 16, archive_.size()) : end;
}

/// The member as its local header states it, and the place where a reader that believes the local
/// header would look for the next one.
void Survey::add_local_view(const Entry& central, const LocalHeader& local) {
    Entry entry = entry_from(local, central.header_offset);
    entry.unicode_name = central.unicode_name;
    if (!has_room(entry.header_offset)) return;
    const std::uint64_t end = extent(entry, local);
    out_.entries.push_back(entry);
    resume_.push_back(end);
}

/// The part of [begin, end) that may still be searched.
Bytes Survey::affordable(std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t left = limits_.probed_bytes - std::min(limits_.probed_bytes, probed_);
    if (left < end - begin) note(AnomalyKind::unsearched, begin + left);
    return slice(archive_, begin, std::min(left, end - begin));
}

/// Archives one after the other: the end record of the first lies too far from the end of the file
/// for an ordinary reader, but a member that only its directory describes should be known.
void Survey::search_end_records() {
    for (const Range& gap : gaps()) {
        const Bytes region = affordable(gap.begin, gap.end);
        probed_ += region.size();
        const std::string_view hay = text(region);
        for (auto at = hay.find(kEndMagic); at != hay.npos; at = hay.find(kEndMagic, at + 1)) {
            if (full_ || inside_member(gap.begin + at)) continue;
            const auto end = read_end(archive_, gap.begin + at);
            if (end && is_plausible(archive_, *end)) adopt(*end);
        }
    }
    probed_ = 0;
}

void Survey::search_members() {
    for (const Range& gap : gaps()) search_members(gap);
}

void Survey::search_members(Range gap) {
    std::uint64_t at = gap.begin;
    while (at < gap.end && !full_) {
        const Bytes region = affordable(at, gap.end);
        const auto found = text(region).find(kLocalMagic);
        probed_ += std::min<std::uint64_t>(found, region.size());
        if (found == std::string_view::npos) return;
        at += found;
        const auto end = add_only_local(at, gap.end);
        at = end ? *end : at + kLocalMagic.size();
    }
}

/// The member at `at`, if there is one, and its end. A payload of unknown size ends at `bound`.
std::optional<std::uint64_t> Survey::add_only_local(std::uint64_t at, std::uint64_t bound) {
    const auto local = read_local(archive_, at);
    if (!local || !afford_header(at, local->data_offset)) return std::nullopt;
    if (local->name.empty() || !has_room(at)) return std::nullopt;
    Entry entry = entry_from(*local, at);
    if (local->sizes_follow()) find_sizes(entry, bound);
    // Where there is no directory at all, no reader sees anything else.
    if (directories_ > 0) note(AnomalyKind::entry_only_local, at, entry.name);
    if (local->bad_zip64) note(AnomalyKind::bad_zip64, at, entry.name);
    if (local->extras.malformed) note(AnomalyKind::bad_extra, at, entry.name);
    const std::uint64_t end = extent(entry, *local);
    out_.entries.push_back(entry);
    members_.push_back({{at, end}, entry.name});
    return end;
}

/// Looks for the descriptor that ends a payload of unknown size; without one the payload ends where
/// the next record starts.
void Survey::find_sizes(Entry& entry, std::uint64_t bound) {
    const std::uint64_t data = entry.data_offset;
    if (data >= bound) return;
    const Bytes region = affordable(data, bound);
    const std::string_view hay = text(region);
    std::optional<Sizes> sizes;
    std::uint64_t end = data + region.size();
    for (auto at = hay.find("PK"); at != hay.npos && !sizes; at = hay.find("PK", at + 1)) {
        const std::string_view kind = hay.substr(at + 2, 2);
        if (kind == "\7\10") sizes = descriptor_of(archive_, data, data + at);
        if (kind != "\3\4" && kind != "\1\2") continue;
        end = data + at;
        break;
    }
    probed_ += end - data;
    if (!sizes) sizes = bare_descriptor_before(archive_, data, end);
    if (!sizes) sizes = Sizes{entry.crc, end - data, 0};
    entry.crc = sizes->crc;
    entry.compressed_size = sizes->compressed_size;
    entry.size = sizes->size;
}

void Survey::walk_behind_local_views() {
    if (resume_.empty()) return;
    std::set<std::uint64_t> known;
    for (const Member& member : members_) known.insert(member.range.begin);
    for (std::uint64_t at : resume_) {
        while (has_signature(archive_, at, kLocalSignature) && known.insert(at).second) {
            const auto next = known.upper_bound(at);
            const auto end = add_only_local(at, next == known.end() ? archive_.size() : *next);
            if (!end) break;
            at = *end;
        }
    }
}

}  // namespace pratique::zip
