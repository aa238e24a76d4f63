// A pickle as a model: its tensors by name, everything else as inert data.
#pragma once

#include "sandbox/loader/pickle/values.h"

namespace pratique::loader {

/// A file that is a pickle: one of torch's legacy streams, joblib's, or a plain one. What stands
/// behind its STOP is a warning, as readers ignore it. Errors: those of the pickle machine, and of
/// the tensors.
Status load_pickle(Load& load, Bytes stream);

/// Runs one pickle for its values. Errors: what ended it early.
Result<pickle::Program> run_for_values(const Load& load, Bytes stream, std::uint64_t begin,
                                       bool raw_arrays);

/// Adds what `values` holds below `prefix`: tensors, and unless only these are wanted, the tree.
/// In strict mode unknown callables are refused: unknown_callable.
Status add_values(Load& load, Values& values, std::vector<Step> prefix = {});

}  // namespace pratique::loader
