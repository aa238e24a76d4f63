// What a tensor is called outside of its file.
#pragma once

#include <string>

#include "sandbox/loader/tensor.h"

namespace pratique::loader {

/// The name that the tensor has in the state dict of the module that it is part of: a pickled
/// torch.nn.Module keeps its parts in the dicts `_modules`, `_parameters` and `_buffers`, whose
/// names a state dict leaves out. That of any other tensor is name().
std::string state_name(const Tensor& tensor);

/// Whether a tensor is what an optimiser remembers, not a weight: it lies below a key that only
/// optimisers have ("optimizer_states", "optimizer_weights", "exp_avg", …).
bool is_optimizer_state(const Tensor& tensor);

}  // namespace pratique::loader
