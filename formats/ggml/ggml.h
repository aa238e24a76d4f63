// Files of ggml from before GGUF: hyperparameters, a vocabulary, and tensors to the end.
//
//   magic u32 | version u32, not of "lmgg" | hyperparameters i32 each
//   audio models: mel filters: rows i32, columns i32, f32 each | window: count i32, f32 each
//   vocabulary, as many as a hyperparameter says or an i32 in front: length u32, text, score f32
//   tensors to the end of the file:
//     dimensions i32 | length of the name i32 | type i32 | size i32 each, innermost first | name
//     of "tjgg", "algg": padding to 32 | data
//
//   "lmgg"  0x67676d6c  any program: gpt-2, gpt-j, whisper, parakeet, the first llama.cpp
//   "fmgg"  0x67676d66  version 1: scores
//   "tjgg"  0x67676a74  versions 1 to 3: padding
//   "algg"  0x67676c61  version 1: a LoRA adapter, rank and alpha as its hyperparameters
//
// Which hyperparameters there are, the file does not say: each program knows its own. Here all
// layouts are tried, and the one that reaches the end of the file is the one. The sizes of blocks
// changed twice without a mark, so both are tried as well.
//
// Source: llama.cpp before August 2023 (llama.cpp, convert.py), ggml/examples (gpt-2, gpt-j,
// gpt-neox, mpt), whisper.cpp (src/whisper.cpp, src/parakeet.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::ggml {

inline constexpr std::size_t kMostDimensions = 4;
inline constexpr std::uint32_t kMostTensors = 1'000'000;
inline constexpr std::size_t kLongestName = 255;  ///< of a tensor, bytes

struct Tensor {
    std::string_view name;
    std::uint32_t type = 0;
    std::uint32_t dimensions = 0;
    std::array<std::uint64_t, kMostDimensions> sizes{};
    std::uint64_t begin = 0;   ///< of its data in the artifact
    std::uint64_t bytes = 0;   ///< of its data
    std::uint64_t offset = 0;  ///< of its entry in the artifact
};

/// What was read before `error`, and the error.
struct File {
    std::string_view layout;  ///< "llama", "whisper", …; the best try if there is an error
    std::uint32_t version = 0;
    std::uint32_t words = 0;  ///< in the vocabulary
    std::vector<Tensor> tensors;
    std::optional<Error> error;
};

/// One of the four magics.
bool recognise(Bytes bytes);

/// Reads everything but data. Errors, of the layout that got furthest: bad_magic, unsupported (a
/// version), bad_header (hyperparameters that contradict what follows), truncated, negative_length,
/// limit_members, limit_rank, bad_name (a tensor without a name, or one above 255 bytes),
/// unknown_dtype, size_mismatch, overflow, duplicate_key. Thread-safe; memory in proportion to the
/// number of tensors.
File read(Bytes bytes);

}  // namespace pratique::ggml
