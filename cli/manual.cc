// pratique man: the manual pages, in the language of man(7), made from the commands as they are.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/describe.h"
#include "cli/terminal.h"

namespace pratique::cli {
namespace {

/// Text that roff prints as it is.
std::string roff(std::string_view text) {
    std::string out;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) out += "\\&";
        line_begins = c == '\n';
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

/// "pratique-sandbox-check", as the page is named.
std::string page_name(std::string path) {
    std::ranges::replace(path, ' ', '-');
    return path;
}

std::string sentence(const std::string& text) {
    const bool ended =
        text.empty() || std::string_view(".?!").find(text.back()) != std::string_view::npos;
    return roff(text) + (ended ? "" : ".");
}

void put_option(std::string& out, const DescribedOption& option) {
    out += ".TP\n";
    std::string value;
    if (option.takes_value()) {
        for (const std::string& choice : option.choices) {
            value += (value.empty() ? "" : "|") + bold(choice);
        }
        value = " " + (value.empty() ? italic(option.value) : value);
    }
    for (std::size_t i = 0; i < option.names.size(); ++i) {
        out += (i == 0 ? "" : ", ") + bold(option.names[i]);
    }
    out += value + '\n' + sentence(option.text);
    if (option.many) out += " May be given several times.";
    if (option.required) out += " Required.";
    if (!option.fallback.empty()) out += " Default: " + roff(option.fallback) + ".";
    out += '\n';
}

void put_synopsis(std::string& out, const DescribedCommand& command) {
    out += ".SH SYNOPSIS\n" + bold(command.path);
    if (!command.options.empty()) out += " [" + italic("OPTIONS") + "]";
    for (const DescribedOption& one : command.positionals) {
        std::string text = italic(one.names.front());
        if (one.many) text += " ...";
        out += one.required ? " " + text : " [" + text + "]";
    }
    if (!command.commands.empty()) {
        out += command.positionals.empty()
                   ? " " + italic("COMMAND")
                   : "\n.br\n" + bold(command.path) + " " + italic("COMMAND");
        out += " ...";
    }
    out += '\n';
}

void put_options(std::string& out, const DescribedCommand& command) {
    if (!command.positionals.empty()) {
        out += ".SH ARGUMENTS\n";
        for (const DescribedOption& one : command.positionals) {
            out +=
                ".TP\n" + italic(one.names.front()) + '\n' +
                (one.text.empty() ? "As for the reference implementation." : sentence(one.text)) +
                '\n';
        }
    }
    for (const DescribedGroup& group : command.groups) {
        std::string options;
        for (const DescribedOption& one : command.options) {
            if (one.group == group.name) put_option(options, one);
        }
        if (options.empty()) continue;
        out += group.name.empty() ? ".SH OPTIONS\n" : ".SS " + roff(group.name) + '\n';
        if (!group.text.empty()) out += sentence(group.text) + '\n';
        out += options;
    }
}

void put_commands(std::string& out, const DescribedCommand& command) {
    if (command.commands.empty()) return;
    out += ".SH COMMANDS\n";
    for (const DescribedCommand& below : command.commands) {
        out += ".TP\n" + bold(below.name()) + '\n' + sentence(below.text) + " See\n.BR " +
               roff(page_name(below.path)) + " (1).\n";
    }
}

std::string page(const DescribedCommand& command) {
    std::string title = page_name(command.path);
    const std::string name = title;
    std::ranges::transform(title, title.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    std::string out = ".\\\" Made by pratique man.\n.TH " + roff(title) +
                      " 1 \"\" \"pratique " PRATIQUE_VERSION "\" \"User Commands\"\n.SH NAME\n" +
                      roff(name) + " \\- " + roff(command.text) + '\n';
    put_synopsis(out, command);
    put_options(out, command);
    put_commands(out, command);
    const bool whole = command.path == command.name();
    if (whole) out += std::string(".SH EXAMPLES\n.nf\n") + roff(kExamples) + "\n.fi\n";
    out += std::string(".SH EXIT STATUS\n") + roff(kExitCodes) + '\n';
    if (whole) {
        out +=
            ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nSet, and not empty: no colours.\n"
            ".TP\n.B CLICOLOR_FORCE\nSet, and neither empty nor 0: colours also where there is "
            "no terminal.\n";
    } else {
        out += ".SH SEE ALSO\n.BR " +
               roff(page_name(command.path.substr(0, command.path.rfind(' ')))) + " (1)\n";
    }
    return out;
}

int write_all(const DescribedCommand& program, const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    for (const DescribedCommand* command : all_of(program)) {
        const std::string path = folder + "/" + page_name(command->path) + ".1";
        std::ofstream file(path, std::ios::binary);
        file << page(*command);
        file.close();
        if (file) continue;
        complain("cannot write " + escape(path));
        return kUndecided;
    }
    return kClean;
}

int print_one(const DescribedCommand& program, const std::vector<std::string>& words) {
    std::string path = program.path;
    for (const std::string& word : words) path += " " + word;
    for (const DescribedCommand* command : all_of(program)) {
        if (command->path != path) continue;
        if (!print(page(*command))) return kUndecided;
        // It stays the same wherever it goes: what writes it to a file must get what it saw.
        if (is_terminal(STDOUT_FILENO))
            complain("this is roff; for people: pratique man" + path.substr(program.path.size()) +
                     " | man -l -");
        return kClean;
    }
    complain("no such command: " + escape(path));
    return kUndecided;
}

}  // namespace

void add_man(CLI::App& app, int& exit) {
    auto* command =
        app.add_subcommand("man", "Print a manual page as roff: pratique man scan | man -l -");
    auto words = std::make_shared<std::vector<std::string>>();
    auto folder = std::make_shared<std::string>();
    auto* positional = command->add_option("COMMAND", *words, "Of this command; without: of all");
    command->add_option("--output", *folder, "Write all pages into this folder instead")
        ->type_name("FOLDER")
        ->excludes(positional);
    command->callback([&app, words, folder, &exit] {
        const DescribedCommand program = describe_command(app);
        exit = folder->empty() ? print_one(program, *words) : write_all(program, *folder);
    });
}

}  // namespace pratique::cli
