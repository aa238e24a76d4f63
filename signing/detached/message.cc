#include "signing/detached/message.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/stamp.h"
#include "signing/files/beneath.h"

namespace pratique::signing {

Judged<std::vector<std::byte>> digest_message(int fd, HashAlgorithm algorithm, int cancel) {
    auto measured = TRY(hash_file(fd, {}, {.algorithm = algorithm, .cancel = cancel}));
    return std::move(measured.digests.front());
}

Judged<std::vector<std::byte>> read_message(int fd, std::uint64_t most) {
    const auto before = stamp(fd);
    if (!before) return Refusal{Reason::special_file, {}, {}};
    if (before->size > most) return Refusal{Reason::too_large, {}, "more than fits in memory"};
    std::vector<std::byte> out(before->size);
    std::size_t have = 0;
    while (have < out.size()) {
        const auto room = std::span(out).subspan(have);
        const ssize_t got = ::pread(fd, room.data(), room.size(), static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(errno, {});
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    if (have != out.size() || stamp(fd) != before || has_more_than(fd, have)) {
        return Refusal{Reason::unstable_file, {}, {}};
    }
    return out;
}

}  // namespace pratique::signing
