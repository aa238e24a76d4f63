// Memory that a `single` worker fills and its parent reads: a memfd that the parent makes, at its
// full size and sealed against any other, before the worker exists. Only when the worker has ended
// is it sealed against writing, looked at, and mapped, so that nothing can change it any more.
#pragma once

#include <variant>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "sandbox/outcome.h"

namespace pratique::sandbox {

/// What a worker left, read-only for everyone and for good. Thread-safe. Memory that the worker did
/// not write is zero and costs nothing until it is read.
class Sealed {
public:
    Sealed() = default;
    Sealed(Sealed&& other) noexcept;
    Sealed& operator=(Sealed&& other) noexcept;
    ~Sealed();

    /// The memory, as large as it was made, or as much of it as was to be mapped.
    Bytes bytes() const { return bytes_; }
    /// The same as a descriptor, which cannot be written through.
    int descriptor() const { return fd_.get(); }

private:
    friend class Output;
    Sealed(Descriptor fd, Bytes bytes) : fd_(std::move(fd)), bytes_(bytes) {}

    Descriptor fd_;
    Bytes bytes_;
};

class Output {
public:
    /// Memory of exactly `size` bytes, of which none is taken up yet. Errors: setup_failed.
    static std::variant<Output, Outcome> make(std::uint64_t size);

    /// For Request::output; the worker gets no other.
    int descriptor() const { return fd_.get(); }

    /// Seals, and maps the first `most` bytes, or all. The session must be over: while the worker
    /// lives, or someone else can still write, this is setup_failed. Errors: setup_failed, with the
    /// step.
    std::variant<Sealed, Outcome> seal(std::uint64_t most = UINT64_MAX) &&;

private:
    explicit Output(Descriptor fd) : fd_(std::move(fd)) {}

    Descriptor fd_;
};

/// Whether this is an Output's descriptor: its size cannot change, its bytes can.
bool is_unsealed_output(int fd);

}  // namespace pratique::sandbox
