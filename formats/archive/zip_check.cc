// What was found, compared with itself: each local header with its directory record, each name with
// the others, each range of bytes with its neighbours.
#include <algorithm>
#include <numeric>

#include "formats/archive/zip_survey.h"

namespace pratique::zip {
namespace {

char folded(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    return c == '\\' ? '/' : c;
}

/// FNV-1a of the folded name; equal hashes are compared in full, so a forged one costs only time.
std::uint64_t folded_hash(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name) {
        hash ^= static_cast<unsigned char>(folded(c));
        hash *= 0x100000001b3;
    }
    return hash;
}

bool folded_less(std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return folded(x) < folded(y); });
}

bool folded_equal(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return folded(x) == folded(y); });
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Writers add the Unicode path because the header's encoding cannot hold the name. Such a pair
/// agrees in all that ASCII can say: its ASCII characters stand in the header's name in order.
bool is_better_spelling(std::string_view unicode, std::string_view name) {
    if (std::all_of(unicode.begin(), unicode.end(), is_ascii)) return false;
    std::size_t at = 0;
    for (const char c : unicode) {
        if (!is_ascii(c)) continue;
        at = name.find(c, at);
        if (at == std::string_view::npos) return false;
        ++at;
    }
    return true;
}

/// Where to point for this entry: a header offset that leads nowhere may be any number.
std::uint64_t place(const Entry& entry) {
    return entry.in_local ? entry.header_offset : entry.record_offset;
}

/// bsdtar fills its output up to whole tape blocks of 20 times 512 bytes.
bool is_block_padding(Bytes archive, Range tail) {
    constexpr std::uint64_t kSector = 512;
    constexpr std::uint64_t kBlock = 20 * kSector;
    if (tail.begin == 0 || tail.end != archive.size()) return false;
    if (archive.size() % kSector != 0 || tail.end - tail.begin >= kBlock) return false;
    const Bytes bytes = from(archive, tail.begin);
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

void Survey::compare(const CentralRecord& record, const LocalHeader& local, const Entry& entry) {
    const auto differ = [&](AnomalyKind kind) { note(kind, entry.header_offset, entry.name); };
    constexpr std::uint16_t kMattering = kFlagEncrypted | kFlagPatch | kFlagStrong | kFlagMasked;
    const auto flags = static_cast<std::uint16_t>(record.flags ^ local.flags);
    const bool unlocked =
        is_encrypted(entry) && (local.flags & kFlagEncrypted) == 0 && (flags & kFlagEncrypted) != 0;
    const bool streamed = (local.flags & kFlagDescriptor) != 0;
    const bool masked = ((record.flags | local.flags) & kFlagMasked) != 0;
    const bool packed_differs =
        !local.sizes_follow() && !masked && local.compressed_size != record.compressed_size;
    const bool size_differs =
        !masked && local.size != record.size && !(streamed && local.size == 0);
    if (local.name != record.name && !masked) differ(AnomalyKind::header_mismatch_name);
    if (local.method != record.method) differ(AnomalyKind::header_mismatch_method);
    if (packed_differs || size_differs) differ(AnomalyKind::header_mismatch_size);
    if ((flags & kMattering) != 0) differ(AnomalyKind::header_mismatch_flags);
    if (local.crc != record.crc && !masked && !(streamed && local.crc == 0)) {
        differ(AnomalyKind::header_mismatch_crc);
    }
    if (record.bad_zip64 || local.bad_zip64) differ(AnomalyKind::bad_zip64);
    if (record.extras.malformed || local.extras.malformed) differ(AnomalyKind::bad_extra);
    if (record.disk != 0) differ(AnomalyKind::multi_disk);
    const bool other_payload = local.method != record.method || packed_differs || unlocked;
    if (!other_payload) return;
    LocalHeader stated = local;
    if (local.sizes_follow()) {  // the sizes are not in dispute
        stated.crc = record.crc;
        stated.compressed_size = record.compressed_size;
        stated.size = record.size;
    }
    add_local_view(entry, stated);
}

void Survey::check_entries() {
    for (const Entry& entry : out_.entries) {
        const auto mark = [&](AnomalyKind kind) { note(kind, place(entry), entry.name); };
        if (is_encrypted(entry)) mark(AnomalyKind::encrypted);
        if (entry.method != kStored && entry.method != kDeflated && entry.method != kWinZipAes) {
            mark(AnomalyKind::odd_method);
        }
        if (entry.name.find('\0') != std::string_view::npos) mark(AnomalyKind::name_nul);
        if (!entry.unicode_name.empty() && !is_better_spelling(entry.unicode_name, entry.name)) {
            mark(AnomalyKind::unicode_name_differs);
        }
    }
}

/// Marks every entry whose name an earlier one has, exactly or but for case and slashes.
void Survey::check_names() {
    struct Key {
        std::uint64_t hash;
        std::size_t index;
    };
    const auto& entries = out_.entries;
    std::vector<Key> keys;
    keys.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const Entry& entry = entries[i];
        // The local header's view of a member is no second member.
        const bool second_view = i > 0 && !entry.in_central && entries[i - 1].in_central &&
                                 entries[i - 1].header_offset == entry.header_offset;
        if (!second_view) keys.push_back({folded_hash(entry.name), i});
    }
    std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
        if (a.hash != b.hash) return a.hash < b.hash;
        const std::string_view x = entries[a.index].name;
        const std::string_view y = entries[b.index].name;
        if (!folded_equal(x, y)) return folded_less(x, y);
        return x != y ? x < y : a.index < b.index;
    });
    for (std::size_t i = 1; i < keys.size(); ++i) {
        const Entry& before = entries[keys[i - 1].index];
        const Entry& entry = entries[keys[i].index];
        if (keys[i].hash != keys[i - 1].hash || !folded_equal(before.name, entry.name)) continue;
        const bool same = before.name == entry.name;
        note(same ? AnomalyKind::duplicate_name : AnomalyKind::case_twin, place(entry), entry.name);
    }
}

void Survey::check_overlaps() {
    std::vector<Member> items = members_;
    const std::vector<Range> structure = merged(structure_);
    std::sort(items.begin(), items.end(),
              [](const Member& a, const Member& b) { return a.range.begin < b.range.begin; });
    std::uint64_t reached = 0;
    std::size_t next = 0;  // the first part of the structure that may still be met
    for (const Member& item : items) {
        while (next < structure.size() && structure[next].end <= item.range.begin) ++next;
        const bool on_structure = next < structure.size() && structure[next].begin < item.range.end;
        if (item.range.begin < reached || on_structure) {
            note(AnomalyKind::overlap, item.range.begin, item.name);
        }
        reached = std::max(reached, item.range.end);
    }
}

void Survey::check_edges() {
    auto& unclaimed = out_.unclaimed;
    if (!unclaimed.empty() && is_block_padding(archive_, unclaimed.back())) unclaimed.pop_back();
    if (unclaimed.empty() || (members_.empty() && directories_ == 0)) return;
    const Range first = unclaimed.front();
    const Range last = unclaimed.back();
    if (first.begin == 0) note(AnomalyKind::prefix_bytes, 0);
    // Without a directory the archive has no end that something could stand behind.
    const bool is_tail = last.end == archive_.size() && last.begin != 0 && directories_ > 0;
    if (is_tail) note(AnomalyKind::trailing_bytes, last.begin);
}

}  // namespace pratique::zip
