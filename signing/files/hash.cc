#include "signing/files/hash.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <functional>
#include <mutex>
#include <numeric>
#include <system_error>
#include <thread>

#include "base/blocks.h"
#include "base/cancel.h"
#include "base/checked.h"
#include "base/limits.h"
#include "base/stamp.h"
#include "signing/files/beneath.h"
#include "signing/files/digest.h"

namespace pratique::signing {
namespace {

/// Stays in the cache of a core between being read and being hashed.
constexpr std::uint64_t kBlock = 256 * kKiB;
/// What one thread reads and another hashes is larger: every change of hands takes a while.
constexpr std::uint64_t kHandedBlock = kMiB;
/// It lies in the cache of the other core. Fetched so far ahead, in pieces so small that hashing
/// one takes as long as the next one is on its way, it does not keep OpenSSL waiting.
constexpr std::size_t kFetchedAhead = 2 * kKiB;
constexpr std::size_t kFetched = 512;
constexpr std::size_t kCacheLine = 64;
/// From here on a file is worth a thread that reads while another hashes, and reading ahead.
constexpr std::uint64_t kLarge = 4 * kMiB;
/// Shards that are hashed in one go, if they are small.
constexpr std::uint64_t kPiece = 16 * kMiB;
/// Small files that are taken from the queue in one go.
constexpr std::uint64_t kBatchBytes = kMiB;
constexpr std::size_t kBatchFiles = 64;
/// More no manifest holds, and each takes memory.
constexpr std::uint64_t kMostDigests = 1'000'000;

/// What a thread does in one go: a file, or some of its shards.
struct Piece {
    std::size_t file = 0;
    std::uint64_t begin = 0, end = 0;
};

/// A file that is being hashed: open from its first piece to its last one.
struct Source {
    std::mutex mutex;
    Descriptor fd;
    Stamp before;
    std::size_t pieces = 0;  // still to be done
};

using Open = std::function<Judged<Descriptor>(std::size_t file)>;

class Run {
public:
    Run(const std::vector<ModelFile>& files, const HashOptions& options, Open open)
        : files_(files), options_(options), open_(std::move(open)), sources_(files.size()) {
        threads_ = options.threads != 0 ? options.threads : std::thread::hardware_concurrency();
        threads_ = std::max(threads_, 1U);
    }

    Judged<std::vector<Measured>> run() {
        md_ = fetch(options_.algorithm);
        if (!md_) {
            const std::string detail =
                "this OpenSSL has no " + std::string(name(options_.algorithm));
            return Refusal{Reason::unsupported, {}, detail};
        }
        TRY(plan());
        cut_batches();
        work_together();
        if (failure_) std::rethrow_exception(failure_);
        if (refused_ < files_.size()) return std::move(refusal_);
        return std::move(measured_);
    }

private:
    std::uint64_t shard_size(std::size_t file) const {
        return options_.shard_size != 0 ? options_.shard_size : files_[file].size;
    }

    /// Cuts the files into pieces, the largest file first, as it takes longest; pieces of one file
    /// stay together, so that few are open at one time.
    Judged<void> plan() {
        measured_.reserve(files_.size());
        std::uint64_t digests = 0;
        for (std::size_t i = 0; i < files_.size(); ++i) {
            const std::uint64_t size = files_[i].size;
            std::uint64_t count = 1;
            if (options_.shard_size != 0) {
                count = size / options_.shard_size + (size % options_.shard_size != 0 ? 1 : 0);
            }
            digests = saturating_add(digests, count);
            if (digests > kMostDigests) {
                return Refusal{Reason::too_large, files_[i].name, "more shards than are looked at"};
            }
            const std::vector<std::byte> digest(digest_size(options_.algorithm));
            measured_.push_back({files_[i].name, size, {count, digest}});
            total_ = saturating_add(total_, size);
        }
        std::vector<std::size_t> order(files_.size());
        std::iota(order.begin(), order.end(), 0U);
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return files_[a].size > files_[b].size;
        });
        for (const std::size_t file : order) cut(file);
        return {};
    }

    void cut(std::size_t file) {
        const std::uint64_t size = files_[file].size;
        const std::uint64_t shard = std::max<std::uint64_t>(shard_size(file), 1);
        const std::uint64_t step = shard >= kPiece ? shard : kPiece / shard * shard;
        std::uint64_t begin = 0;
        do {
            const std::uint64_t end = begin + std::min(step, size - begin);
            pieces_.push_back({file, begin, end});
            ++sources_[file].pieces;
            begin = end;
        } while (begin < size);
    }

    /// Neighbours are taken together as long as they are small.
    void cut_batches() {
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            bytes += pieces_[i].end - pieces_[i].begin;
            const bool fits = !batches_.empty() && i - batches_.back() < kBatchFiles;
            if (fits && bytes <= kBatchBytes) continue;
            batches_.push_back(i);
            bytes = pieces_[i].end - pieces_[i].begin;
        }
    }

    void work_together() {
        const std::size_t helpers = std::min<std::size_t>(threads_, batches_.size());
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < helpers; ++i) {
            try {
                threads.emplace_back([this] { work(); });
            } catch (const std::system_error&) {
                break;  // no more threads to be had: fewer do it too
            }
        }
        work();
    }

    /// What every thread does. An exception must not leave it: it is kept for the caller.
    void work() try {
        Worker worker(*this);
        for (;;) {
            const std::size_t batch = next_.fetch_add(1);
            if (batch >= batches_.size()) return;
            if (is_cancelled(options_.cancel)) return refuse(0, {Reason::interrupted});
            const std::size_t end =
                batch + 1 < batches_.size() ? batches_[batch + 1] : pieces_.size();
            for (std::size_t i = batches_[batch]; i < end; ++i) worker.hash(pieces_[i]);
        }
    } catch (const std::bad_alloc&) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        next_ = batches_.size();
    }

    /// Kept if it is the first one in the order of the files.
    void refuse(std::size_t file, Refusal refusal) {
        const std::lock_guard lock(mutex_);
        if (file >= refused_) return;
        refused_ = file;
        refusal_ = std::move(refusal);
    }
    /// True if nobody will ask for the digest of this file any more.
    bool is_moot(std::size_t file) const {
        return file >= refused_.load(std::memory_order_relaxed);
    }

    /// The descriptor of a file, from its first piece on.
    Judged<int> open(std::size_t file) {
        Source& source = sources_[file];
        const std::lock_guard lock(source.mutex);
        if (source.fd) return source.fd.get();
        Descriptor fd = TRY(open_(file));
        const auto before = stamp(fd.get());
        if (!before) return Refusal{Reason::special_file, files_[file].name, {}};
        if (before->size != files_[file].size) {
            return Refusal{Reason::unstable_file, files_[file].name, "its size has changed"};
        }
        // Advice: it does no harm if it is not taken.
        if (before->size >= kLarge) ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
        source.before = *before;
        source.fd = std::move(fd);
        return source.fd.get();
    }

    /// After the last piece: it must still be what it was when it was opened.
    Judged<void> close(std::size_t file) {
        Source& source = sources_[file];
        const std::lock_guard lock(source.mutex);
        if (--source.pieces != 0) return {};
        const Descriptor fd = std::move(source.fd);
        const std::string& name = files_[file].name;
        if (stamp(fd.get()) != source.before) return Refusal{Reason::unstable_file, name, {}};
        if (has_more_than(fd.get(), source.before.size)) {
            return Refusal{Reason::unstable_file, name, "it goes on behind its size"};
        }
        return {};
    }

    /// What a thread has of its own.
    class Worker {
    public:
        explicit Worker(Run& run)
            : run_(run), hasher_(run.md_.get()), room_(std::min(run.total_, kBlock)) {}

        void hash(const Piece& piece) {
            if (run_.is_moot(piece.file)) return;
            const auto done = hash_piece(piece);
            if (!done) run_.refuse(piece.file, done.error());
        }

    private:
        Judged<void> hash_piece(const Piece& piece) {
            const int fd = TRY(run_.open(piece.file));
            auto& digests = run_.measured_[piece.file].digests;
            const std::uint64_t shard = std::max<std::uint64_t>(run_.shard_size(piece.file), 1);
            // An empty file has a digest, but not as a sequence of shards.
            std::uint64_t begin = piece.begin;
            for (std::size_t i = piece.begin / shard; i < digests.size(); ++i) {
                const std::uint64_t end = begin + std::min(shard, piece.end - begin);
                TRY(hash_range(fd, piece.file, begin, end));
                if (!hasher_.finish(digests[i])) {
                    return Refusal{Reason::unsupported, run_.files_[piece.file].name,
                                   "OpenSSL cannot hash it"};
                }
                begin = end;
                if (begin == piece.end) break;
            }
            return run_.close(piece.file);
        }

        Judged<void> hash_range(int fd, std::size_t file, std::uint64_t begin, std::uint64_t end) {
            hasher_.start();
            // What takes longer than its share of the work keeps all others waiting.
            const std::uint64_t size = end - begin;
            const bool threaded = size >= kLarge && size > run_.total_ / run_.threads_;
            if (threaded) handed_.resize(2 * kHandedBlock);
            Blocks blocks(threaded ? handed_ : room_, threaded, [&](Bytes bytes) {
                threaded ? hash_handed(bytes) : hasher_.update(bytes);
            });
            while (begin < end && !run_.is_moot(file)) {
                const ssize_t got = read_some(fd, blocks.next(), begin, end);
                if (got < 0) return unreadable(errno, run_.files_[file].name);
                if (got == 0) {
                    return Refusal{Reason::unstable_file, run_.files_[file].name, "it was cut"};
                }
                blocks.hand_over(static_cast<std::size_t>(got));
                begin += static_cast<std::uint64_t>(got);
                // Not of small files, of which there may be many.
                if (begin < end && is_cancelled(run_.options_.cancel)) {
                    return Refusal{Reason::interrupted};
                }
            }
            blocks.finish();
            return {};
        }

        void hash_handed(Bytes bytes) {
            prefetch(bytes.first(std::min(bytes.size(), kFetchedAhead)));
            while (!bytes.empty()) {
                const Bytes now = bytes.first(std::min(bytes.size(), kFetched));
                const Bytes later = bytes.subspan(std::min(bytes.size(), kFetchedAhead));
                prefetch(later.first(std::min(later.size(), kFetched)));
                hasher_.update(now);
                bytes = bytes.subspan(now.size());
            }
        }
        static void prefetch(Bytes bytes) {
            for (std::size_t i = 0; i < bytes.size(); i += kCacheLine) {
                __builtin_prefetch(&bytes[i]);
            }
        }

        static ssize_t read_some(int fd, std::span<std::byte> room, std::uint64_t begin,
                                 std::uint64_t end) {
            const std::size_t wanted = std::min<std::uint64_t>(room.size(), end - begin);
            for (;;) {
                const ssize_t got = ::pread(fd, room.data(), wanted, static_cast<off_t>(begin));
                if (got >= 0 || errno != EINTR) return got;
            }
        }

        Run& run_;
        Hasher hasher_;
        std::vector<std::byte> room_;    // one block
        std::vector<std::byte> handed_;  // two, for another thread
    };

    const std::vector<ModelFile>& files_;
    const HashOptions& options_;
    Open open_;
    unsigned threads_ = 1;
    Md md_;
    std::uint64_t total_ = 0;
    std::vector<Source> sources_;
    std::vector<Measured> measured_;
    std::vector<Piece> pieces_;
    std::vector<std::size_t> batches_;  // the first piece of each
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::size_t> refused_ = static_cast<std::size_t>(-1);
    std::mutex mutex_;
    Refusal refusal_;
    std::exception_ptr failure_;
};

}  // namespace

Judged<Measured> hash_file(int fd, std::string name, const HashOptions& options) {
    const auto found = stamp(fd);
    if (!found) return Refusal{Reason::special_file, std::move(name), {}};
    const std::vector<ModelFile> file{{name, found->size, false}};
    // The caller's descriptor stays the caller's.
    const auto again = [&](std::size_t) -> Judged<Descriptor> {
        Descriptor out(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!out) return unreadable(errno, name);
        return out;
    };
    return std::move(TRY(Run(file, options, again).run()).front());
}

Judged<std::vector<Measured>> hash_model(const Model& model, const HashOptions& options) {
    return Run(model.files(), options, [&](std::size_t file) { return model.open_file(file); })
        .run();
}

}  // namespace pratique::signing
