// The combinations of values that the IQ types know, packed: eight values of two bits in an entry
// of kGrid1 and kGrid2…, four values of four bits in one of kGrid3…; the lowest bits come first.
// What the values stand for differs by type (dequantize_iq.cc).
//
// Source: ggml/src/ggml-common.h, gguf-py/gguf/quants.py (which packs them in the same way).
#pragma once

#include <array>
#include <cstdint>

namespace pratique::gguf {

extern const std::array<std::uint16_t, 2048> kGrid1;
extern const std::array<std::uint16_t, 256> kGrid2Xxs;
extern const std::array<std::uint16_t, 512> kGrid2Xs;
extern const std::array<std::uint16_t, 1024> kGrid2S;
extern const std::array<std::uint16_t, 256> kGrid3Xxs;
extern const std::array<std::uint16_t, 512> kGrid3S;

}  // namespace pratique::gguf
