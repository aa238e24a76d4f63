#include "formats/tensorbundle/table.h"

#include <algorithm>

#include "base/checked.h"
#include "base/reader.h"
#include "formats/protobuf/wire.h"
#include "formats/tensorbundle/crc32c.h"
#include "formats/tensorbundle/snappy.h"

namespace pratique::tensorbundle {
namespace {

using protobuf::read_varint;

constexpr std::string_view kMagic = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
constexpr std::uint64_t kFooter = 48;
constexpr std::uint64_t kTrailer = 5;
constexpr std::uint64_t kMostKeys = 64 * kMiB;
constexpr std::size_t kMostEntries = 1'000'000;

/// Where the next restart is, behind the last.
constexpr std::uint64_t kNoMore = UINT64_MAX;

struct Handle {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

Result<Handle> read_handle(Reader& in) {
    const std::uint64_t offset = TRY(read_varint(in));
    return Handle{offset, TRY(read_varint(in))};
}

class TableReader {
public:
    TableReader(Bytes bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

    Result<Table> run() {
        if (!recognise(bytes_)) return Error{Errc::bad_magic, 0};
        end_ = bytes_.size() - kFooter;
        Reader footer(from(bytes_, end_), end_);
        const Handle meta = TRY(read_handle(footer));
        const Handle index = TRY(read_handle(footer));
        const Bytes padding = TRY(footer.take(bytes_.size() - kMagic.size() - footer.offset()));
        const bool is_zero = std::all_of(padding.begin(), padding.end(),
                                         [](std::byte b) { return b == std::byte{}; });
        if (!is_zero) return Error{Errc::bad_header, end_};
        TRY(read_blocks(index));
        // Nothing in it is needed, but it is part of the file.
        std::vector<Entry> ignored;
        TRY(read_entries(meta, ignored));
        TRY(count_claimed());
        return std::move(out_);
    }

private:
    Status read_blocks(const Handle& index) {
        std::vector<Entry> blocks;
        TRY(read_entries(index, blocks));
        for (const Entry& block : blocks) {
            Reader in(block.value, block.at);
            const Handle handle = TRY(read_handle(in));
            if (!in.at_end()) return Error{Errc::bad_header, block.at};
            const std::size_t first = out_.entries.size();
            const bool is_behind = first == 0 || out_.entries.back().key < block.key;
            if (!is_behind) return Error{Errc::bad_header, block.at};
            TRY(read_entries(handle, out_.entries));
            // Readers that search go by the keys of the index: they must find the same entries.
            const bool is_within = out_.entries.size() > first &&
                                   out_.entries.back().key <= block.key &&
                                   (first == 0 || previous_ < out_.entries[first].key);
            if (!is_within) return Error{Errc::bad_header, handle.offset};
            previous_ = block.key;
        }
        return {};
    }

    /// The contents of a block, checked and decompressed.
    Result<Bytes> read_block(const Handle& handle) {
        const std::uint64_t with_trailer = TRY(checked_add(handle.size, kTrailer, handle.offset));
        if (!fits(handle.offset, with_trailer, end_)) {
            return Error{Errc::out_of_bounds, std::min(handle.offset, end_)};
        }
        claimed_.push_back({handle.offset, with_trailer});
        const Bytes checked = slice(bytes_, handle.offset, handle.size + 1);
        Reader trailer(slice(bytes_, handle.offset + handle.size, kTrailer),
                       handle.offset + handle.size);
        const std::uint8_t compression = TRY(trailer.u8());
        if (TRY(trailer.le<std::uint32_t>()) != masked(crc32c(checked))) {
            return Error{Errc::bad_checksum, handle.offset};
        }
        const Bytes raw = checked.first(handle.size);
        if (compression == 0) return raw;
        if (compression != 1) return Error{Errc::unsupported, handle.offset + handle.size};
        const std::uint64_t left = limits_.inflated_bytes - inflated_;
        out_.inflated.push_back(TRY(unsnappy(raw, handle.offset, left)));
        inflated_ += out_.inflated.back().size();
        return Bytes(out_.inflated.back());
    }

    /// Appends the entries of a block. Its restarts are where readers that search begin to read, so
    /// they must be what they say.
    Status read_entries(const Handle& handle, std::vector<Entry>& out) {
        const Bytes block = TRY(read_block(handle));
        const Error bad{Errc::bad_header, handle.offset};
        if (block.size() < 4) return Error{Errc::truncated, handle.offset};
        Reader count_in(block.last(4));
        const std::uint64_t count = TRY(count_in.le<std::uint32_t>());
        if (count == 0 || 4 * count > block.size() - 4) return bad;
        const Bytes entries = block.first(block.size() - 4 - 4 * count);
        Reader restarts(slice(block, entries.size(), 4 * count));
        if (TRY(restarts.le<std::uint32_t>()) != 0) return bad;
        std::uint64_t restart = 0;

        // A restart that no entry begins at is never reached, and so are those behind it.
        Reader in(entries);
        const std::size_t first = out.size();
        while (!in.at_end()) {
            const bool is_restart = restart == in.offset();
            if (is_restart) {
                restart = restarts.at_end() ? kNoMore : TRY(restarts.le<std::uint32_t>());
            }
            TRY(read_entry(in, handle.offset, is_restart, first, out));
        }
        // A block without entries has a restart all the same.
        const bool is_used_up = restarts.at_end() && (restart == kNoMore || entries.empty());
        return is_used_up ? Status{} : Status{bad};
    }

    Status read_entry(Reader& in, std::uint64_t block_at, bool is_restart, std::size_t first,
                      std::vector<Entry>& out) {
        const std::uint64_t shared = TRY(in_block(read_varint(in), block_at));
        const std::uint64_t unshared = TRY(in_block(read_varint(in), block_at));
        const std::uint64_t length = TRY(in_block(read_varint(in), block_at));
        const Bytes rest = TRY(in_block(in.take(unshared), block_at));
        Entry entry;
        entry.value = TRY(in_block(in.take(length), block_at));
        entry.at = block_at;
        const bool has_previous = out.size() > first;
        const std::string_view previous = has_previous ? out.back().key : std::string_view{};
        if (shared > previous.size() || (is_restart && shared != 0)) {
            return Error{Errc::bad_header, block_at};
        }
        keys_ = saturating_add(keys_, shared + unshared);
        if (keys_ > kMostKeys) return Error{Errc::limit_bytes, block_at};
        if (++entries_ > kMostEntries) return Error{Errc::limit_members, block_at};
        entry.key = previous.substr(0, shared);
        entry.key += text(rest);
        if (has_previous && entry.key <= previous) {
            return Error{entry.key == previous ? Errc::duplicate_key : Errc::bad_header, block_at};
        }
        out.push_back(std::move(entry));
        return {};
    }

    /// An error inside a block that may have been decompressed is one of the block.
    template <class T>
    static Result<T> in_block(Result<T> result, std::uint64_t block_at) {
        if (!result) return Error{result.error().code, block_at};
        return result;
    }

    /// No two blocks share bytes: else a small file could be read a thousand times over.
    Status count_claimed() {
        std::sort(claimed_.begin(), claimed_.end(),
                  [](const Handle& a, const Handle& b) { return a.offset < b.offset; });
        std::uint64_t behind = 0;
        std::uint64_t sum = 0;
        for (const Handle& block : claimed_) {
            if (block.offset < behind) return Error{Errc::overlap, block.offset};
            behind = block.offset + block.size;
            sum += block.size;
        }
        out_.unclaimed = end_ - sum;
        return {};
    }

    Bytes bytes_;
    const Limits& limits_;
    Table out_;
    std::uint64_t end_ = 0;  ///< of all blocks
    std::vector<Handle> claimed_;
    std::uint64_t inflated_ = 0;
    std::uint64_t keys_ = 0;
    std::size_t entries_ = 0;
    std::string previous_;  ///< key of the block before, in the index
};

}  // namespace

bool recognise(Bytes bytes) { return bytes.size() >= kFooter && text(bytes).ends_with(kMagic); }

Result<Table> read_table(Bytes bytes, const Limits& limits) {
    return TableReader(bytes, limits).run();
}

}  // namespace pratique::tensorbundle
