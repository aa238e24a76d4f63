#include "formats/archive/zip.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/checked.h"
#include "formats/archive/zip_survey.h"

namespace pratique::zip {
namespace {

struct Row {
    std::string_view name;
    std::string_view meaning;
};

constexpr auto kAnomalies = std::to_array<Row>({
#define PRATIQUE_ROW(name, meaning) {#name, meaning},
    PRATIQUE_ZIP_ANOMALIES(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

constexpr std::uint16_t kMadeByUnix = 3;
constexpr std::uint16_t kMadeByDarwin = 19;
constexpr std::uint32_t kModeTypeMask = 0170000;
constexpr std::uint32_t kModeSymlink = 0120000;

}  // namespace

std::string_view name(AnomalyKind kind) {
    return kAnomalies.at(static_cast<std::size_t>(kind)).name;
}

std::string_view meaning(AnomalyKind kind) {
    return kAnomalies.at(static_cast<std::size_t>(kind)).meaning;
}

Archive read(Bytes archive, const Limits& limits) { return Survey(archive, limits).run(); }

Bytes payload(Bytes archive, const Entry& entry) {
    if (!entry.in_local) return {};
    return slice(archive, entry.data_offset, entry.compressed_size);
}

bool is_symlink(const Entry& entry) {
    const auto system = static_cast<std::uint16_t>(entry.made_by >> 8);
    if (system != kMadeByUnix && system != kMadeByDarwin) return false;
    return ((entry.external_attributes >> 16) & kModeTypeMask) == kModeSymlink;
}

bool is_encrypted(const Entry& entry) {
    return (entry.flags & (kFlagEncrypted | kFlagStrong | kFlagMasked)) != 0 ||
           entry.method == kWinZipAes;
}

Archive Survey::run() {
    read_directories();
    search_end_records();
    walk_behind_local_views();
    search_members();
    if (directories_ == 0) claim_lost_directory();
    check_entries();
    check_names();
    check_overlaps();
    out_.unclaimed = gaps();
    check_edges();
    // Two views of one directory notice the same things.
    auto& noted = out_.anomalies;
    std::sort(noted.begin(), noted.end(), [](const Anomaly& a, const Anomaly& b) {
        return std::tie(a.offset, a.kind, a.name) < std::tie(b.offset, b.kind, b.name);
    });
    noted.erase(std::unique(noted.begin(), noted.end()), noted.end());
    return std::move(out_);
}

std::vector<Range> merged(std::vector<Range> ranges) {
    const auto by_begin = [](const Range& a, const Range& b) { return a.begin < b.begin; };
    if (!std::is_sorted(ranges.begin(), ranges.end(), by_begin)) {
        std::sort(ranges.begin(), ranges.end(), by_begin);
    }
    std::size_t kept = 0;
    for (const Range& range : ranges) {
        if (kept > 0 && range.begin <= ranges[kept - 1].end) {
            ranges[kept - 1].end = std::max(ranges[kept - 1].end, range.end);
        } else {
            ranges[kept++] = range;
        }
    }
    ranges.resize(kept);
    return ranges;
}

/// What nobody claims, sorted.
std::vector<Range> Survey::gaps() {
    // In this order they are sorted already where a directory names its members in theirs.
    const std::vector<Range> structure = merged(structure_);
    std::vector<Range> claimed;
    claimed.reserve(members_.size() + structure.size());
    for (const Member& member : members_) claimed.push_back(member.range);
    claimed.insert(claimed.end(), structure.begin(), structure.end());
    std::vector<Range> out;
    std::uint64_t at = 0;
    for (const Range& range : merged(std::move(claimed))) {
        if (range.begin > at) out.push_back({at, range.begin});
        at = range.end;
    }
    if (at < archive_.size()) out.push_back({at, archive_.size()});
    return out;
}

void Survey::claim(std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t last = std::min<std::uint64_t>(end, archive_.size());
    if (begin < last) structure_.push_back({begin, last});
}

void Survey::note(AnomalyKind kind, std::uint64_t offset, std::string_view name) {
    out_.anomalies.push_back({kind, offset, name});
}

/// The first failure is the one that is reported: later ones tend to follow from it.
void Survey::fail(Errc code, std::uint64_t offset) {
    if (!out_.error) out_.error = Error{code, offset};
}

bool Survey::has_room(std::uint64_t offset) {
    if (!full_ && out_.entries.size() < limits_.members) return true;
    stop(offset);
    return false;
}

/// Headers that do not overlap are smaller than the file together. An archive that has one big
/// header read again and again, under ever new names, would cost far more than its size.
bool Survey::afford_header(std::uint64_t begin, std::uint64_t end) {
    constexpr std::uint64_t kReadings = 4;  // views of one directory, and the search for members
    header_bytes_ += end - begin;
    if (header_bytes_ / kReadings <= archive_.size()) return true;
    stop(begin);
    return false;
}

void Survey::stop(std::uint64_t offset) {
    fail(Errc::limit_members, offset);
    full_ = true;
}

}  // namespace pratique::zip
