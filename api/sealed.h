// Files that nobody else has: memory that the kernel keeps from changing once it is sealed, and
// files on disk that have no name. Input is copied there when what was looked at must stay what it
// was. Readers get a descriptor that cannot write, seals or no seals.
//
// Thread-safe. Errors are a scanner::Gap with words for people.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "scanner/report.h"

namespace pratique::api {

using DescriptorOrGap = std::variant<Descriptor, scanner::Gap>;

/// The gap that an error of the system leaves: no room is a limit, the rest is unreadable. `what`
/// is said in front of it, if it is not empty.
scanner::Gap gap_of_error(std::string_view what, int error);

/// Bytes that one file may have for this process (RLIMIT_FSIZE). Writing beyond ends the process
/// by a signal, so it is asked first.
std::uint64_t largest_file();

/// Memory as a file, still to be filled and sealed. Its contents can never be executed, on kernels
/// that know how to forbid it (Linux 6.3).
DescriptorOrGap open_memory();
/// No more writing, growing or shrinking, ever, by anybody; the answer is a descriptor for reading.
DescriptorOrGap seal(Descriptor memory);

/// A file in `folder` that has no name and that only its owner could open; gone when it is closed.
DescriptorOrGap open_unnamed(const std::string& folder);
/// The same where the file system can make none without a name: made, and its name taken away.
DescriptorOrGap open_unlinked(const std::string& folder);

/// The same file through a new descriptor that can only read. Needs /proc.
DescriptorOrGap reopen_to_read(int fd);

/// Writes all of `bytes` at `at`. Returns 0 or an errno.
int write_all(int fd, Bytes bytes, std::uint64_t at);

}  // namespace pratique::api
