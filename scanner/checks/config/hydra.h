// Configuration that is instantiated: Hydra's `_target_`, jsonargparse's `class_path`, the
// `target` with `params` of latent diffusion; and the interpolations of OmegaConf in it.
#pragma once

#include "scanner/checks/config/met.h"

namespace pratique::scanner {

/// `_target_`: the callable that Hydra imports and calls.
void check_target(const Met& met);
/// `class_path` and `target`: the same where `init_args` or `params` stand beside them.
void check_class_path(const Met& met);
void check_target_with_params(const Met& met);

/// Interpolations by resolvers that read the environment, or that evaluate.
void check_interpolations(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
