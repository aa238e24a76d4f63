// The workers of one scan: threads that each keep one session, give it the files of one trust root
// after another (a fresh worker for each root), and start again when a worker dies. A death costs
// the file that was being read a gap, and nothing else.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "api/files.h"
#include "api/open.h"
#include "api/scan.h"
#include "sandbox/output.h"
#include "sandbox/pool.h"
#include "sandbox/session.h"

namespace pratique::api {

class Crew {
public:
    /// `reports` has one place per file of `files`, in the same order.
    Crew(std::span<const FoundFile> files, std::span<ScannedFile> reports,
         const ScanOptions& options);

    /// Scans everything; returns when all files have their reports.
    void run();

    /// By file, the paths of the files that it was found to read.
    std::span<const std::vector<std::string>> reads() const { return reads_; }

    /// The weakest isolation that any worker had.
    sandbox::Isolation isolation() const { return isolation_.value_or(sandbox::Isolation{}); }

private:
    /// Files of one root, a part of it if it is large.
    struct Batch {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    class Member;

    void cut_batches();
    std::optional<Batch> next_batch();
    std::variant<sandbox::Session, sandbox::Outcome> start_worker();
    int output() const;
    void done(std::size_t count, std::uint64_t bytes);
    void joined(const sandbox::Isolation& isolation);

    std::span<const FoundFile> files_;
    std::span<ScannedFile> reports_;
    std::vector<std::vector<std::string>> reads_;
    const ScanOptions& options_;
    ResultCache* const cache_;  // null: none is used
    // A worker for one file wants memory to fill; a scan gives back none.
    const std::variant<sandbox::Output, sandbox::Outcome> no_output_;
    std::optional<sandbox::Pool> pool_;
    std::once_flag pool_made_;
    std::size_t members_ = 0;
    OpenOptions opening_;
    std::vector<std::size_t> order_;  // indices of files, root by root
    std::vector<Batch> batches_;
    std::atomic<std::size_t> next_batch_ = 0;
    std::mutex mutex_;
    Progress progress_;
    std::optional<sandbox::Isolation> isolation_;
};

}  // namespace pratique::api
