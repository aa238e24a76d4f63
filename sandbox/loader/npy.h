// NumPy's own files: one array, or a zip of arrays. Arrays of objects hold a pickle, whose values
// are inert like any other's.
#pragma once

#include "sandbox/loader/zip_members.h"

namespace pratique::loader {

/// One .npy array below `path`. More bytes than its elements are a warning. Errors: those of
/// numpy::read() and of the pickle; truncated.
Status load_npy(Load& load, Bytes npy, std::vector<Step> path = {});

/// True if all members are .npy files, or most: NumPy hands the others out as bytes.
bool is_npz(const ZipMembers& members);
/// Members that are no arrays are a warning.
Status load_npz(Load& load, ZipMembers& members);

}  // namespace pratique::loader
