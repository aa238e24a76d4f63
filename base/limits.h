// What one file may cost. Every limit has one default, here, with its reason; going over one is
// never an error of the program but a gap in the report. The command line may change each.
#pragma once

#include <cstdint>

namespace pratique {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

struct Limits {
    /// Containers inside containers. A NeMo bundle or a hub archive needs three.
    std::uint32_t depth = 8;
    /// Members of all containers of one file together. The largest real archives hold some
    /// ten thousand; each costs a header and a name.
    std::uint32_t members = 100'000;
    /// Decompressed bytes of one file, all members and nested containers together.
    std::uint64_t inflated_bytes = 2 * kGiB;
    /// Output bytes per input byte, looked at once `ratio_floor` bytes have come out: text reaches
    /// 100, a stream of zeros 1,000. Sparse matrices are as good as zeros, and up to some thirty
    /// megabytes of them are common in .npz files.
    std::uint64_t ratio = 200;
    std::uint64_t ratio_floor = 48 * kMiB;
    /// Values that the pickle machine keeps at one time.
    std::uint64_t nodes = 50'000'000;
    /// Pickles inside pickles (bytes handed to a loader, arrays of objects).
    std::uint32_t pickle_depth = 16;
    /// Pickles one after the other in one stream.
    std::uint32_t pickles = 100'000;
    /// Bytes of unclaimed or unknown data that are searched for the start of a pickle.
    std::uint64_t probed_bytes = 64 * kMiB;
    /// Findings and gaps reported for one file; beyond it one gap says that more were found.
    std::uint32_t reported = 1'000;
};

}  // namespace pratique
