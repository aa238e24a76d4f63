// A loaded model as C sees it: arrays of plain structs, made once, so that a binding needs one call
// for 20,000 tensors.
#pragma once

#include <mutex>
#include <set>

#include "api/c/handles.h"

struct pratique_model {
    explicit pratique_model(pratique::v1::Model loaded);
    pratique_model(const pratique_model&) = delete;
    pratique_model& operator=(const pratique_model&) = delete;

    pratique::v1::Model model;
    std::vector<pratique::v1::Tensor> flat;  ///< tensors, and behind them all components
    std::vector<pratique_tensor> tensors;    ///< of `flat`
    std::vector<pratique_source> sources;
    std::vector<pratique_warning> warnings;
    std::string texts;            ///< names of tensors
    std::set<std::string> kinds;  ///< names of types, each once

    /// The tree is made when it is first asked for.
    mutable std::once_flag tree_made;
    mutable std::vector<pratique_node> nodes;
    mutable std::vector<std::uint32_t> children;
    mutable std::string tree_texts;
};

namespace pratique::c {

/// The tensor of an index; misuse() if there is none.
const v1::Tensor& tensor_at(const pratique_model* model, std::size_t index);

}  // namespace pratique::c
