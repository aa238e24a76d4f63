// What is going to be written, before a byte of it is: every array under the name that it will
// have, the file's own key-value metadata, and a note on everything that the new file cannot say as
// the old one did. All writers work from this.
//
//      LoadedModel ─► Plan: items, metadata, notes ─► write_safetensors, write_npz, write_gguf
//
// A sparse, nested or quantised tensor becomes its components, each "name.component", and what
// holds them together becomes metadata under "pratique.". Arrays of objects and tensors without
// data have nothing that could be written; they are noted.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sandbox/loader/load.h"

namespace pratique::api {

/// Names for the same elements of the same place.
enum class Shared : std::uint8_t {
    keep,  ///< each is written: equal values, no longer shared
    drop,  ///< one is written; the others are named in the metadata, as safetensors' own does it
};

struct PlanOptions {
    Shared shared = Shared::keep;
};

struct Item {
    std::string name;  ///< as it is; unique
    const loader::Tensor* tensor = nullptr;
};

struct Plan {
    const loader::Loaded* model = nullptr;
    std::vector<Item> items;  ///< in the order of the file
    /// Keys are unique. Values are texts of the file itself, and ours under "pratique.".
    std::vector<std::pair<std::string, std::string>> metadata;
    /// One line each, for people; safe to print.
    std::vector<std::string> notes;
    std::size_t left_out = 0;  ///< tensors that have no data
};

/// Names point into `model`, which must outlive the plan. Never fails.
Plan make_plan(const loader::Loaded& model, const PlanOptions& options);

}  // namespace pratique::api
