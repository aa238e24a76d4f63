// What was let through, for whoever uses it next: a folder with copies of the very bytes that were
// looked at, or a record of their digests.
//
//      .pratique-<random>/ ──files, one by one──► synced ──rename──► FOLDER
//
// The folder appears whole, under a name that nobody had, or not at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/write/temporary.h"
#include "base/descriptor.h"
#include "base/limits.h"
#include "signing/refusal.h"

namespace pratique::api {

class AdmittedCopy {
public:
    /// Refusals: unreadable with the system's words, if the folder exists or cannot be made.
    static signing::Judged<std::unique_ptr<AdmittedCopy>> create(const std::string& folder);
    AdmittedCopy(const AdmittedCopy&) = delete;
    AdmittedCopy& operator=(const AdmittedCopy&) = delete;
    /// Removes what was not committed.
    ~AdmittedCopy();

    /// Copies `size` bytes of a file. `name`: a plain relative path (signing::is_plain_path).
    /// Thread-safe for different names. Refusals: unreadable (also if the caller
    /// gave up, base/cancel.h), bad_file_name.
    signing::Judged<void> add(const std::string& name, int fd, std::uint64_t size,
                              int cancel) const;
    /// Gives the folder its name. Refusals: unreadable.
    signing::Judged<void> commit();

private:
    AdmittedCopy() = default;

    std::string folder_;
    Temporary staging_;
};

struct AdmittedFile {
    std::string name;  // raw
    std::uint64_t size = 0;
    std::string sha256;
};

/// Bytes of a record, at most.
inline constexpr std::size_t kMostRecord = 256 * kMiB;
/// The record as JSON: docs/gate.md.
std::string write_record(const std::string& model, const std::string& policy_digest,
                         const std::vector<AdmittedFile>& files);
/// The files of a record. Refusals: bad_trust.
signing::Judged<std::vector<AdmittedFile>> read_record(std::string_view text);
/// As load() takes them.
std::set<std::pair<std::string, std::string>> admitted_set(const std::vector<AdmittedFile>& files);

}  // namespace pratique::api
