// How much a verdict says about the bytes that are loaded afterwards, and what tells that a file
// was written to (base/stamp.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stamp.h"

namespace pratique::api {

/// What ties a verdict to bytes, the weakest first: the weakest of several is the smallest.
enum class Binding : std::uint8_t {
    weak,      // the live file, whose stamp was compared before and after
    verity,    // the live file, which the kernel keeps from changing (fs-verity)
    snapshot,  // a copy that nobody can change
};
std::string_view name(Binding binding);

/// The digest by which fs-verity holds the file, as "sha256:…"; empty if it does not. Asked only of
/// file systems that are the kernel's own: others could answer what they like.
std::string measure_verity(int fd);

/// Lower-case hexadecimal SHA-256 of a file, read from its start; empty if it cannot be read.
std::string digest_of(int fd, int cancel = -1);

}  // namespace pratique::api
