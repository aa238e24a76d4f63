// XGBoost's two binary forms. Universal Binary JSON is written since 1.6:
//
//   value  := 'Z' 'T' 'F' | 'i' 'U' i8 | 'I' i16 | 'l' i32 | 'L' i64 | 'd' f32 | 'D' f64 | 'C' i8
//           | 'S' length, bytes | '[' items ']' | '{' key, value … '}'
//   items  := ['$' type] '#' length, values without their types | values ']'
//   key    := length, bytes;   length := 'i' | 'U' | 'I' | 'l' | 'L', number
//
// The old form, up to 2.1, is memory as it was:
//
//   ["binf"] | f32 base, u32 features, i32 classes, i32 attributes, i32 metrics, 29 i32
//   u64 n, objective | u64 n, booster
//   gbtree, dart   i32 trees, 3 i32, i64, i32 groups, 33 i32; then trees times
//       i32 roots, nodes, deleted, depth, features, leaf vector, 31 i32
//       nodes times: i32 parent, left, right, u32 feature, f32 value
//       nodes times: 3 f32, i32
//     i32 group of each tree;  dart: u64 n, n f32
//   gblinear       u32 features, i32 groups, 32 i32 | u64 n, n f32
//   attributes: u64 n, n times two texts | metrics: u64 n, n texts;  text := u64 n, bytes
//
// UBJSON is big-endian, the old form little. Source: dmlc/xgboost, src/common/json.cc,
// doc/tutorials/saving_model.rst; 1.7: src/learner.cc, src/gbm/, include/xgboost/tree_model.h.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::xgboost {

/// An object whose first key is one of a model's.
bool recognise_ubjson(Bytes bytes);
/// The magic, or the names of an objective and a booster where they belong.
bool recognise_binary(Bytes bytes);

struct Model {
    std::uint64_t end = 0;
    /// The first node whose child or feature does not exist.
    std::optional<std::uint64_t> stray;
};

/// Errors: truncated, bad_header (a type that XGBoost does not know), negative_length, limit_depth,
/// bad_text (no name of a booster), unsupported (vectors in leaves). Thread-safe.
Result<Model> read_ubjson(Bytes bytes);
Result<Model> read_binary(Bytes bytes);

}  // namespace pratique::xgboost
