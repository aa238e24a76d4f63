#include "cli/suppress_options.h"

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "cli/command.h"

namespace pratique::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlanted = ".pratique-ignore.json";

int fail(const signing::Refusal& why) {
    complain(why.detail.empty() ? describe(why) : escape(why.subject) + ": " + escape(why.detail));
    return kUndecided;
}

}  // namespace

void SuppressOptions::add_to(CLI::App& command) {
    auto* group = command.add_option_group("What does not count",
                                           "It stays in the report, marked (docs/command-line.md)");
    group
        ->add_option("--baseline", baseline_path_,
                     "An earlier JSON report made with --digest or --baseline: what it says of the "
                     "same bytes under the same path is not new")
        ->type_name("FILE");
    group
        ->add_option("--ignore", ignore_path_,
                     "Rules about findings and gaps that somebody decided to live with, each with "
                     "a reason and a date of expiry")
        ->type_name("FILE");
}

std::optional<int> SuppressOptions::read(api::ScanOptions& scan) {
    if (!baseline_path_.empty()) {
        auto read = api::Baseline::read_file(baseline_path_);
        if (!read) return fail(read.error());
        baseline_ = std::move(read).value();
    }
    if (!ignore_path_.empty()) {
        auto read = api::read_ignore_file(ignore_path_);
        if (!read) return fail(read.error());
        ignore_ = std::move(read).value();
    }
    if (baseline_ || (ignore_ && ignore_->needs_digests())) scan.digest = true;
    return std::nullopt;
}

void SuppressOptions::warn_of_planted(const std::vector<std::string>& paths) const {
    std::set<fs::path> seen;
    for (const std::string& path : paths) {
        if (path == "-") continue;
        std::error_code error;
        // Of a file: its folder. Of a folder: itself, and what it lies in.
        const bool is_folder = fs::is_directory(path, error);
        const fs::path own = is_folder ? fs::path(path) : fs::path(path).parent_path() / ".";
        for (const fs::path& folder : {own, is_folder ? own / ".." : own}) {
            const fs::path file = fs::canonical(folder / kPlanted, error);
            if (error || !seen.insert(file).second) continue;
            const bool asked_for =
                !ignore_path_.empty() && fs::equivalent(file, ignore_path_, error);
            if (asked_for) continue;
            complain("note: " + escape(file.native()) +
                     " is not used: whoever made the model could have put it there. --ignore names "
                     "the rules to use");
        }
    }
}

void SuppressOptions::apply(api::ScanReport& report) const {
    if (!baseline_ && !ignore_) return;
    api::suppress(report, ignore_ ? &*ignore_ : nullptr, baseline_ ? &*baseline_ : nullptr,
                  std::time(nullptr));
}

}  // namespace pratique::cli
