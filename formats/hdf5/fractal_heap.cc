#include "formats/hdf5/fractal_heap.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include "formats/hdf5/checksum.h"
#include "formats/hdf5/tree2.h"

namespace pratique::hdf5 {
namespace {

/// Each level at least doubles what a block covers.
constexpr int kMostDepth = 64;

std::uint64_t log2(std::uint64_t power) { return std::bit_width(power) - 1UL; }

}  // namespace

Result<FractalHeap> FractalHeap::open(File& file, std::uint64_t address) {
    FractalHeap out;
    TRY(out.read_header(file, address));
    return out;
}

Status FractalHeap::read_header(File& file, std::uint64_t address) {
    Reader in = TRY(file.from(address));
    const Bytes whole = in.rest();
    offset_ = in.offset();
    TRY(expect(in, "FRHP"));
    TRY(expect_version(in, 0));
    id_bytes_ = TRY(in.le<std::uint16_t>());
    const bool is_filtered = TRY(in.le<std::uint16_t>()) != 0;
    has_checksums_ = (TRY(in.u8()) & 2) != 0;
    const std::uint64_t most_managed = TRY(in.le<std::uint32_t>());
    TRY(file.length(in));  // next huge object
    huge_tree_ = TRY(file.address(in));
    TRY(file.length(in));  // free space, and who manages it
    TRY(file.address(in));
    // Managed space, of it allocated, where to go on, objects; huge bytes and objects; tiny both.
    for (int i = 0; i < 8; ++i) TRY(file.length(in));
    width_ = TRY(in.le<std::uint16_t>());
    start_bytes_ = TRY(file.length(in));
    most_direct_bytes_ = TRY(file.length(in));
    const std::uint64_t space_bits = TRY(in.le<std::uint16_t>());
    TRY(in.skip(2));  // rows that a new root starts with
    root_ = TRY(file.address(in));
    root_rows_ = TRY(in.le<std::uint16_t>());
    if (is_filtered) return Error{Errc::unsupported, offset_};
    TRY(check_sum(in, whole.first(in.offset() - offset_)));

    const bool is_sound = std::has_single_bit(width_) && std::has_single_bit(start_bytes_) &&
                          std::has_single_bit(most_direct_bytes_) && space_bits <= 64 &&
                          most_direct_bytes_ >= start_bytes_ && most_direct_bytes_ <= UINT32_MAX &&
                          log2(start_bytes_) + log2(width_) <= space_bits &&
                          root_rows_ <= 2 * space_bits + 2;
    if (!is_sound) return Error{Errc::bad_header, offset_};
    offset_bytes_ = (space_bits + 7) / 8;
    length_bytes_ = std::min(bytes_for(most_direct_bytes_), bytes_for(most_managed));
    return {};
}

FractalHeap::Row FractalHeap::row(std::uint64_t number) const {
    const std::uint64_t doublings = number == 0 ? 0 : number - 1;
    const std::uint64_t room = static_cast<std::uint64_t>(std::countl_zero(start_bytes_));
    // A block beyond 64 bits covers whatever offset there is.
    const std::uint64_t bytes =
        doublings > room ? UINT64_MAX : start_bytes_ << std::min<std::uint64_t>(doublings, room);
    return {bytes, bytes <= most_direct_bytes_};
}

Result<FractalHeap::Block> FractalHeap::descend(File& file, const Block& block,
                                                std::uint64_t& offset) const {
    const std::uint64_t head = 5 + file.address_bytes() + offset_bytes_;
    const std::uint64_t children = block.rows * width_;
    Reader in = TRY(file.at(block.address, head + children * file.address_bytes() + 4));
    const Bytes whole = in.rest();
    const std::uint64_t at = in.offset();
    TRY(expect(in, "FHIB"));
    TRY(expect_version(in, 0));
    TRY(in.skip(head - 5));
    for (std::uint64_t number = 0; number < block.rows; ++number) {
        const Row row = this->row(number);
        const std::uint64_t column = offset / row.block_bytes;
        if (column >= width_) {
            TRY(in.skip(width_ * file.address_bytes()));
            offset -= row.block_bytes * width_;
            continue;
        }
        offset -= column * row.block_bytes;
        TRY(in.skip(column * file.address_bytes()));
        Block out{TRY(file.address(in)), row.block_bytes, 0};
        if (out.address == kNoAddress) return Error{Errc::missing_record, at};
        if (!row.is_direct) {
            const std::uint64_t first = log2(start_bytes_) + log2(width_);
            if (log2(row.block_bytes) < first) return Error{Errc::bad_header, at};
            out.rows = log2(row.block_bytes) - first + 1;
        }
        Reader sum(whole.last(4), at + whole.size() - 4);
        TRY(check_sum(sum, whole.first(whole.size() - 4)));
        return out;
    }
    return Error{Errc::missing_record, at};
}

/// A direct block's checksum is taken with zeros in its own place.
Status FractalHeap::check_direct(File& file, const Block& block) {
    if (!checked_.insert(block.address).second) return {};
    Reader in = TRY(file.at(block.address, block.bytes));
    const Bytes whole = in.rest();
    const std::uint64_t at = in.offset();
    TRY(expect(in, "FHDB"));
    TRY(expect_version(in, 0));
    if (!has_checksums_) return {};
    TRY(in.skip(file.address_bytes() + offset_bytes_));
    const std::uint64_t place = in.offset() - at;
    const auto stated = TRY(in.le<std::uint32_t>());
    std::vector<std::byte> copy(whole.begin(), whole.end());
    std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(place), 4, std::byte{0});
    if (!is_sum(stated, lookup3(copy))) return Error{Errc::bad_checksum, at};
    return {};
}

Result<Reader> FractalHeap::managed(File& file, std::uint64_t offset, std::uint64_t length) {
    Block block{root_, start_bytes_, root_rows_};
    for (int depth = 0; block.rows != 0; ++depth) {
        if (depth == kMostDepth) return Error{Errc::limit_depth, offset_};
        block = TRY(descend(file, block, offset));
    }
    if (offset > block.bytes || length > block.bytes - offset) {
        return Error{Errc::out_of_bounds, file.offset_of(block.address)};
    }
    TRY(check_direct(file, block));
    Reader in = TRY(file.from(block.address));
    TRY(in.skip(offset));
    return in.sub(length);
}

/// Huge objects lie by themselves; the ID is a number that a B-tree knows the place of.
Result<Reader> FractalHeap::huge(File& file, Reader id) const {
    const std::uint64_t at = id.offset();
    // With room for it, an ID would hold the place itself: no heap of links or attributes has it.
    if (id_bytes_ - 1 >= file.address_bytes() + std::uint64_t{file.length_bytes()}) {
        const std::uint64_t address = TRY(file.address(id));
        return file.at(address, TRY(file.length(id)));
    }
    if (huge_tree_ == kNoAddress) return Error{Errc::missing_record, at};
    const std::uint64_t key = TRY(number(id, std::min<std::uint64_t>(id_bytes_ - 1, 8)));
    std::optional<Reader> found;
    TRY(walk_tree2(file, huge_tree_, kHugeObject, [&](Reader record) -> Status {
        const std::uint64_t address = TRY(file.address(record));
        const std::uint64_t length = TRY(file.length(record));
        if (TRY(file.length(record)) == key) found = TRY(file.at(address, length));
        return {};
    }));
    if (!found) return Error{Errc::missing_record, at};
    return *found;
}

Result<Reader> FractalHeap::object(File& file, Reader id) {
    enum Kind : std::uint8_t { managed_object = 0, huge_object = 1, tiny_object = 2 };
    constexpr std::uint64_t kLongestShortTiny = 16;
    const std::uint64_t at = id.offset();
    if (id.left() < id_bytes_) return Error{Errc::truncated, at};
    const std::uint8_t first = TRY(id.u8());
    if (first >> 6 != 0) return Error{Errc::unsupported, at};
    switch (first >> 4 & 3) {
        case managed_object: {
            if (root_ == kNoAddress) return Error{Errc::missing_record, at};
            const std::uint64_t offset = TRY(number(id, offset_bytes_));
            return managed(file, offset, TRY(number(id, length_bytes_)));
        }
        case huge_object: return huge(file, id);
        case tiny_object: {
            std::uint64_t length = first & 0x0F;
            if (id_bytes_ - 1 > kLongestShortTiny) length = length << 8 | TRY(id.u8());
            return id.sub(length + 1);
        }
        default: return Error{Errc::bad_header, at};
    }
}

}  // namespace pratique::hdf5
