#include "api/load.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <thread>

#include "api/ask_loader.h"
#include "api/files.h"
#include "api/open.h"
#include "api/sealed.h"
#include "api/source.h"
#include "api/tensor_digest.h"
#include "api/words.h"
#include "base/checked.h"
#include "base/text.h"
#include "sandbox/loader/wire.h"

namespace pratique::api {

using loader::Loaded;
using sandbox::Outcome;

namespace {

/// Shards of one model.
constexpr std::size_t kMostShards = 10'000;

/// Where companions lie: the folder part of a path, with its slash.
std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

LoadFailure failure(const std::string& path, std::string message) {
    LoadFailure out;
    out.path = escape(path);
    out.message = std::move(message);
    return out;
}

LoadFailure failure(const std::string& path, const scanner::Gap& gap) {
    LoadFailure out = failure(path, gap.message);
    out.gap = gap.reason;
    return out;
}

LoadFailure refusal(const std::string& path, Errc code, std::string message) {
    LoadFailure out = failure(path, std::move(message));
    out.error = Error{code, 0};
    out.refused = true;
    return out;
}

/// What tensors take when they are written out.
std::uint64_t logical_bytes(const std::vector<loader::Tensor>& tensors) {
    std::uint64_t out = 0;
    for (const loader::Tensor* tensor : collect(tensors)) {
        const auto bytes = tensor->logical_bytes();
        if (tensor->has_data() && bytes) out = saturating_add(out, *bytes);
    }
    return out;
}

/// Bytes of the output that tensors lie in. What does not add up is found when places are checked.
std::uint64_t used_output(const std::vector<loader::Tensor>& tensors) {
    std::uint64_t end = 0;
    for (const loader::Tensor* tensor : collect(tensors)) {
        const auto extent = tensor->extent();
        if (!tensor->has_data() || tensor->source != loader::kOutput || !extent) continue;
        end = std::max(end, saturating_add(tensor->offset, *extent));
    }
    return end;
}

}  // namespace

/// One load: the file, what lies beside it, and the answer of a worker.
class Loading {
public:
    /// `sidecars`: modules that an import would take from the file's folder, for the scan.
    Loading(std::string path, const LoadOptions& options, std::shared_ptr<const Sidecars> sidecars)
        : path_(std::move(path)), options_(options), sidecars_(std::move(sidecars)) {}

    std::variant<LoadedModel, LoadFailure> run(Opened opened, bool may_have_companions) {
        if (opened.gap) return failure(path_, *opened.gap);
        if (auto refused = not_admitted(path_, opened)) return std::move(*refused);
        may_have_companions_ = may_have_companions;
        files_.push_back(std::move(opened));
        names_.push_back(name_of(path_));
        if (auto failed = ask_worker()) return std::move(*failed);
        if (!wants_bytes()) return finish();
        if (auto failed = open_companions()) return std::move(*failed);
        if (auto failed = ask_worker()) return std::move(*failed);
        if (wants_bytes()) {
            return failure(path_, "it needs a file beside it that was not there at first");
        }
        return finish();
    }

private:
    bool wants_bytes() const {
        return std::any_of(content_.wanted.begin(), content_.wanted.end(),
                           [](const loader::Wanted& wanted) { return !wanted.is_shard; });
    }

    std::optional<LoadFailure> not_admitted(const std::string& path, const Opened& opened) const {
        if (!options_.admitted) return std::nullopt;
        const std::string below = "/" + path;
        for (const auto& [sha256, name] : *options_.admitted) {
            if (opened.binding == Binding::snapshot && sha256 == opened.sha256 &&
                below.ends_with("/" + name)) {
                return std::nullopt;
            }
        }
        LoadFailure out = failure(path, "these bytes were not admitted under this name");
        out.refused = true;
        return out;
    }

    loader::Request request() const {
        loader::Request out;
        out.limits = options_.limits;
        out.options = options_.loader;
        out.options.name = names_.front();
        out.options.verify = out.options.verify && !options_.view;
        if (sidecars_ != nullptr) out.sidecars = *sidecars_;
        out.size = files_.front().stamp.size;
        out.output = std::min(options_.most_output, largest_file());
        // As many as a request has room for: those of 50 GiB.
        constexpr std::size_t kMostBlocks = 200'000;
        if (files_.front().blocks.size() <= kMostBlocks) out.blocks = files_.front().blocks;
        for (std::size_t i = 1; i < files_.size(); ++i) {
            out.companions.push_back({names_[i], files_[i].stamp.size, joined_at(i)});
        }
        return out;
    }

    std::optional<std::uint64_t> joined_at(std::size_t file) const {
        return file < offsets_.size() ? std::optional(offsets_[file]) : std::nullopt;
    }

    /// Whether the file is to be scanned, and that was not done yet.
    bool must_scan() const {
        return !scanned_ && !options_.allow_malicious &&
               options_.loader.mode != loader::Mode::tensors;
    }

    /// A worker loads; another one scans meanwhile, as neither needs to know what the other finds.
    std::optional<LoadFailure> ask_worker() {
        std::optional<LoadFailure> refused;
        std::optional<LoadFailure> failed;
        {
            std::jthread scan;
            if (must_scan()) {
                try {
                    scan = std::jthread([this, &refused] { refused = refused_by_scan(); });
                } catch (const std::system_error&) {
                    refused = refused_by_scan();  // no threads to be had: one after the other
                }
            }
            failed = ask_for_tensors();
        }
        scanned_ = true;
        // The scan may have gone on longer than the load, over other bytes.
        if (!refused && !failed) failed = changed();
        // What it would do matters more than that it is broken.
        return refused ? std::move(refused) : std::move(failed);
    }

    std::optional<LoadFailure> refused_by_scan() const {
        LoaderAnswer answer;
        loader::Request scan = request();
        scan.work = loader::Work::scan;
        scan.output = 0;
        const Outcome outcome = ask_loader(scan, files_.front().fd.get(), options_, answer);
        if (!outcome.ok()) return failure(path_, gap_of(outcome, "the scan: "));
        // A worker that answers nothing has not looked.
        if (answer.report.identities.empty() && answer.report.gaps.empty()) {
            return failure(path_,
                           "the scan: " + std::string(meaning(sandbox::Failure::closed_early)));
        }
        if (scanner::verdict(answer.report) != scanner::Verdict::malicious) return std::nullopt;
        LoadFailure out = failure(path_, "the scan calls it malicious");
        out.refused = true;
        out.findings = std::move(answer.report.findings);
        return out;
    }

    std::optional<LoadFailure> ask_for_tensors() {
        LoaderAnswer answer;
        const int fd = joined_ ? joined_.get() : files_.front().fd.get();
        const Outcome outcome = ask_loader(request(), fd, options_, answer);
        if (auto failed = changed()) return failed;
        if (!outcome.ok()) return failure(path_, gap_of(outcome));
        isolation_ = answer.isolation;
        if (answer.failed) return bad_file(*answer.failed);
        if (!answer.loaded) {
            return failure(path_, "the worker answered what cannot be understood");
        }
        content_ = std::move(*answer.loaded);
        auto sealed = std::move(*answer.output).seal(used_output(content_.tensors));
        if (const auto* bad = std::get_if<Outcome>(&sealed)) return failure(path_, gap_of(*bad));
        output_ = Source::of(std::move(std::get<sandbox::Sealed>(sealed)), options_.writable);
        if (output_ == nullptr) return failure(path_, "there is no address space for it");
        return std::nullopt;
    }

    LoadFailure bad_file(const loader::Failed& failed) const {
        LoadFailure out = failure(path_, std::string(meaning(failed.error.code)));
        out.place = escape(failed.place);
        out.error = failed.error;
        out.refused = true;
        return out;
    }

    /// Of a live file only: a copy cannot change.
    std::optional<LoadFailure> changed() const {
        for (std::size_t i = 0; i < files_.size(); ++i) {
            if (files_[i].binding == Binding::snapshot) continue;
            if (stamp(files_[i].fd.get()) != files_[i].stamp) {
                return failure(i == 0 ? path_ : folder_of(path_) + names_[i],
                               std::string(meaning(scanner::GapReason::changed)));
            }
        }
        return std::nullopt;
    }

    std::optional<LoadFailure> open_companions() {
        std::uint64_t copied = files_.front().stamp.size;
        for (const loader::Wanted& wanted : content_.wanted) {
            if (wanted.is_shard) continue;
            if (!may_have_companions_) {
                return failure(wanted.name, "a file beside this one, which cannot be opened here");
            }
            Opened opened = open_beside(path_, wanted.name, options_, copied);
            copied = saturating_add(copied, opened.stamp.size);
            const std::string path = folder_of(path_) + wanted.name;
            if (opened.gap) return failure(path, *opened.gap);
            if (auto refused = not_admitted(path, opened)) return refused;
            files_.push_back(std::move(opened));
            names_.push_back(wanted.name);
        }
        return join();
    }

    /// Copies of several files, one behind the other, so that one descriptor reaches them all.
    std::optional<LoadFailure> join() {
        std::uint64_t total = 0;
        for (const Opened& file : files_) {
            if (file.binding != Binding::snapshot) return std::nullopt;
            total += file.stamp.size + kPage;
        }
        if (total > options_.snapshot.most_in_memory || total > largest_file()) {
            return std::nullopt;
        }
        auto made = join_files(files_, kPage, offsets_, options_.sandbox.cancel);
        if (const auto* gap = std::get_if<scanner::Gap>(&made)) {
            return failure(path_, *gap);
        }
        joined_ = std::move(std::get<Descriptor>(made));
        return std::nullopt;
    }

    std::optional<std::uint64_t> size_of(std::uint32_t source) const {
        if (source == loader::kOutput) return output_->bytes().size();
        if (source >= files_.size()) return std::nullopt;
        return files_[source].stamp.size;
    }

    std::variant<LoadedModel, LoadFailure> finish() {
        for (const loader::Tensor& tensor : content_.tensors) {
            if (!check(tensor, [this](std::uint32_t source) { return size_of(source); })) {
                return failure(path_, "the worker names a place that is not there");
            }
        }
        LoadedModel out;
        out.binding_ = files_.front().binding;
        for (Opened& file : files_) {
            out.binding_ = std::min(out.binding_, file.binding);
            auto source = Source::map(file.fd.get(), file.stamp.size, options_.writable);
            if (source == nullptr) return failure(path_, "there is no address space for it");
            out.sources_.push_back(std::move(source));
        }
        out.sha256_ = std::move(files_.front().sha256);
        out.size_ = files_.front().stamp.size;
        out.content_ = std::move(content_);
        out.output_ = std::move(output_);
        out.writable_ = options_.writable;
        out.isolation_ = isolation_;
        return out;
    }

public:
    static OpenOptions open_options(const LoadOptions& options) {
        OpenOptions out;
        out.most_spooled = options.sandbox.memory_bytes;
        out.patience = options.sandbox.request_timeout;
        out.cancel = options.sandbox.cancel;
        if (options.view) {
            out.digest = options.snapshot.digest;
        } else {
            out.snapshot = options.snapshot;
            out.snapshot->digest = out.snapshot->digest || options.admitted.has_value();
            out.snapshot->checksums = options.loader.verify;
        }
        return out;
    }

    /// A file that the model at `path` names, from the same folder. Its digest nobody asked for;
    /// the memory for copies is that of all of them, of which `copied` bytes are there.
    static Opened open_beside(const std::string& path, const std::string& name,
                              const LoadOptions& options, std::uint64_t copied) {
        const Found found = find_beside(path, name);
        LoadOptions rest = options;
        rest.snapshot.digest = false;
        rest.snapshot.most_in_memory -= std::min(copied, rest.snapshot.most_in_memory);
        if (!found.files.empty()) return open_input(found.files.front(), open_options(rest));
        Opened out;
        out.gap = scanner::Gap{found.unscannable.front().reason, "", 0,
                               found.unscannable.front().message};
        return out;
    }

    /// Adds the tensors of a shard, whose sources come behind those that are there.
    static void merge(LoadedModel shard, LoadedModel& into) { into.add(std::move(shard)); }

private:
    static constexpr std::uint64_t kPage = 4096;

    std::string path_;
    const LoadOptions& options_;
    std::shared_ptr<const Sidecars> sidecars_;
    bool may_have_companions_ = false;
    bool scanned_ = false;
    std::vector<Opened> files_;
    std::vector<std::string> names_;
    Descriptor joined_;
    std::vector<std::uint64_t> offsets_;
    Loaded content_;
    sandbox::Isolation isolation_;
    std::shared_ptr<const Source> output_;
};

// --- Shards ------------------------------------------------------------------------------------

/// Loads the shards that an index names, each by a worker of its own, and puts them together: they
/// must hold exactly the tensors that the index says.
static std::optional<LoadFailure> load_shards(const std::string& path, const LoadOptions& options,
                                              const std::shared_ptr<const Sidecars>& sidecars,
                                              LoadedModel& model) {
    const std::vector<loader::Wanted> shards = model.content().wanted;
    if (shards.size() > kMostShards) return failure(path, "more shards than any model has");
    std::uint64_t logical = 0;
    for (const loader::Wanted& wanted : shards) {
        const std::string shard_path = folder_of(path) + wanted.name;
        auto loaded =
            Loading(shard_path, options, sidecars)
                .run(Loading::open_beside(path, wanted.name, options, model.size()), false);
        if (auto* failed = std::get_if<LoadFailure>(&loaded)) return std::move(*failed);
        auto& shard = std::get<LoadedModel>(loaded);
        std::set<std::string> names;
        for (const loader::Tensor& tensor : shard.content().tensors) names.insert(tensor.name());
        const std::set<std::string> expected(wanted.tensors.begin(), wanted.tensors.end());
        if (names != expected) {
            return refusal(shard_path, Errc::conflict,
                           "it holds other tensors than the index says");
        }
        logical = saturating_add(logical, logical_bytes(shard.content().tensors));
        Loading::merge(std::move(shard), model);
        // What the loader holds each shard to, of all of them.
        if (logical > std::max(options.loader.logical_bytes,
                               saturating_mul<std::uint64_t>(4, model.size()))) {
            return refusal(shard_path, Errc::limit_logical,
                           std::string(meaning(Errc::limit_logical)));
        }
    }
    return std::nullopt;
}

std::variant<LoadedModel, LoadFailure> load(const std::string& path, const LoadOptions& options) {
    const Found found = find_files({path});
    if (found.files.size() != 1) {
        return failure(path, found.unscannable.empty() ? "a folder, not a file"
                                                       : found.unscannable.front().message);
    }
    const auto& sidecars = found.files.front().sidecars;
    auto loaded = Loading(path, options, sidecars)
                      .run(open_input(found.files.front(), Loading::open_options(options)), true);
    auto* model = std::get_if<LoadedModel>(&loaded);
    if (model == nullptr || model->content().wanted.empty()) return loaded;
    if (auto failed = load_shards(path, options, sidecars, *model)) return std::move(*failed);
    return loaded;
}

std::variant<LoadedModel, LoadFailure> load(int fd, const LoadOptions& options) {
    const std::string name = "descriptor " + std::to_string(fd);
    return Loading(name, options, nullptr)
        .run(open_descriptor(fd, Loading::open_options(options)), false);
}

}  // namespace pratique::api
