// CRC-32C (Castagnoli), the checksum of LevelDB's tables and of the tensors that TensorFlow keeps
// beside one. Computed by the processor where it can.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace pratique::tensorbundle {

/// The checksum of `bytes` behind others whose checksum is `before`. Thread-safe.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0);

/// The same without the processor's help: what the other is tested against.
std::uint32_t crc32c_by_table(Bytes bytes, std::uint32_t before = 0);

/// As the formats store it: the checksum of bytes that contain their own checksum is nothing to
/// trust, so it is turned and shifted first.
constexpr std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8U; }

}  // namespace pratique::tensorbundle
