// Opening what lies below a folder that is open already, so that no name can lead out of it, and
// nothing that is no file can make us wait: openat2 (Linux 5.6) resolves the whole name in the
// kernel, where nobody can exchange a part of it in between.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "signing/refusal.h"

namespace pratique::signing {

enum class Links : std::uint8_t {
    refused,  // in any component
    inside,   // followed as long as they stay below the folder
};

/// `name` is relative to `folder`; "" for the folder itself. `flags` as for open(2); O_NONBLOCK,
/// O_NOCTTY and O_CLOEXEC are added. Refusals: missing_file, link, special_file, bad_file_name,
/// unreadable; unstable_file if it was moved about again and again meanwhile.
Judged<Descriptor> open_beneath(int folder, const std::string& name, int flags, Links links);

/// The refusal that an error of opening or listing stands for.
Refusal refusal_of(int error, const std::string& name);
/// One that says no more than that it cannot be read.
Refusal unreadable(int error, const std::string& name);

}  // namespace pratique::signing
