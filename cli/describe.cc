#include "cli/describe.h"

#include <algorithm>

namespace pratique::cli {
namespace {

/// The words of "TEXT:{one,two}".
std::vector<std::string> choices_of(const std::string& type) {
    const auto open = type.find('{');
    const auto close = type.find('}');
    if (open == std::string::npos || close == std::string::npos) return {};
    return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

/// One word for the value: what checks it has its own name behind a colon.
std::string value_of(const std::string& type) {
    const auto colon = type.find(':');
    if (colon == std::string::npos) return type;
    return type.find("SIZE", colon) == std::string::npos ? type.substr(0, colon) : "SIZE";
}

DescribedOption describe_option(const CLI::Option& option, const std::string& group) {
    DescribedOption out;
    if (option.get_positional()) {
        out.names.push_back(option.get_name(true));
    } else {
        for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
        for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
    }
    const bool flag = !option.get_positional() && option.get_items_expected_max() == 0;
    if (!flag) {
        out.value = value_of(option.get_type_name());
        out.choices = choices_of(option.get_type_name());
        out.fallback = option.get_default_str();
    }
    out.text = option.get_description();
    out.group = group;
    out.required = option.get_required();
    out.many = option.get_items_expected_max() > 1;
    return out;
}

void add_options(const CLI::App& app, const std::string& group, DescribedCommand& out) {
    out.groups.push_back({group, group.empty() ? "" : app.get_description()});
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;  // hidden
        auto& list = option->get_positional() ? out.positionals : out.options;
        list.push_back(describe_option(*option, group));
    }
}

/// As deep as commands are nested, which this program decides.
DescribedCommand describe_below(const CLI::App& app,  // NOLINT(misc-no-recursion)
                                const std::string& parents) {
    DescribedCommand out;
    out.path = parents + app.get_name();
    out.text = app.get_description();
    add_options(app, "", out);
    for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (below->get_name().empty()) {
            add_options(*below, below->get_group(), out);  // a group of options
        } else if (!below->get_group().empty()) {
            out.commands.push_back(describe_below(*below, out.path + " "));
        }
    }
    return out;
}

void append(const DescribedCommand& command,  // NOLINT(misc-no-recursion)
            std::vector<const DescribedCommand*>& out) {
    out.push_back(&command);
    for (const DescribedCommand& below : command.commands) append(below, out);
}

}  // namespace

bool DescribedOption::takes_file() const {
    static const std::vector<std::string> kFiles = {"TEXT", "FILE", "FOLDER", "PATH", "PEM"};
    return choices.empty() && std::ranges::find(kFiles, value) != kFiles.end();
}

DescribedCommand describe_command(const CLI::App& app) { return describe_below(app, ""); }

std::vector<const DescribedCommand*> all_of(const DescribedCommand& command) {
    std::vector<const DescribedCommand*> out;
    append(command, out);
    return out;
}

}  // namespace pratique::cli
