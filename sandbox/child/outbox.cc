#include "sandbox/child/outbox.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace pratique::sandbox::child {
namespace {

constinit Outbox instance;

void write_all(Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(kControl, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) ::_exit(0);
        bytes = from(bytes, static_cast<std::uint64_t>(written));
    }
}

}  // namespace

Outbox& outbox() { return instance; }

void Outbox::add(const Frame& frame) {
    if (frame.payload.size() > kMaxPayload) std::abort();
    const auto header = encode_header(frame);
    const std::size_t size = header.size() + frame.payload.size();
    if (buffer_.size() - used_ < size) flush();
    if (buffer_.size() < size) {
        write_all(header);
        write_all(frame.payload);
        return;
    }
    const auto room = std::span(buffer_).subspan(used_, size);
    std::ranges::copy(header, room.begin());
    std::ranges::copy(frame.payload, room.subspan(header.size()).begin());
    used_ += size;
}

void Outbox::flush() {
    const std::size_t size = used_;
    used_ = 0;
    write_all(Bytes(buffer_).first(size));
}

}  // namespace pratique::sandbox::child
