#include "api/snapshot.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

#include "api/sealed.h"
#include "api/words.h"
#include "base/blocks.h"
#include "base/cancel.h"
#include "base/digest.h"
#include "base/text.h"
#include "sandbox/loader/block_checksums.h"
#include "sandbox/loader/load.h"

namespace pratique::api {
namespace {

using scanner::Gap;
using scanner::GapReason;

/// Stays in the cache of a core between being read, hashed and written.
constexpr std::size_t kBlock = loader::kChecksumBlock;
/// The least that a thread of its own is worth copying for.
constexpr std::uint64_t kShare = 16 * kMiB;
/// A thread costs about what hashing this much does.
constexpr std::uint64_t kWorthAThread = 4 * kMiB;

bool is_zero(Bytes bytes) {
    // Equal to itself one byte further on, and the first one is zero: no loop is faster.
    return bytes.empty() ||
           (bytes.front() == std::byte{0} &&
            std::memcmp(bytes.data(), from(bytes, 1).data(), bytes.size() - 1) == 0);
}

class Taking {
public:
    Taking(int fd, const SnapshotOptions& options, int cancel)
        : fd_(fd), options_(options), cancel_(cancel) {}

    std::variant<Snapshot, Gap> run() {
        const auto before = stamp(fd_);
        if (!before) {
            return Gap{GapReason::special_file, "", 0,
                       std::string(meaning(GapReason::special_file))};
        }
        before_ = *before;
        if (before_.size > largest_file()) {
            return Gap{GapReason::limit, "", 0, "larger than a file may be for this process"};
        }
        DescriptorOrGap target = open_target();
        if (auto* gap = std::get_if<Gap>(&target)) return std::move(*gap);
        auto& copy = std::get<Descriptor>(target);
        if (place_ == Snapshot::Place::disk && clone(copy.get())) {
            place_ = Snapshot::Place::clone;
        } else if (auto gap = fill(copy.get())) {
            return std::move(*gap);
        }
        if (auto gap = changed()) return std::move(*gap);
        return finish(std::move(copy));
    }

private:
    DescriptorOrGap open_target() {
        const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
        const auto page = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
        const std::uint64_t half = pages / 2 * page;
        if (before_.size <= std::min(options_.most_in_memory, half)) return open_memory();
        place_ = Snapshot::Place::disk;
        std::string folder = options_.folder;
        if (folder.empty()) {
            std::error_code error;
            folder = std::filesystem::temp_directory_path(error).native();
            if (error) return gap_of_error("the folder for temporary files", error.value());
        }
        DescriptorOrGap unnamed = open_unnamed(folder);
        return std::holds_alternative<Descriptor>(unnamed) ? std::move(unnamed)
                                                           : open_unlinked(folder);
    }

    /// The same blocks of the disk, until somebody writes to the file: then that one gets new ones.
    bool clone(int copy) const { return ::ioctl(copy, FICLONE, fd_) == 0; }

    std::optional<Gap> fill(int copy) {
        const std::uint64_t size = before_.size;
        // At its full length from the start, so that blocks of zeros need not be written.
        if (::ftruncate(copy, static_cast<off_t>(size)) != 0) {
            return gap_of_error("a private copy", errno);
        }
        if (options_.checksums) checksums_.resize((size + kBlock - 1) / kBlock);
        if (!options_.digest && size >= 2 * kShare) return fill_together(copy);
        Sha256 hash;
        const bool threaded = options_.digest && size >= kWorthAThread;
        std::vector<std::byte> room(std::min<std::uint64_t>(size, kBlock) * (threaded ? 2 : 1));
        Blocks blocks(room, threaded, [&](Bytes block) {
            if (options_.digest) hash.update(block);
        });
        if (auto gap = fill(copy, 0, size, blocks)) return gap;
        blocks.finish();
        if (options_.digest) sha256_ = hex(hash.finish());
        return std::nullopt;
    }

    /// Several threads, each a part: what takes the time is the kernel finding pages. A digest
    /// needs the bytes in their order, and more time than one thread's copying.
    std::optional<Gap> fill_together(int copy) {
        const std::uint64_t size = before_.size;
        const std::uint64_t helpers = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
        const std::uint64_t share = std::max(kShare, (size / helpers / kBlock + 1) * kBlock);
        std::vector<std::optional<Gap>> gaps((size + share - 1) / share);
        const auto work = [&](std::size_t part) {
            std::vector<std::byte> room(kBlock);
            Blocks blocks(room, false, [](Bytes) {});
            const std::uint64_t begin = part * share;
            gaps[part] = fill(copy, begin, std::min(size, begin + share), blocks);
        };
        {
            std::vector<std::jthread> threads;
            for (std::size_t part = 1; part < gaps.size(); ++part) {
                try {
                    threads.emplace_back(work, part);
                } catch (const std::system_error&) {
                    work(part);  // no threads to be had: then one after the other
                }
            }
            work(0);
        }
        const auto failed =
            std::find_if(gaps.begin(), gaps.end(), [](const auto& gap) { return gap.has_value(); });
        return failed == gaps.end() ? std::nullopt : std::move(*failed);
    }

    std::optional<Gap> fill(int copy, std::uint64_t at, std::uint64_t end, Blocks& blocks) {
        while (at < end) {
            const std::span<std::byte> room = blocks.next();
            // To the end of a block at most, after a short read too.
            const std::uint64_t wanted =
                std::min<std::uint64_t>({room.size(), end - at, kBlock - at % kBlock});
            const ssize_t got = read_some(room.first(wanted), at);
            if (got < 0) return gap_of_error("reading", errno);
            if (got == 0) return ended(at);
            if (is_cancelled(cancel_)) return gave_up();
            const Bytes bytes = room.first(static_cast<std::size_t>(got));
            blocks.hand_over(bytes.size());
            if (!checksums_.empty()) {
                // Threads have blocks of their own: a share is a whole number of them.
                std::uint32_t& checksum = checksums_[at / kBlock];
                checksum = loader::crc32(bytes, checksum);
            }
            if (!is_zero(bytes)) {
                const int error = write_all(copy, bytes, at);
                if (error != 0) return gap_of_error("a private copy", error);
            }
            at += bytes.size();
        }
        return std::nullopt;
    }

    ssize_t read_some(std::span<std::byte> room, std::uint64_t at) const {
        for (;;) {
            const ssize_t got = ::pread(fd_, room.data(), room.size(), static_cast<off_t>(at));
            if (got >= 0 || errno != EINTR) return got;
        }
    }

    /// It holds fewer bytes than its size says: because it was cut, or because that is its nature.
    Gap ended(std::uint64_t at) const {
        if (auto gap = changed()) return *gap;
        return {GapReason::special_file, "", at, "ends before its size, as files in /proc may"};
    }

    std::optional<Gap> changed() const {
        if (stamp(fd_) != before_) {
            return Gap{GapReason::changed, "", 0, std::string(meaning(GapReason::changed))};
        }
        if (has_more_than(fd_, before_.size)) {
            return Gap{GapReason::special_file, "", before_.size,
                       "goes on behind its size, as files in /proc may"};
        }
        return std::nullopt;
    }

    std::variant<Snapshot, Gap> finish(Descriptor copy) {
        DescriptorOrGap readable =
            place_ == Snapshot::Place::memory ? seal(std::move(copy)) : reopen_to_read(copy.get());
        if (auto* gap = std::get_if<Gap>(&readable)) return std::move(*gap);
        Snapshot out{std::move(std::get<Descriptor>(readable)),
                     {},
                     std::move(sha256_),
                     place_,
                     std::move(checksums_)};
        const auto found = stamp(out.fd.get());
        if (!found || found->size != before_.size) {
            return Gap{GapReason::unreadable, "", 0, "the copy is not as long as the file"};
        }
        out.stamp = *found;
        if (place_ == Snapshot::Place::clone && options_.digest) {
            out.sha256 = digest_of(out.fd.get(), cancel_);
            if (out.sha256.empty()) return gap_of_error("reading the copy", EIO);
        }
        return out;
    }

    int fd_;
    const SnapshotOptions& options_;
    int cancel_;
    Stamp before_;
    Snapshot::Place place_ = Snapshot::Place::memory;
    std::string sha256_;
    std::vector<std::uint32_t> checksums_;
};

}  // namespace

std::variant<Snapshot, Gap> take_snapshot(int fd, const SnapshotOptions& options, int cancel) {
    return Taking(fd, options, cancel).run();
}

}  // namespace pratique::api
