// Scanning as a caller sees it: paths in, a report out. This floor opens the files and hands their
// descriptors to locked-down workers; it never looks into a file itself.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/binding.h"
#include "api/files.h"
#include "api/open.h"
#include "api/snapshot.h"
#include "api/suppress/suppressed.h"
#include "base/limits.h"
#include "sandbox/isolation.h"
#include "sandbox/options.h"
#include "scanner/report.h"

namespace pratique::api {

class ResultCache;

/// How far a scan is.
struct Progress {
    std::size_t files = 0;    // that have their reports
    std::size_t all = 0;      // files that were found
    std::uint64_t bytes = 0;  // sizes of those that were opened; not all of it was read
};

struct ScanOptions {
    Limits limits;
    /// Workers at one time; 0 for one per processor.
    unsigned jobs = 0;
    /// Each file in a worker of its own, instead of one per trust root.
    bool isolate_files = false;
    /// Also report each file's SHA-256, which reads all of it.
    bool digest = false;
    /// Copy each file first and look at the copy; `most_in_memory` is shared among the workers.
    std::optional<SnapshotOptions> snapshot;
    /// What was said of the same bytes before is said again, and what is said now is kept. Only
    /// with `isolate_files` and `snapshot`: see api/cache/result_cache.h.
    std::shared_ptr<ResultCache> cache;
    sandbox::Options sandbox;
    /// Open, copy and hash files, and have none read: a verdict about them is there already.
    bool unread = false;
    /// Called with each file that was opened, by its number, before a worker gets it, perhaps from
    /// several threads at a time. What it answers is a gap of the file.
    std::function<std::optional<scanner::Gap>(std::size_t, const Opened&)> opened;
    /// Called when files are done, from one thread at a time.
    std::function<void(const Progress&)> progress;
};

/// Lines of the annotated listing of a file's pickles, around what makes the file dangerous.
struct Excerpt {
    std::string artifact;            // the line that opens the listing of one pickle
    std::vector<std::string> lines;  // safe to print

    friend bool operator==(const Excerpt&, const Excerpt&) = default;
};

struct ScannedFile {
    std::string path;  // escaped
    std::uint64_t size = 0;
    std::string sha256;  // empty unless asked for
    std::string verity;  // the digest that fs-verity holds it by; mostly empty
    /// Nothing if it was not opened.
    std::optional<Binding> binding;
    /// Files with one number are of one trust root and may have shared a worker; 0: never read.
    std::uint32_t group = 0;
    scanner::FileReport report;
    /// Empty unless explain_dangerous() put something here (api/report/excerpt.h).
    std::vector<Excerpt> excerpts;
    /// How it stands to an earlier report; nothing if there was none to compare with.
    std::optional<Since> since;
    /// What was found as well, and does not count: no part of `report`.
    Suppressed suppressed;
};

struct ScanReport {
    std::vector<ScannedFile> files;
    sandbox::Isolation isolation;  // the weakest of all workers
    std::string rules_digest;
    std::string version;  // of the program that made it
    /// By what it was suppressed; nothing if nobody asked for that.
    std::optional<SuppressedBy> suppressed_by;

    scanner::Verdict verdict() const;
    /// The weakest of all files that were opened.
    Binding binding() const;
    bool has_gaps() const;
    SuppressedCount suppressed() const;
};

/// With what was suppressed.
scanner::Verdict verdict_in_full(const ScannedFile& file);

/// Scans files and folders, "-" being standard input. Whatever cannot be scanned, or was not read
/// any more because the caller gave up (`sandbox.cancel`), is a file with a
/// gap. Thread-safe. Throws only std::bad_alloc.
ScanReport scan(const std::vector<std::string>& paths, const ScanOptions& options);
/// The same of what was found already; the files of the report are those of `found`, in their
/// order, and then what cannot be scanned.
ScanReport scan(const Found& found, const ScanOptions& options);

/// The annotated listing of one file's pickles, or why there is none.
struct Explanation {
    std::string listing;
    std::string failure;  // empty on success
    /// What could not be looked at: nothing is known of pickles there.
    std::vector<scanner::Gap> gaps;
};
Explanation explain(const std::string& path, const ScanOptions& options);

}  // namespace pratique::api
