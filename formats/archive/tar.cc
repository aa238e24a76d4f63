#include "formats/archive/tar.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/checked.h"
#include "formats/archive/tar_header.h"

namespace pratique::tar {
namespace {

using namespace std::string_view_literals;

// Longer paths and records exist in no file system; all readers cap them somewhere.
constexpr std::uint64_t kMostExtension = kMiB;
// Places where readers disagree about the next header: each is followed once more.
constexpr std::size_t kMostAlternatives = 64;
// What a size field of octal digits can hold. Above it a PAX size is the only way to say it.
constexpr std::uint64_t kOctalSize = 8 * kGiB;

EntryType type_of(const Header& header, bool sparse) {
    switch (header.type) {
        case '\0':
            // V7 has no directories: a name that ends in a slash is one.
            if (header.name.ends_with('/')) return EntryType::directory;
            [[fallthrough]];
        case '0':
        case '7': return sparse ? EntryType::sparse : EntryType::file;
        case '1': return EntryType::hard_link;
        case '2': return EntryType::symbolic_link;
        case '3':
        case '4': return EntryType::device;
        case '5': return EntryType::directory;
        case '6': return EntryType::fifo;
        case 'S': return EntryType::sparse;
        default: return EntryType::other;
    }
}

bool has_data(EntryType type) {
    return type == EntryType::file || type == EntryType::sparse || type == EntryType::other;
}

bool is_extension(char type) { return "xXgLK"sv.find(type) != std::string_view::npos; }

class TarReader {
public:
    TarReader(Bytes bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

    Archive run() {
        starts_.push_back(0);
        for (std::size_t i = 0; i < starts_.size() && !stopped_; ++i) {
            main_ = i == 0;
            ended_ = false;
            next_ = {};
            global_ = {};
            walk(starts_.at(i));
        }
        merge_unclaimed();
        return std::move(archive_);
    }

private:
    void note(AnomalyKind kind, std::uint64_t offset) {
        archive_.anomalies.push_back({kind, offset});
    }
    void fail(Errc code, std::uint64_t offset) {
        if (!archive_.error) archive_.error = Error{code, offset};
    }
    void leave_unclaimed(std::uint64_t begin, std::uint64_t end) {
        end = std::min<std::uint64_t>(end, bytes_.size());
        if (begin >= end) return;
        auto& ranges = archive_.unclaimed;
        if (!ranges.empty() && ranges.back().end == begin) {
            ranges.back().end = end;
        } else {
            ranges.push_back({begin, end});
        }
    }

    // Follows one chain of headers to the end of the bytes, or to where it joins an earlier chain.
    void walk(std::uint64_t at) {
        while (at < bytes_.size() && !stopped_) {
            const Bytes block = slice(bytes_, at, kBlock);
            if (is_zero(block)) {
                if (!main_) return;
                ended_ = true;
                drop_overrides(at);
                at += kBlock;
                continue;
            }
            if (headers_.contains(at)) return;
            const auto header = decode_header(block);
            if (!header) {
                if (!main_) return;  // the other reading was wrong, or ends here
                at = no_header(at, block);
                continue;
            }
            headers_.insert(at);
            if (ended_) note(AnomalyKind::second_archive, at);
            ended_ = false;
            in_rubbish_ = false;
            at = is_extension(header->type) ? extension(*header, at) : member(*header, at);
        }
        drop_overrides(at);
        if (main_ && !ended_ && !archive_.error) note(AnomalyKind::missing_end, bytes_.size());
    }

    // A block that is neither zero nor a header. Python and GNU tar look for the next header.
    std::uint64_t no_header(std::uint64_t at, Bytes block) {
        const bool disputed = at < disputed_until_;
        if (!in_rubbish_ && !disputed) {
            if (ended_) {
                note(AnomalyKind::data_after_end, at);
            } else {
                const bool cut_off = block.size() < kBlock;
                if (!cut_off) note(AnomalyKind::bad_checksum, at);
                fail(cut_off ? Errc::truncated : Errc::bad_checksum, at);
            }
        }
        in_rubbish_ = !disputed;
        drop_overrides(at);
        leave_unclaimed(at, at + kBlock);
        return at + kBlock;
    }

    void drop_overrides(std::uint64_t at) {
        if (!next_.empty()) note(AnomalyKind::dangling_extension, at);
        next_ = {};
    }

    // An x, X, g, L or K header: what it says is kept for the next member.
    std::uint64_t extension(const Header& header, std::uint64_t at) {
        const std::uint64_t data = at + kBlock;
        if (!header.size) return bad_size(header, at);
        if (!fits(data, *header.size, bytes_.size())) {
            leave_unclaimed(data, bytes_.size());
            return cut_off(data);
        }
        const std::uint64_t end = data + *header.size;
        if (*header.size > kMostExtension) {
            fail(Errc::limit_bytes, at);
            leave_unclaimed(data, end);
        } else {
            Overrides& into = header.type == 'g' ? global_ : next_;
            const Bytes content = slice(bytes_, data, *header.size);
            const Status read =
                header.type == 'L'   ? read_long_name(content, into.name, into.conflict)
                : header.type == 'K' ? read_long_name(content, into.link, into.conflict)
                                     : read_pax(content, into);
            if (!read) extension_broken(read.error(), data, end);
            if (std::exchange(into.conflict, false)) {
                note(AnomalyKind::name_override_conflict, at);
            }
        }
        check_padding(end);
        return at + kBlock + padded(*header.size);
    }

    void extension_broken(Error error, std::uint64_t data, std::uint64_t end) {
        note(AnomalyKind::bad_extension, data + error.offset);
        leave_unclaimed(data + error.offset, end);
        if (error.code == Errc::bad_number) fail(Errc::bad_number, data + error.offset);
    }

    std::uint64_t member(const Header& header, std::uint64_t at) {
        if (archive_.entries.size() >= limits_.members) {
            fail(Errc::limit_members, at);
            stopped_ = true;
            return at;
        }
        Entry entry = describe(header, at);
        if (header.prefix_disputed) note(AnomalyKind::prefix_disputed, at);
        if (!header.size) {
            archive_.entries.push_back(std::move(entry));
            next_ = {};
            return bad_size(header, at);
        }
        const std::uint64_t size = next_.size.value_or(global_.size.value_or(*header.size));
        if (size != *header.size && size < kOctalSize) {
            note(AnomalyKind::size_override_conflict, at);
            also_read(entry.data_offset, *header.size);
        }
        next_ = {};
        if (header.type == 'S' && !sparse_map(at, size, entry)) {
            archive_.entries.push_back(std::move(entry));
            return bytes_.size();
        }
        if (entry.type == EntryType::sparse) note(AnomalyKind::sparse, at);
        return has_data(entry.type) ? with_data(std::move(entry), size)
                                    : without_data(std::move(entry), size);
    }

    Entry describe(const Header& header, std::uint64_t at) const {
        const bool sparse = next_.sparse || global_.sparse;
        Entry entry;
        entry.name = next_.name.value_or(global_.name.value_or(header.name));
        entry.name = next_.sparse_name.value_or(entry.name);
        entry.link = next_.link.value_or(global_.link.value_or(header.link));
        entry.type = type_of(header, sparse);
        entry.header_offset = at;
        entry.data_offset = at + kBlock;
        return entry;
    }

    bool sparse_map(std::uint64_t at, std::uint64_t size, Entry& entry) {
        const auto map =
            read_sparse_map(slice(bytes_, at, kBlock), from(bytes_, at + kBlock), size);
        if (!map) {
            cut_off(entry.data_offset);
            return false;
        }
        entry.data_offset += map->bytes;
        if (!map->consistent) {
            note(AnomalyKind::sparse_mismatch, at);
            fail(Errc::size_mismatch, at);
        }
        return true;
    }

    std::uint64_t with_data(Entry entry, std::uint64_t size) {
        const std::uint64_t data = entry.data_offset;
        entry.size = std::min<std::uint64_t>(
            size, bytes_.size() - std::min<std::uint64_t>(data, bytes_.size()));
        archive_.entries.push_back(std::move(entry));
        if (!fits(data, size, bytes_.size())) return cut_off(data);
        check_padding(data + size);
        return saturating_add(data, padded(size));
    }

    // Python and GNU tar read the next header right behind this one, libarchive and POSIX may take
    // `size` bytes for data: both ways are followed, and the bytes are nobody's.
    std::uint64_t without_data(Entry entry, std::uint64_t size) {
        const std::uint64_t data = entry.data_offset;
        archive_.entries.push_back(std::move(entry));
        if (size != 0) {
            note(AnomalyKind::size_on_link, data - kBlock);
            const std::uint64_t end = saturating_add(data, padded(size));
            leave_unclaimed(data, end);
            disputed_until_ = std::max(disputed_until_, end);
            also_read(data, size);
        }
        return data;
    }

    void also_read(std::uint64_t data, std::uint64_t size) {
        const std::uint64_t next = saturating_add(data, padded(size));
        if (next >= bytes_.size()) return;
        if (starts_.size() > kMostAlternatives) {
            fail(Errc::limit_members, data);
            return;
        }
        starts_.push_back(next);
    }

    // The size is no number: the next header can only be looked for.
    std::uint64_t bad_size(const Header& header, std::uint64_t at) {
        const Errc code = header.size.error().code;
        if (code == Errc::negative_length) note(AnomalyKind::negative_size, at);
        fail(code, at);
        in_rubbish_ = true;
        return at + kBlock;
    }

    std::uint64_t cut_off(std::uint64_t data) {
        fail(Errc::truncated, data);
        return bytes_.size();
    }

    void check_padding(std::uint64_t end) {
        const std::uint64_t next = saturating_add(end, (kBlock - end % kBlock) % kBlock);
        if (is_zero(slice(bytes_, end, next - end))) return;
        note(AnomalyKind::non_zero_padding, end);
        leave_unclaimed(end, next);
    }

    void merge_unclaimed() {
        auto& ranges = archive_.unclaimed;
        std::ranges::sort(ranges, {}, &Range::begin);
        std::vector<Range> merged;
        for (const Range& range : ranges) {
            if (!merged.empty() && range.begin <= merged.back().end) {
                merged.back().end = std::max(merged.back().end, range.end);
            } else {
                merged.push_back(range);
            }
        }
        ranges = std::move(merged);
    }

    Bytes bytes_;
    const Limits& limits_;
    Archive archive_;
    Overrides next_;
    Overrides global_;
    // The chains to follow, and every header met: no header is read twice, so all chains together
    // cost no more than one.
    std::vector<std::uint64_t> starts_;
    std::unordered_set<std::uint64_t> headers_;
    // Up to here, rubbish may be the data of a link and is no damage.
    std::uint64_t disputed_until_ = 0;
    bool main_ = true;
    bool ended_ = false;
    bool in_rubbish_ = false;
    bool stopped_ = false;
};

}  // namespace

std::string_view name(AnomalyKind kind) {
    switch (kind) {
        case AnomalyKind::bad_checksum: return "bad-checksum";
        case AnomalyKind::size_on_link: return "size-on-link";
        case AnomalyKind::size_override_conflict: return "size-override-conflict";
        case AnomalyKind::name_override_conflict: return "name-override-conflict";
        case AnomalyKind::prefix_disputed: return "prefix-disputed";
        case AnomalyKind::negative_size: return "negative-size";
        case AnomalyKind::bad_extension: return "bad-extension";
        case AnomalyKind::dangling_extension: return "dangling-extension";
        case AnomalyKind::sparse: return "sparse";
        case AnomalyKind::sparse_mismatch: return "sparse-mismatch";
        case AnomalyKind::non_zero_padding: return "non-zero-padding";
        case AnomalyKind::missing_end: return "missing-end";
        case AnomalyKind::data_after_end: return "data-after-end";
        case AnomalyKind::second_archive: return "second-archive";
    }
    return {};
}

bool recognise(Bytes bytes) {
    const Bytes block = slice(bytes, 0, kBlock);
    if (starts_with(from(block, 257), "ustar")) return true;
    return block.size() == kBlock && decode_header(block) && plausible_v7(block);
}

Archive read(Bytes bytes, const Limits& limits) { return TarReader(bytes, limits).run(); }

}  // namespace pratique::tar
