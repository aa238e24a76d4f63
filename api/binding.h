// How much a verdict says about the bytes that are loaded afterwards, and what tells that a file
// was written to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pratique::api {

/// What ties a verdict to bytes, the weakest first: the weakest of several is the smallest.
enum class Binding : std::uint8_t {
    weak,      // the live file, whose stamp was compared before and after
    verity,    // the live file, which the kernel keeps from changing (fs-verity)
    snapshot,  // a copy that nobody can change
};
std::string_view name(Binding binding);

/// What tells that a file was changed, as the kernel reports it.
struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_s = 0, modified_ns = 0, changed_s = 0, changed_ns = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// Nothing if it is no regular file.
std::optional<Stamp> stamp(int fd);

/// The digest by which fs-verity holds the file, as "sha256:…"; empty if it does not. Asked only of
/// file systems that are the kernel's own: others could answer what they like.
std::string measure_verity(int fd);

/// Lower-case hexadecimal SHA-256 of a file, read from its start; empty if it cannot be read.
std::string digest_of(int fd);

/// True if bytes can be read from `size` on. A size may be wrong without any change: that of a file
/// in /proc is zero.
bool has_more_than(int fd, std::uint64_t size);

}  // namespace pratique::api
