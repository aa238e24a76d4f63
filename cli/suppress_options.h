// The options of what a scan found and what does not count: --baseline and --ignore.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/suppress/suppress.h"

namespace pratique::cli {

class SuppressOptions {
public:
    void add_to(CLI::App& command);

    /// Reads the files, and asks for the digests that they need. An exit code if that fails, which
    /// was said on standard error.
    std::optional<int> read(api::ScanOptions& scan);
    /// Says of files of ignore rules that lie with what is scanned that nobody asked for them.
    void warn_of_planted(const std::vector<std::string>& paths) const;
    /// Takes out of the report what does not count, if anything was asked for.
    void apply(api::ScanReport& report) const;

private:
    std::string baseline_path_;
    std::string ignore_path_;
    std::optional<api::Baseline> baseline_;
    std::optional<api::IgnoreRules> ignore_;
};

}  // namespace pratique::cli
