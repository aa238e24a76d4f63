#include "formats/hdf5/filter.h"

#include <algorithm>

#include "formats/hdf5/checksum.h"

namespace pratique::hdf5 {
namespace {

enum Id : std::uint16_t { deflate = 1, shuffle = 2, fletcher = 3, lzf = 32000 };

using Memory = std::vector<std::byte>;

/// Decompresses LibLZF's format: a byte below 32 is the length of a run of literals minus one;
/// otherwise its upper three bits are the length of a match minus two (7: more follows) and the
/// rest, with the next byte, its distance minus one.
Result<Memory> unpack_lzf(Bytes packed, std::uint64_t most, std::uint64_t offset) {
    constexpr std::uint8_t kLiterals = 32;
    constexpr std::size_t kLongest = 7;
    Reader in(packed, offset);
    Memory out;
    while (!in.at_end()) {
        const std::uint8_t control = TRY(in.u8());
        if (control < kLiterals) {
            const Bytes run = TRY(in.take(control + std::uint64_t{1}));
            out.insert(out.end(), run.begin(), run.end());
        } else {
            std::size_t length = control >> 5;
            if (length == kLongest) length += TRY(in.u8());
            const std::size_t distance =
                (static_cast<std::size_t>(control & 31) << 8 | TRY(in.u8())) + 1;
            if (distance > out.size()) return Error{Errc::bad_compression, in.offset()};
            // One by one: a match may reach into what it writes.
            for (length += 2; length > 0; --length) out.push_back(out[out.size() - distance]);
        }
        if (out.size() > most) return Error{Errc::size_mismatch, offset};
    }
    return out;
}

Memory unshuffle(Bytes bytes, std::size_t element) {
    const std::size_t count = bytes.size() / element;
    Memory out(bytes.begin(), bytes.end());  // what is left over at the end stays where it is
    for (std::size_t place = 0; place < element; ++place) {
        const Bytes plane = bytes.subspan(place * count, count);
        std::size_t at = place;
        for (const std::byte byte : plane) {
            out[at] = byte;
            at += element;
        }
    }
    return out;
}

Result<Bytes> check_fletcher(Bytes bytes, std::uint64_t offset) {
    if (bytes.size() < 4) return Error{Errc::truncated, offset};
    const Bytes content = bytes.first(bytes.size() - 4);
    Reader in(bytes.last(4), offset + content.size());
    const auto stated = TRY(in.le<std::uint32_t>());
    const std::uint32_t sum = fletcher32(content);
    // HDF5 before 1.6.3 wrote each half the other way round on little-endian machines.
    const std::uint32_t old = (sum & 0x00FF00FF) << 8 | (sum >> 8 & 0x00FF00FF);
    if (!is_sum(stated, sum) && !is_sum(stated, old))
        return Error{Errc::bad_checksum, in.offset() - 4};
    return content;
}

class Chain {
public:
    Chain(Bytes stored, std::uint64_t most, std::uint64_t offset,
          const archive::InflateLimits& limits)
        : most_(most), offset_(offset), limits_(limits) {
        out_.bytes = stored;
    }

    Status undo(const Filter& filter) {
        switch (filter.id) {
            case Id::deflate: return undo_deflate();
            case Id::shuffle: {
                const std::uint32_t element = filter.values.empty() ? 1 : filter.values.front();
                if (element == 0) return Error{Errc::bad_header, filter.offset};
                if (element > 1 && element <= out_.bytes.size()) {
                    keep(unshuffle(out_.bytes, element));
                }
                return {};
            }
            case Id::fletcher: out_.bytes = TRY(check_fletcher(out_.bytes, offset_)); return {};
            case Id::lzf: keep(TRY(unpack_lzf(out_.bytes, most_, offset_))); return {};
            default: return Error{Errc::unsupported, filter.offset};
        }
    }

    Unfiltered take() { return std::move(out_); }

private:
    void keep(Memory memory) {
        out_.memory = std::move(memory);
        out_.bytes = out_.memory;
    }

    Status undo_deflate() {
        archive::InflateLimits limits = limits_;
        limits.bytes = std::min(limits.bytes, most_);
        auto inflated = archive::inflate(archive::Codec::zlib, out_.bytes, limits);
        if (inflated.error) {
            Errc code = inflated.error->code;
            if (code == Errc::limit_bytes && limits.bytes == most_) code = Errc::size_mismatch;
            if (code == Errc::bad_magic) code = Errc::bad_compression;
            return Error{code, offset_};
        }
        keep(std::move(inflated.bytes));
        return {};
    }

    const std::uint64_t most_;
    const std::uint64_t offset_;
    const archive::InflateLimits& limits_;
    Unfiltered out_;
};

}  // namespace

Status check_filters(const std::vector<Filter>& filters) {
    for (const Filter& filter : filters) {
        switch (filter.id) {
            case Id::deflate:
            case Id::shuffle:
            case Id::fletcher:
            case Id::lzf: break;
            default: return Error{Errc::unsupported, filter.offset};
        }
    }
    return {};
}

Result<Unfiltered> unfilter(Bytes stored, const std::vector<Filter>& filters, std::uint32_t skipped,
                            std::uint64_t bytes, std::uint64_t offset,
                            const archive::InflateLimits& limits) {
    // Between two filters there may be a checksum for each.
    Chain chain(stored, bytes + 4 * filters.size(), offset, limits);
    for (std::size_t i = filters.size(); i > 0; --i) {
        if ((skipped >> (i - 1) & 1) == 0) TRY(chain.undo(filters[i - 1]));
    }
    Unfiltered out = chain.take();
    if (out.bytes.size() != bytes) return Error{Errc::size_mismatch, offset};
    return out;
}

}  // namespace pratique::hdf5
