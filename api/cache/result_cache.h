// What workers said about files, kept for the next scan of the same bytes: opt-in, and safe against
// who would like to put words into their mouths.
//
//   name      SHA-256 of all that the answer depends on: the file's SHA-256, the request to the
//             worker (name, size, modules beside it, limits), this version, its rules, and the
//             worker program itself
//   entry     tag (32) | isolation of the worker | its report, in pieces
//   tag       HMAC-SHA-256 of name and entry under a key that only the user can read
//
// Who could falsify an entry, and what keeps him from it:
//   - another user: the folder is the user's own and nobody else's (mode 0700), or it is not used
//   - whoever else brings the folder here (a cache of a CI system): the key, kept elsewhere
//   - a hostile file that takes its worker over: only answers of workers are kept that read this
//     file alone, from a copy that nobody can change; so it can lie about its own bytes alone,
//     which it would do again
//   - a broken disk, an entry that is half written: the tag
// What depends on the machine is not kept: reports with gaps that are not about the bytes. Nor is
// what follows from other files: references are followed, and judged, in every scan.
//
// Docs: docs/command-line.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "base/descriptor.h"
#include "base/limits.h"
#include "sandbox/isolation.h"
#include "scanner/report.h"
#include "signing/keys/secret.h"

namespace pratique::api {

struct CacheOptions {
    std::string folder;  // made if it is not there, but not its parents
    std::string key;     // a file of at least 32 bytes; empty: one in the folder, made if needed
    std::string worker;  // the program that workers run
    std::uint64_t most_bytes = 256 * kMiB;
};

/// Thread-safe, also between processes.
class ResultCache {
public:
    struct Answer {
        scanner::FileReport report;  // as the worker gave it, references not followed
        sandbox::Isolation isolation;
    };

    /// Or why it is not used, in words for people, safe to print.
    static std::variant<std::shared_ptr<ResultCache>, std::string> open(
        const CacheOptions& options);

    ResultCache(const ResultCache&) = delete;
    ResultCache& operator=(const ResultCache&) = delete;
    ~ResultCache() = default;

    /// The answer to the encoded request about the file of this digest; `reported` as in Limits.
    std::optional<Answer> find(const std::string& sha256, Bytes request, std::uint32_t reported);
    /// Keeps it, if it may be kept; that it cannot be written is nobody's trouble.
    void keep(const std::string& sha256, Bytes request, const Answer& answer);

    std::size_t found() const { return found_; }
    /// Entries that were not as they were written; they were not used.
    std::size_t spoilt() const { return spoilt_; }

private:
    ResultCache() = default;
    std::string name_of(const std::string& sha256, Bytes request) const;
    std::string open_folder(const std::string& path);
    std::string open_key(const CacheOptions& options);
    std::string read_key(const std::string& path);
    std::optional<Answer> refuse(const std::string& name);
    bool write(const std::string& name, Bytes content, bool replace);
    /// For so many bytes, which count as used from then on.
    void make_room(std::uint64_t bytes);

    Descriptor folder_;
    signing::Secret key_;
    std::string program_;  // what the answers depend on beside the request
    std::uint64_t most_ = 0;
    std::mutex mutex_;
    std::uint64_t used_ = 0;  // bytes on the disk, near enough
    std::atomic<std::size_t> found_ = 0;
    std::atomic<std::size_t> spoilt_ = 0;
};

}  // namespace pratique::api
