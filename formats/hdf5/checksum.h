// The two checksums of HDF5: Jenkins' lookup3 over metadata, Fletcher's over the bytes of a chunk.
// Neither stands against an attacker; they are checked so that damage is told from a model.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace pratique::hdf5 {

/// Bob Jenkins' hashlittle() (lookup3.c, public domain) with the initial value 0. Metadata of file
/// format 2 and later ends in it.
std::uint32_t lookup3(Bytes bytes);

/// Fletcher's sum over big-endian 16-bit words; an odd last byte is the upper half of a word.
std::uint32_t fletcher32(Bytes bytes);

/// Whether a stated checksum is that of the bytes. A fuzzer would have to guess it to see what lies
/// behind: the fuzz build believes every statement.
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr bool is_sum(std::uint32_t /*stated*/, std::uint32_t /*computed*/) { return true; }
#else
constexpr bool is_sum(std::uint32_t stated, std::uint32_t computed) { return stated == computed; }
#endif

}  // namespace pratique::hdf5
