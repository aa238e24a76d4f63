// An HDF5 file as its readers see it: a superblock that says how wide addresses are and where the
// root group lies, and structures that point at each other by address. Every structure is reached
// through File::at(), which counts what was looked at: a file whose structures lead in circles, or
// to the same place again and again, runs out of steps instead of the reader out of time.
//
//   [user block, 512·2ⁿ bytes]
//   89 'H' 'D' 'F' \r \n 1a \n | version
//     0, 1   versions, O, L, B-tree ranks, flags, base, …, end, driver, entry of the root group
//     2, 3   O, L, flags, base, extension, end, root group, checksum
//   object headers, B-trees, heaps, raw data: at addresses that count from the base
//
//   O  bytes of an address (all ones: none)      L  bytes of a length
//
// Source: HDF5 File Format Specification 3.0, sections II.A and II.B; h5py 3 as a second opinion.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/reader.h"

namespace pratique::hdf5 {

/// The address that stands for none, whatever its width in the file.
inline constexpr std::uint64_t kNoAddress = UINT64_MAX;

/// Offset of the signature: at 0 or 512·2ⁿ, wherever a reader would find it first.
std::optional<std::uint64_t> recognise(Bytes bytes);

/// Not thread-safe: it counts. Cheap to move; views stay those of the bytes that it was opened on.
class File {
public:
    /// Reads the superblock. Errors: bad_magic, truncated (also of a file that is shorter than it
    /// says), bad_header, bad_checksum, unsupported (versions; files split over several).
    static Result<File> open(Bytes bytes, const Limits& limits);

    std::uint8_t version() const { return version_; }
    /// Bytes in front of the signature, where HDF5 lets anything stand.
    std::uint64_t base() const { return base_; }
    /// Where the file says that it ends; what follows belongs to nobody.
    std::uint64_t end() const { return end_; }
    std::uint64_t root() const { return root_; }
    std::uint8_t address_bytes() const { return address_bytes_; }
    std::uint8_t length_bytes() const { return length_bytes_; }
    const Limits& limits() const { return limits_; }

    /// `count` bytes at `address`, counted as work. Errors: out_of_bounds, limit_steps.
    Result<Reader> at(std::uint64_t address, std::uint64_t count);
    /// The same up to the end of the file, when the structure says how long it is. Costs one step.
    Result<Reader> from(std::uint64_t address);
    /// The raw bytes of a tensor, which cost no step. Errors: out_of_bounds.
    Result<Bytes> data(std::uint64_t address, std::uint64_t count) const;
    /// Where an address lies in the bytes that were opened: the offset for an error about it.
    std::uint64_t offset_of(std::uint64_t address) const;

    /// Counts work that reads nothing. Errors: limit_steps.
    Status spend(std::uint64_t steps, std::uint64_t offset = 0);

    Result<std::uint64_t> address(Reader& in) const;
    Result<std::uint64_t> length(Reader& in) const;

private:
    File(Bytes bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

    Status read_old(Reader& in);
    Status read_new(Reader& in);
    Status read_widths(Reader& in);
    Status place(std::uint64_t stated_base, std::uint64_t stated_end);

    Bytes bytes_;
    Limits limits_;
    std::uint64_t base_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t root_ = kNoAddress;
    std::uint64_t steps_left_ = 0;
    std::uint8_t version_ = 0;
    std::uint8_t address_bytes_ = 8;
    std::uint8_t length_bytes_ = 8;
};

/// A little-endian number of 0 to 8 bytes.
Result<std::uint64_t> number(Reader& in, std::uint64_t bytes);

/// Reads four characters that must be `magic`. Errors: bad_magic at their offset.
Status expect(Reader& in, std::string_view magic);

/// Reads a version that must be `version`. Errors: unsupported.
Status expect_version(Reader& in, std::uint8_t version);

/// Compares the four bytes behind `bytes`, which `in` stands at, with lookup3(bytes).
Status check_sum(Reader& in, Bytes bytes);

/// How many bytes HDF5 takes to write numbers up to `most`.
std::uint64_t bytes_for(std::uint64_t most);

}  // namespace pratique::hdf5
