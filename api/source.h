// Bytes that tensors lie in: a file, or what a worker wrote, mapped for reading and unmapped with
// its last user.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "api/open.h"
#include "base/bytes.h"
#include "sandbox/output.h"

namespace pratique::api {

/// Thread-safe. Of a live file: bytes may change under its reader, and reading where it was cut
/// meanwhile ends the process (SIGBUS); of a copy neither can happen.
class Source {
public:
    explicit Source(sandbox::Sealed output);
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source();

    /// Maps `size` bytes of a file, which may be closed then. `writable`: whoever writes to a page
    /// gets a copy of it, and the file stays as it is. Null if there is no room.
    static std::shared_ptr<const Source> map(int fd, std::uint64_t size, bool writable = false);

    /// The same of what a worker wrote.
    static std::shared_ptr<const Source> of(sandbox::Sealed output, bool writable);

    Bytes bytes() const { return bytes_; }
    /// Takes the pages inside this range out of the process; they come back when they are read.
    void let_go(std::uint64_t offset, std::uint64_t size) const;

private:
    Source(Bytes mapped, bool writable) : bytes_(mapped), mapped_(true), writable_(writable) {}

    sandbox::Sealed output_;
    Bytes bytes_;
    bool mapped_ = false;
    bool writable_ = false;
};

/// Copies of files one behind the other in sealed memory, each at a multiple of `page`; where goes
/// to `offsets`. Errors: limit, out_of_memory, unreadable; that of a caller who gave up.
std::variant<Descriptor, scanner::Gap> join_files(const std::vector<Opened>& files,
                                                  std::uint64_t page,
                                                  std::vector<std::uint64_t>& offsets, int cancel);

}  // namespace pratique::api
