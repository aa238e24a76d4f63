#include "cli/report_files.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>

namespace pratique::cli {
namespace {

bool fail(const std::string& why) {
    complain(why);
    return false;
}

std::unique_ptr<api::TargetFile> open_target(const std::string& path) {
    auto made = api::TargetFile::create(path, true);
    if (const auto* why = std::get_if<std::string>(&made)) return fail(*why), nullptr;
    return std::move(std::get<std::unique_ptr<api::TargetFile>>(made));
}

bool write_all(api::TargetFile& file, const std::string& text) {
    if (file.write(std::as_bytes(std::span(text))) && file.prepare()) return true;
    return fail(file.failure());
}

/// Of "FORM=FILE", what is wrong with it; empty if nothing.
std::string fault(const std::string& wanted) {
    const std::size_t equals = wanted.find('=');
    if (equals == std::string::npos) return "FORMAT=FILE is needed";
    if (!api::form_named(wanted.substr(0, equals))) {
        return "FORMAT is one of " + CLI::detail::join(api::form_names(), ", ");
    }
    return equals + 1 == wanted.size() ? "FILE is empty" : "";
}

}  // namespace

bool ReportFiles::open(const std::vector<std::string>& wanted) {
    for (const std::string& one : wanted) {
        const std::size_t equals = one.find('=');
        auto file = open_target(one.substr(equals + 1));
        if (!file) return false;
        targets_.push_back(
            {api::form_named(one.substr(0, equals)).value_or(api::Form::json), std::move(file)});
    }
    return true;
}

bool ReportFiles::any(api::Form form) const {
    return std::any_of(targets_.begin(), targets_.end(),
                       [&](const Target& target) { return target.form == form; });
}

bool ReportFiles::write(const api::ScanReport& report, const api::DrawOptions& options) {
    api::DrawOptions of_files = options;
    of_files.text.colour = false;
    of_files.text.width = 80;
    for (Target& target : targets_) {
        if (!write_all(*target.file, api::draw(target.form, report, of_files))) return false;
    }
    for (Target& target : targets_) {
        if (!target.file->commit()) return fail(target.file->failure());
    }
    return true;
}

CLI::Option* add_report_files(CLI::App& command, std::vector<std::string>& wanted) {
    auto* option = command.add_option("--report", wanted,
                                      "Also write the report to a file, in any format; may be "
                                      "given several times");
    return repeatable(option)->type_name("FORMAT=FILE")->check(CLI::Validator(fault, ""));
}

CLI::Option* add_form(CLI::App& command, const std::string& name, api::Form& form) {
    std::map<std::string, api::Form> forms;
    for (const std::string& word : api::form_names()) {
        if (const auto named = api::form_named(word)) forms.emplace(word, *named);
    }
    return command.add_option(name, form, "The form of the report")->transform(one_of(forms));
}

api::DrawOptions draw_options(const Saying& saying, bool all) {
    std::error_code error;
    return {.root = std::filesystem::current_path(error).string(),
            .help_uri = PRATIQUE_HELP_URI,
            .text = {.all = all,
                     .colour = has_colours(saying.color, STDOUT_FILENO),
                     .width = std::max(40U, width_of(STDOUT_FILENO)),
                     .quiet = saying.quiet,
                     .verbose = saying.verbose}};
}

bool put_out(const std::string& text, const std::string& file) {
    if (file.empty()) return print(text);
    const auto target = open_target(file);
    if (!target || !write_all(*target, text)) return false;
    return target->commit() ? true : fail(target->failure());
}

}  // namespace pratique::cli
