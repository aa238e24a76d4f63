// Where reports go besides standard output: each --report FORM=FILE is a file that appears when it
// is complete, or not at all. The files are opened before the work begins, so that a wrong path
// does not cost the scan.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "api/report/report.h"
#include "api/write/file.h"
#include "cli/command.h"

namespace pratique::cli {

class ReportFiles {
public:
    /// Opens all of `wanted`, each "FORM=FILE". False, and said on standard error, if one fails.
    bool open(const std::vector<std::string>& wanted);
    bool any(api::Form form) const;
    /// Draws and writes all of them; none takes its name unless all could be written. False, and
    /// said on standard error, if one fails.
    bool write(const api::ScanReport& report, const api::DrawOptions& options);

private:
    struct Target {
        api::Form form;
        std::unique_ptr<api::TargetFile> file;
    };
    std::vector<Target> targets_;
};

/// The option --report, its form checked.
CLI::Option* add_report_files(CLI::App& command, std::vector<std::string>& wanted);
/// An option or argument that names one of the forms.
CLI::Option* add_form(CLI::App& command, const std::string& name, api::Form& form);

/// What is the same for all reports of one run.
api::DrawOptions draw_options(const Saying& saying, bool all);

/// The report on standard output or, if `file` is not empty, there, whole or not at all.
bool put_out(const std::string& text, const std::string& file);

}  // namespace pratique::cli
