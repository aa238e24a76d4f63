// LightGBM's models are text: a head, a block for each tree, a tail.
//
//   tree                          Tree=0
//   version=v4                    num_leaves=31
//   num_class=1                   split_feature=4 0 …       num_leaves - 1 numbers
//   max_feature_idx=27            left_child=1 2 -3 …       the same; -1 - n is leaf n
//   feature_names=…               right_child=…
//   tree_sizes=1234 …             leaf_value=…              num_leaves numbers
//   <empty line>                  …                         <empty lines>
//
// Then "end of trees", and more that is for people. Source: microsoft/LightGBM, src/io/tree.cpp,
// src/boosting/gbdt_model_text.cpp.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::lightgbm {

bool recognise(Bytes bytes);

struct Model {
    std::uint64_t trees = 0;
    /// The first line with a child or a feature that does not exist, or too few of them.
    std::optional<std::uint64_t> stray;
};

/// Errors: truncated (no "end of trees"), bad_number, missing_record (a tree without the number of
/// its leaves before them). Thread-safe.
Result<Model> read(Bytes bytes);

}  // namespace pratique::lightgbm
