#include "sandbox/loader/names.h"

namespace pratique::loader {

std::string state_name(const Tensor& tensor) {
    std::vector<Step> kept;
    kept.reserve(tensor.path.size());
    for (const Step& step : tensor.path) {
        const bool is_part_of_a_module =
            step.key == "_modules" || step.key == "_parameters" || step.key == "_buffers";
        if (!is_part_of_a_module) kept.push_back(step);
    }
    return kept.empty() ? tensor.name() : joined(kept);
}

}  // namespace pratique::loader
