// The files of a model by their names in it, without those that only vouch for it.
#pragma once

#include <string>
#include <vector>

#include "api/files.h"

namespace pratique::api {

struct ModelFiles {
    Found found;
    std::vector<std::string> names;     // of found.files: relative to the model, raw
    std::vector<std::string> vouchers;  // that lie in it, and are not among them
    bool is_file = false;               // its only name is then its basename
};

/// `vouchers`: files that sign or attest the model. Those that lie in it and are Sigstore bundles
/// are no part of it: they were read strictly, and hold nothing else.
ModelFiles find_model(const std::string& model, const std::vector<std::string>& vouchers);

}  // namespace pratique::api
