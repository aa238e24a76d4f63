// Torch 7's serialisation of Lua values, `.t7`, `.th`, `.net`: a tree in which objects are written
// once and referred to by number. Functions are Lua byte code, which Lua loads without looking at
// it. Reading steps over numbers and storages and keeps the functions.
//
//   object := i32 type, then
//     0 nil                            | 3 table  i32 number; new: i32 pairs, then key, value …
//     1 number  f64                    | 4 torch  i32 number; new: text "V n", text class, content
//     2 text    i32 n, n bytes         | 7, 8 function  i32 number; new: i32 n, n bytes, object
//     5 truth   i32                    | 6 function     i32 n, n bytes, object (its upvalues)
//
//   content of tensors   i32 n, n i64 sizes, n i64 strides, i64 offset, object (storage)
//           of storages  i64 n, n elements
//           of tds.Vec   i64 n, n objects;  tds.Hash  i64 n, n pairs
//           of others    one object, nearly always a table
//
// All little-endian, as x86 wrote them. The text form of the same ("4\n1\n3\nV 1\n…") has words for
// numbers. Source: torch/torch7 File.lua, Tensor.lua, TensorMath; torch/tds.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::torch7 {

struct Function {
    Bytes code;  ///< what string.dump() gave
    std::uint64_t at = 0;
};

struct Archive {
    std::vector<Function> functions;
    std::uint64_t end = 0;
    std::optional<Error> error;
};

inline constexpr std::size_t kMostFunctions = 100'000;
/// Numbered objects; each takes a dozen bytes.
inline constexpr std::size_t kMostObjects = 20'000'000;
inline constexpr std::size_t kMostDepth = 100'000;

/// A first object with a number and a content that torch would accept.
bool recognise(Bytes bytes);

/// Reads the first object and all in it. Errors: truncated, bad_header (no such type), bad_text (no
/// class name), negative_length, overflow, limit_rank, limit_depth, limit_nodes, limit_members.
/// Thread-safe.
Archive read(Bytes bytes);

}  // namespace pratique::torch7
