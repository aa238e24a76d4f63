#include "api/binding.h"

#include <linux/fsverity.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/cancel.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"

namespace pratique::api {
namespace {

/// The file systems that check each page that is read against the digest.
bool checks_pages(int fd) {
    struct statfs info {};
    if (::fstatfs(fd, &info) != 0) return false;
    switch (static_cast<unsigned long>(info.f_type)) {
        case EXT4_SUPER_MAGIC:
        case F2FS_SUPER_MAGIC:
        case BTRFS_SUPER_MAGIC: return true;
        default: return false;
    }
}

}  // namespace

std::string_view name(Binding binding) {
    switch (binding) {
        case Binding::weak: return "weak";
        case Binding::verity: return "verity";
        case Binding::snapshot: return "snapshot";
    }
    return "weak";
}

std::string measure_verity(int fd) {
    // struct fsverity_digest ends in an array without a size: a header, and room for SHA-512.
    constexpr std::size_t kMostDigest = 64;
    alignas(fsverity_digest) std::array<std::byte, sizeof(fsverity_digest) + kMostDigest> room{};
    fsverity_digest header{};
    header.digest_size = kMostDigest;
    std::memcpy(room.data(), &header, sizeof(header));
    if (::ioctl(fd, FS_IOC_MEASURE_VERITY, room.data()) != 0 || !checks_pages(fd)) return {};
    std::memcpy(&header, room.data(), sizeof(header));
    const bool known = header.digest_algorithm == FS_VERITY_HASH_ALG_SHA256 ||
                       header.digest_algorithm == FS_VERITY_HASH_ALG_SHA512;
    const std::size_t size = header.digest_algorithm == FS_VERITY_HASH_ALG_SHA512 ? 64 : 32;
    if (!known || header.digest_size != size) return {};
    const Bytes digest = std::span(room).subspan(sizeof(fsverity_digest), size);
    return (size == 64 ? "sha512:" : "sha256:") + hex(digest);
}

std::string digest_of(int fd, int cancel) {
    Sha256 hash;
    std::vector<std::byte> buffer(kMiB);
    off_t at = 0;
    for (;;) {
        const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 || is_cancelled(cancel)) return {};
        if (got == 0) return hex(hash.finish());
        hash.update(std::span(buffer).first(static_cast<std::size_t>(got)));
        at += got;
    }
}

}  // namespace pratique::api
