#include "sandbox/loader/names.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pratique::loader {

std::string state_name(const Tensor& tensor) {
    std::string out;
    bool is_first = true;
    for (const Step& step : tensor.path) {
        const bool is_part_of_a_module =
            step.key == "_modules" || step.key == "_parameters" || step.key == "_buffers";
        if (is_part_of_a_module) continue;
        if (!is_first) out += '.';
        out += step.key;
        is_first = false;
    }
    return is_first ? tensor.name() : out;
}

namespace {

// The keys under which trainers keep an optimiser (torch's own convention, Lightning, Keras,
// transformers, fairseq), and what optimisers call their states.
constexpr auto kOptimizerKeys = std::to_array<std::string_view>({
    "optimizer",
    "optimizers",
    "optimizer_state",
    "optimizer_states",
    "optimizer_state_dict",
    "optimizer_weights",
    "optim",
    "optim_state",
    "optim_state_dict",
    "opt_state",
    "_optimizer",
    "last_optimizer_state",
    "exp_avg",
    "exp_avg_sq",
    "momentum_buffer",
});

}  // namespace

bool is_optimizer_state(const Tensor& tensor) {
    return std::any_of(tensor.path.begin(), tensor.path.end(), [](const Step& step) {
        return std::find(kOptimizerKeys.begin(), kOptimizerKeys.end(), step.key) !=
               kOptimizerKeys.end();
    });
}

}  // namespace pratique::loader
