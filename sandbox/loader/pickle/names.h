// The names of a pickle's tensors: the keys on the way to each, in the order of the file. A value
// that is reached twice is listed twice, as a state dict does with tied weights; a walk that would
// repeat itself without end, or without any tensor, is cut short.
//
//      {'model': {'w': T}}                          model.w
//      [T, T]                                       0, 1
//      object with a dict as state                  its keys:   fc.weight
//      … constructed from arguments                 __args__.0
//      … any other state                            __state__
//      a function's result that is the whole file   __state__.key: it may have attributes of its
//      own … with items, or items set                   __items__.0, and the keys
#pragma once

#include "sandbox/loader/pickle/values.h"

namespace pratique::loader {

/// Adds all tensors that `root` leads to, below `prefix`; `index` is where each then is in the list
/// of tensors. Errors: those of the tensors, limit_depth (a path of more than a thousand keys),
/// limit_members.
Status name_tensors(Load& load, Ref root, std::vector<Step> prefix, RefTable& index);

/// A key as Python prints it: text as it is, 'None', '1.5', "(1, 2)".
Step step_of(Graph& graph, pickle::Value key);

}  // namespace pratique::loader
