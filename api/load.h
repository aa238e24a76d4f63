// Loading as a caller sees it: a path or a descriptor in, tensors out. This floor opens and copies
// files, has a locked worker of its own read each, checks the places that the worker names, and
// refuses what the scan called malicious. It never looks into a model file itself.
//
//      path ─open─► descriptor ─copy & seal─► snapshot ─► worker: scan, load ─► LoadedModel
//                        └──────── view ──────────────────────►┘
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/binding.h"
#include "api/snapshot.h"
#include "base/limits.h"
#include "sandbox/isolation.h"
#include "sandbox/loader/load.h"
#include "sandbox/options.h"
#include "scanner/report.h"

namespace pratique::api {

struct LoadOptions {
    loader::Options loader;
    Limits limits;
    sandbox::Options sandbox;
    /// The live file is read instead of a copy: fast, and only as good as whoever else can write to
    /// it. Checksums of what lies in it as it is are not checked.
    bool view = false;
    /// What is mapped can be written to, in this process alone: a page that is written to becomes
    /// a copy of its own.
    bool writable = false;
    /// `most_in_memory` is for the copies of all files of a load together: what goes beyond
    /// it is on disk. `digest` is that of the file that was named, with a view too.
    SnapshotOptions snapshot{.most_in_memory = 4 * kGiB, .folder = {}, .digest = false};
    /// Memory for what does not lie in the file as it is needed; none of it is taken up before.
    std::uint64_t most_output = 64 * kGiB;
    /// Do not scan, and so load what a scan would call malicious: for looking at it. `tensors` mode
    /// never scans.
    bool allow_malicious = false;
    /// What a gate let through: SHA-256 in lower-case hexadecimal, and the name in the model. Any
    /// other file, or one of them under another name, is refused. Needs copies (no view).
    std::optional<std::set<std::pair<std::string, std::string>>> admitted = {};
};

/// Why there is no model.
struct LoadFailure {
    std::string path;            ///< of the file that failed, a companion perhaps; escaped
    std::string place;           ///< inside the file; escaped
    std::optional<Error> error;  ///< of a file that is not as its format wants
    std::string message;         ///< for people; safe to print
    bool refused = false;        ///< it was understood, and the answer is no; else undecided
    scanner::GapReason gap = scanner::GapReason::unreadable;  ///< why it is undecided
    std::vector<scanner::Finding> findings;                   ///< of a malicious file
};

/// The bytes that tensors lie in, mapped for reading for as long as this lives.
class Source;

/// Thread-safe for reading. Cheap to move; bytes stay valid while it lives.
class LoadedModel {
public:
    LoadedModel();
    LoadedModel(LoadedModel&&) noexcept;
    LoadedModel& operator=(LoadedModel&&) noexcept;
    ~LoadedModel();

    const loader::Loaded& content() const { return content_; }
    /// All bytes of a source, as the tensors' offsets count them. Of an unknown one: none.
    Bytes source(std::uint32_t number) const;
    /// Says that these bytes are not needed soon: until they are read again, they take up no memory
    /// of this process.
    void let_go(std::uint32_t number, std::uint64_t offset, std::uint64_t size) const;
    Binding binding() const { return binding_; }
    /// How many sources there are, beside the output.
    std::uint32_t sources() const { return static_cast<std::uint32_t>(sources_.size()); }
    bool is_writable() const { return writable_; }
    const sandbox::Isolation& isolation() const { return isolation_; }
    /// Lower-case hexadecimal SHA-256 of the file, or of the index of shards; empty unless
    /// LoadOptions::snapshot asked for it.
    const std::string& sha256() const { return sha256_; }
    /// Bytes of the file, or of an index and all shards.
    std::uint64_t size() const { return size_; }

private:
    friend class Loading;
    /// Takes a shard in: its sources come behind those that are there.
    void add(LoadedModel shard);

    loader::Loaded content_;
    std::vector<std::shared_ptr<const Source>> sources_;
    std::shared_ptr<const Source> output_;
    Binding binding_ = Binding::weak;
    bool writable_ = false;
    sandbox::Isolation isolation_;
    std::string sha256_;
    std::uint64_t size_ = 0;
};

/// Opens and loads a file, with the companions that it names from the same folder. Thread-safe.
/// Throws only std::bad_alloc.
std::variant<LoadedModel, LoadFailure> load(const std::string& path, const LoadOptions& options);
/// The same of an open regular file, which stays the caller's. It can have no companions.
std::variant<LoadedModel, LoadFailure> load(int fd, const LoadOptions& options);

}  // namespace pratique::api
