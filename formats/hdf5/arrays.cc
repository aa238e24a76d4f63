// Chunk indexes that are arrays of addresses: element n is chunk n. A fixed array is one data
// block; an extensible one grows by blocks that double in number and in size in turn. Long data
// blocks are cut into pages with a bit each that says whether it was ever written.
//
//   'FAHD' 00 | client | element bytes | page bits | elements L | data block O | checksum
//   'FADB' 00 | client | header O | element* | checksum            or, in pages,
//                                 | bits | checksum | { element* | checksum }*
//   'EAHD' 00 | client | element bytes | bits of a number | elements in the index block |
//             least elements of a data block | least pointers of a super block | page bits |
//             6 counts L | index block O | checksum
//   'EAIB' 00 | client | header O | element* | data block O* | super block O* | checksum
//   'EASB' 00 | client | header O | offset | bits* | data block O* | checksum
//   'EADB' 00 | client | header O | offset | element* | checksum   or in pages, without the bits
//
// Source: HDF5 File Format Specification 3.0, VII.C and D; numbers of blocks from H5EA of 1.14.
#include <algorithm>
#include <bit>

#include "base/checked.h"
#include "formats/hdf5/chunks.h"

namespace pratique::hdf5 {
namespace {

constexpr std::uint64_t kHead = 6;  // magic, version, client
constexpr std::uint64_t kSum = 4;
constexpr std::uint8_t kFiltered = 1;

/// What both kinds have in common.
class ArrayReader {
protected:
    ArrayReader(File& file, ChunkList& out) : file_(file), out_(out) {}

    /// Magic, version and client of the header, and how its elements look.
    Status read_head(Reader& in, std::string_view magic) {
        const std::uint64_t at = in.offset();
        TRY(expect(in, magic));
        TRY(expect_version(in, 0));
        client_ = TRY(in.u8());
        element_bytes_ = TRY(in.u8());
        if (client_ > kFiltered) return Error{Errc::unsupported, at};
        const std::uint64_t plain = file_.address_bytes();
        const bool fits = client_ == kFiltered
                              ? element_bytes_ > plain + 4 && element_bytes_ <= plain + 4 + 8
                              : element_bytes_ == plain;
        if (!fits) return Error{Errc::bad_header, at};
        limit_ = TRY(out_.numbers());
        return {};
    }

    /// Bytes of a block's head: magic, version, client, header.
    std::uint64_t head_bytes() const { return kHead + file_.address_bytes(); }

    /// A block of `length` bytes of which the last four are the checksum; stands behind its head.
    Result<Reader> open(std::uint64_t address, std::string_view magic, std::uint64_t length) {
        Reader in = TRY(file_.at(address, length));
        const Bytes whole = in.rest();
        const std::uint64_t at = in.offset();
        Reader content = TRY(in.sub(length - kSum));
        TRY(check_sum(in, whole.first(whole.size() - kSum)));
        TRY(expect(content, magic));
        TRY(expect_version(content, 0));
        if (TRY(content.u8()) != client_) return Error{Errc::bad_header, at};
        TRY(content.skip(file_.address_bytes()));
        return content;
    }

    Status read_elements(Reader& in, std::uint64_t first, std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t at = in.offset();
            Chunk chunk;
            chunk.address = TRY(file_.address(in));
            chunk.size = out_.chunk_bytes();
            if (client_ == kFiltered) {
                chunk.size = TRY(number(in, element_bytes_ - file_.address_bytes() - 4u));
                chunk.skipped = TRY(in.le<std::uint32_t>());
            }
            if (first + i < limit_) TRY(out_.add_numbered(chunk, first + i, at));
        }
        return {};
    }

    /// Pages that lie one behind the other from `address` on. Of `written`, the bits from
    /// `first_bit` on say which were ever used, the highest bit of a byte first.
    Status read_pages(std::uint64_t address, Bytes written, std::uint64_t first_bit,
                      std::uint64_t first, std::uint64_t count) {
        const std::uint64_t page_bytes =
            TRY(checked_add(TRY(checked_mul(page_elements_, element_bytes_)), kSum));
        for (std::uint64_t page = 0; page * page_elements_ < count; ++page) {
            const std::uint64_t at = page * page_elements_;
            if (first + at >= limit_) break;
            const std::uint64_t bit = first_bit + page;
            const auto bits = std::to_integer<unsigned>(written[bit / 8]);
            if ((bits >> (7 - bit % 8) & 1) == 0) continue;
            const std::uint64_t elements = std::min(page_elements_, count - at);
            const std::uint64_t start =
                TRY(checked_add(address, TRY(checked_mul(page, page_bytes))));
            Reader in = TRY(file_.at(start, elements * element_bytes_ + kSum));
            const Bytes whole = in.rest();
            TRY(read_elements(in, first + at, elements));
            TRY(check_sum(in, whole.first(whole.size() - kSum)));
        }
        return {};
    }

    File& file_;
    ChunkList& out_;
    std::uint8_t client_ = 0;
    std::uint64_t element_bytes_ = 0;
    std::uint64_t page_elements_ = 0;
    std::uint64_t limit_ = 0;  ///< numbers of chunks from here on do not count
};

class FixedArray : ArrayReader {
public:
    FixedArray(File& file, ChunkList& out) : ArrayReader(file, out) {}

    Status read(std::uint64_t address) {
        Reader in = TRY(file_.from(address));
        const Bytes whole = in.rest();
        const std::uint64_t at = in.offset();
        TRY(read_head(in, "FAHD"));
        const std::uint8_t page_bits = TRY(in.u8());
        const std::uint64_t count = TRY(file_.length(in));
        const std::uint64_t block = TRY(file_.address(in));
        TRY(check_sum(in, whole.first(in.offset() - at)));
        if (page_bits >= 32) return Error{Errc::bad_header, at};
        page_elements_ = std::uint64_t{1} << page_bits;
        if (block == kNoAddress) return {};
        return count > page_elements_ ? read_paged(block, count) : read_whole(block, count);
    }

private:
    Status read_whole(std::uint64_t address, std::uint64_t count) {
        Reader in = TRY(open(address, "FADB", head_bytes() + count * element_bytes_ + kSum));
        return read_elements(in, 0, count);
    }

    Status read_paged(std::uint64_t address, std::uint64_t count) {
        const std::uint64_t pages = (count - 1) / page_elements_ + 1;
        const std::uint64_t length = head_bytes() + (pages - 1) / 8 + 1 + kSum;
        const Reader in = TRY(open(address, "FADB", length));
        return read_pages(TRY(checked_add(address, length)), in.rest(), 0, 0, count);
    }
};

class ExtensibleArray : ArrayReader {
public:
    ExtensibleArray(File& file, ChunkList& out) : ArrayReader(file, out) {}

    Status read(std::uint64_t address) {
        const std::uint64_t block = TRY(read_header(address));
        if (block == kNoAddress) return {};
        // Of the super blocks, the first have no block of their own: the index block names theirs.
        const std::uint64_t named = 2 * log2(least_pointers_);
        if (named > super_blocks_) return Error{Errc::bad_header, file_.offset_of(address)};
        const std::uint64_t data_blocks = 2 * (least_pointers_ - 1);
        const std::uint64_t addresses = data_blocks + super_blocks_ - named;
        Reader in = TRY(open(block, "EAIB",
                             head_bytes() + index_elements_ * element_bytes_ +
                                 addresses * file_.address_bytes() + kSum));
        TRY(read_elements(in, 0, index_elements_));
        std::uint64_t first = index_elements_;
        for (std::uint64_t i = 0; i < super_blocks_ && first < limit_; ++i) {
            if (i < named) {
                TRY(read_data_blocks(in, i, first));
            } else {
                TRY(read_super_block(TRY(file_.address(in)), i, first));
            }
            first = TRY(checked_add(first, TRY(checked_mul(blocks_in(i), elements_in(i)))));
        }
        return {};
    }

private:
    static std::uint64_t log2(std::uint64_t power) { return std::bit_width(power) - 1UL; }
    static std::uint64_t blocks_in(std::uint64_t super_block) {
        return std::uint64_t{1} << super_block / 2;
    }
    std::uint64_t elements_in(std::uint64_t super_block) const {
        return least_elements_ << (super_block + 1) / 2;
    }

    Result<std::uint64_t> read_header(std::uint64_t address) {
        Reader in = TRY(file_.from(address));
        const Bytes whole = in.rest();
        const std::uint64_t at = in.offset();
        TRY(read_head(in, "EAHD"));
        const std::uint64_t number_bits = TRY(in.u8());
        index_elements_ = TRY(in.u8());
        least_elements_ = TRY(in.u8());
        least_pointers_ = TRY(in.u8());
        const std::uint8_t page_bits = TRY(in.u8());
        for (int i = 0; i < 6; ++i) TRY(file_.length(in));  // how much of it there is
        const std::uint64_t block = TRY(file_.address(in));
        TRY(check_sum(in, whole.first(in.offset() - at)));
        const bool is_sound = number_bits <= 64 && std::has_single_bit(least_elements_) &&
                              std::has_single_bit(least_pointers_) && page_bits < 32 &&
                              log2(least_elements_) <= number_bits;
        if (!is_sound) return Error{Errc::bad_header, at};
        page_elements_ = std::uint64_t{1} << page_bits;
        super_blocks_ = 1 + number_bits - log2(least_elements_);
        offset_bytes_ = (number_bits + 7) / 8;
        return block;
    }

    /// The data blocks of one super block, whose addresses `in` stands at.
    Status read_data_blocks(Reader& in, std::uint64_t super_block, std::uint64_t first) {
        const std::uint64_t count = elements_in(super_block);
        if (count > page_elements_) return Error{Errc::unsupported, in.offset()};
        for (std::uint64_t i = 0; i < blocks_in(super_block); ++i) {
            const std::uint64_t address = TRY(file_.address(in));
            if (address != kNoAddress) TRY(read_whole(address, first + i * count, count));
        }
        return {};
    }

    Status read_super_block(std::uint64_t address, std::uint64_t super_block, std::uint64_t first) {
        if (address == kNoAddress) return {};
        const std::uint64_t blocks = blocks_in(super_block);
        const std::uint64_t count = elements_in(super_block);
        const bool is_paged = count > page_elements_;
        const std::uint64_t bits = is_paged ? (count / page_elements_ + 7) / 8 : 0;
        const std::uint64_t each = bits + file_.address_bytes();
        const std::uint64_t content = TRY(checked_mul(blocks, each));
        Reader in = TRY(
            open(address, "EASB", TRY(checked_add(content, head_bytes() + offset_bytes_ + kSum))));
        TRY(in.skip(offset_bytes_));
        // Each block has whole bytes there, but the bits of all follow each other without a gap.
        const Bytes written = TRY(in.take(blocks * bits));
        for (std::uint64_t i = 0; i < blocks; ++i) {
            const std::uint64_t block = TRY(file_.address(in));
            const std::uint64_t start = first + i * count;
            if (block == kNoAddress || start >= limit_) continue;
            if (is_paged) {
                TRY(check_paged(block));
                TRY(read_pages(TRY(checked_add(block, paged_bytes())), written,
                               i * (count / page_elements_), start, count));
            } else {
                TRY(read_whole(block, start, count));
            }
        }
        return {};
    }

    Status read_whole(std::uint64_t address, std::uint64_t first, std::uint64_t count) {
        const std::uint64_t head = head_bytes() + offset_bytes_;
        Reader in = TRY(open(address, "EADB", head + count * element_bytes_ + kSum));
        TRY(in.skip(offset_bytes_));
        return read_elements(in, first, count);
    }

    /// A data block in pages has only its head in front of them.
    std::uint64_t paged_bytes() const { return head_bytes() + offset_bytes_ + kSum; }
    Status check_paged(std::uint64_t address) {
        TRY(open(address, "EADB", paged_bytes()));
        return {};
    }

    std::uint64_t index_elements_ = 0;
    std::uint64_t least_elements_ = 0;
    std::uint64_t least_pointers_ = 0;
    std::uint64_t super_blocks_ = 0;
    std::uint64_t offset_bytes_ = 0;
};

}  // namespace

Status read_fixed_array(File& file, std::uint64_t address, ChunkList& out) {
    return FixedArray(file, out).read(address);
}

Status read_extensible_array(File& file, std::uint64_t address, ChunkList& out) {
    return ExtensibleArray(file, out).read(address);
}

}  // namespace pratique::hdf5
