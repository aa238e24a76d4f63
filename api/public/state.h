// What stands behind the public classes.
#pragma once

#include <deque>
#include <unordered_map>

// The floors' own headers come first, all of them: behind the public one, names like Error have two
// meanings.
// clang-format off
#include "api/elements.h"
#include "api/load.h"
#include "api/tensor_digest.h"
#include "api/worker_path.h"
#include "base/checked.h"
#include "base/text.h"
#include "rules/rules.h"
#include "sandbox/loader/names.h"

namespace pratique {
using FloorError = Error;
}

#include <pratique/pratique.h>
// clang-format on

namespace pratique::v1 {

struct Tensor::Record {
    const Model::State* model = nullptr;
    const loader::Tensor* tensor = nullptr;
    std::string name;
    std::string state_name;
    std::vector<Tensor> components;
};

struct Value::Source {
    const loader::Tree* tree = nullptr;
};

struct Model::State : std::enable_shared_from_this<Model::State> {
    api::LoadedModel loaded;
    std::deque<Tensor::Record> records;  ///< addresses stay
    std::vector<Tensor> tensors;
    std::unordered_map<std::string_view, std::size_t> by_name;
    std::unordered_map<std::string_view, std::size_t> by_state_name;
    std::vector<Warning> warnings;
    Value::Source values;
};

/// The public forms of what the floors answer.
Model model_of(api::LoadedModel loaded);
Error translated(const api::LoadFailure& failure);

/// The public form of an error that the floors gave while they read `tensor`.
Error error_of(const Tensor::Record& tensor, Errc code, std::uint64_t offset);

}  // namespace pratique::v1
