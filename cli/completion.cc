// pratique completion: scripts by which shells complete its commands, options and their values,
// made from the commands as they are. Paths are completed as the shell does it.
#include <algorithm>
#include <memory>

#include "cli/command.h"
#include "cli/describe.h"

namespace pratique::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& between) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
    return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

/// Inside of single quotes of bash and zsh.
std::string quoted(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

/// Paths of all commands below `program`, quoted, as alternatives of a pattern.
std::string paths(const DescribedCommand& program) {
    std::vector<std::string> out;
    for (const DescribedCommand* command : all_of(program)) {
        if (command != &program) out.push_back(quoted(command->path));
    }
    return joined(out, "|");
}

std::vector<std::string> names_of(const std::vector<DescribedCommand>& commands) {
    std::vector<std::string> out;
    for (const DescribedCommand& one : commands) out.push_back(one.name());
    return out;
}

/// What may stand for a positional.
std::vector<std::string> words_of(const DescribedCommand& command) {
    std::vector<std::string> out = names_of(command.commands);
    for (const DescribedOption& one : command.positionals) {
        out.insert(out.end(), one.choices.begin(), one.choices.end());
    }
    return out;
}

bool takes_files(const DescribedCommand& command) {
    return std::ranges::any_of(command.positionals,
                               [](const DescribedOption& one) { return one.takes_file(); });
}

// --- bash ---------------------------------------------------------------------------------------

constexpr const char* kBashHead = R"(# Completion for bash, made by: pratique completion bash
_pratique() {
    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}"
    local at=pratique index options='' words='' files=''
    # --option=value comes as three words.
    if [[ $current == = ]]; then
        current=''
    elif [[ $before == = ]]; then
        before="${COMP_WORDS[COMP_CWORD - 2]}"
    fi
    for ((index = 1; index < COMP_CWORD; ++index)); do
        case "$at ${COMP_WORDS[index]}" in
)";

constexpr const char* kBashTail = R"(    esac
    COMPREPLY=()
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    if [[ -n $files ]]; then
        local found
        mapfile -t found < <(compgen -f -- "$current")
        COMPREPLY+=("${found[@]}")
        compopt -o filenames 2>/dev/null
    fi
}
complete -F _pratique pratique
)";

void put_bash_command(std::string& out, const DescribedCommand& command) {
    for (const DescribedOption& option : command.options) {
        if (!option.takes_value()) continue;
        std::vector<std::string> patterns;
        for (const std::string& name : option.names) {
            patterns.push_back(quoted(command.path + " " + name));
        }
        out += "        " + joined(patterns, "|") + ") ";
        if (!option.choices.empty()) out += "words=" + quoted(joined(option.choices, " ")) + ' ';
        if (option.takes_file()) out += "files=1 ";
        out += ";;\n";
    }
    std::vector<std::string> options;
    for (const DescribedOption& option : command.options) {
        options.insert(options.end(), option.names.begin(), option.names.end());
    }
    out += "        " + quoted(command.path) +
           "' '*)\n            options=" + quoted(joined(options, " ")) +
           "\n            words=" + quoted(joined(words_of(command), " ")) + '\n';
    if (takes_files(command)) out += "            files=1\n";
    out += "            ;;\n";
}

std::string bash(const DescribedCommand& program) {
    std::string out = kBashHead;
    out += "            " + paths(program) + ") at+=\" ${COMP_WORDS[index]}\" ;;\n" +
           "        esac\n    done\n    case \"$at $before\" in\n";
    // The patterns of a command begin with its path: the longer ones come first.
    std::vector<const DescribedCommand*> all = all_of(program);
    std::ranges::reverse(all);
    for (const DescribedCommand* command : all) put_bash_command(out, *command);
    return out + kBashTail;
}

// --- zsh ----------------------------------------------------------------------------------------

constexpr const char* kZshHead = R"(#compdef pratique
# Completion for zsh, made by: pratique completion zsh
_pratique() {
    local at=pratique
    local -i index first=1
    local -a commands
    for ((index = 2; index < CURRENT; ++index)); do
        case "$at ${words[index]}" in
)";

constexpr const char* kZshTail = R"(    esac
}
if [[ $funcstack[1] == _pratique ]]; then
    _pratique "$@"
else
    compdef _pratique pratique
fi
)";

/// Text inside of brackets of a specification for _arguments.
std::string zsh_text(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_option(const DescribedOption& option, const std::string& name) {
    std::string out = option.many ? "*" : "";
    out += name;
    if (option.takes_value() && name.starts_with("--")) out += '=';
    out += "[" + zsh_text(option.text) + "]";
    if (!option.takes_value()) return out;
    out += ":" + option.value + ":";
    if (!option.choices.empty()) out += "(" + joined(option.choices, " ") + ")";
    return option.takes_file() ? out + "_files" : out;
}

void put_zsh_command(std::string& out, const DescribedCommand& command) {
    const std::string indent = " \\\n                    ";
    std::string specs;
    for (const DescribedOption& option : command.options) {
        for (const std::string& name : option.names) {
            specs += indent + quoted(zsh_option(option, name));
        }
    }
    for (const DescribedOption& one : command.positionals) {
        specs +=
            indent + quoted(std::string(one.many ? "*:" : ":") + one.names.front() + ":" +
                            (one.takes_file() ? "_files" : "(" + joined(one.choices, " ") + ")"));
    }
    out += "        (" + quoted(command.path) + ")\n";
    for (const DescribedCommand& below : command.commands) {
        out += "            commands+=(" +
               quoted(below.name() + ":" + replaced(below.text, ":", "\\:")) + ")\n";
    }
    out +=
        "            if (( CURRENT > 1 && $#commands )) && [[ ${words[CURRENT]} != -* ]]; then\n"
        "                _describe command commands\n            fi\n"
        "            _arguments -S :" +
        specs + "\n            ;;\n";
}

std::string zsh(const DescribedCommand& program) {
    std::string out = kZshHead;
    out += "            (" + paths(program) + ") at+=\" ${words[index]}\"; first=index ;;\n" +
           "        esac\n    done\n    words=(\"${(@)words[first,-1]}\")\n"
           "    (( CURRENT -= first - 1 ))\n    case \"$at\" in\n";
    for (const DescribedCommand* command : all_of(program)) put_zsh_command(out, *command);
    return out + kZshTail;
}

// --- fish ---------------------------------------------------------------------------------------

constexpr const char* kFishHead = R"(# Completion for fish, made by: pratique completion fish
function __pratique_at
    set -l at pratique
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case )";

constexpr const char* kFishTail = R"(
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
complete -c pratique -f
)";

std::string fish_quoted(const std::string& text) {
    return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_option(const DescribedOption& option) {
    std::string out;
    for (const std::string& name : option.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.takes_value()) {
        out += " -r";
        if (!option.choices.empty()) out += " -f -a " + fish_quoted(joined(option.choices, " "));
        if (option.choices.empty()) out += option.takes_file() ? " -F" : " -f";
    }
    return out + " -d " + fish_quoted(option.text);
}

std::string fish(const DescribedCommand& program) {
    std::string out = kFishHead + replaced(paths(program), "|", " ") + kFishTail;
    for (const DescribedCommand* command : all_of(program)) {
        const std::string head =
            "complete -c pratique -n " + fish_quoted("__pratique_at " + command->path);
        for (const DescribedOption& option : command->options) {
            out += head + fish_option(option) + '\n';
        }
        for (const DescribedCommand& below : command->commands) {
            out += head + " -f -a " + below.name() + " -d " + fish_quoted(below.text) + '\n';
        }
        for (const DescribedOption& one : command->positionals) {
            if (one.choices.empty()) continue;
            out += head + " -f -a " + fish_quoted(joined(one.choices, " ")) + '\n';
        }
        if (takes_files(*command)) out += head + " -F\n";
    }
    return out;
}

}  // namespace

void add_completion(CLI::App& app, int& exit) {
    auto* command =
        app.add_subcommand("completion", "Print a script by which a shell completes commands");
    auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, shell, &exit] {
        const DescribedCommand program = describe_command(app);
        const std::string text = *shell == "bash"  ? bash(program)
                                 : *shell == "zsh" ? zsh(program)
                                                   : fish(program);
        exit = print(text) ? kClean : kUndecided;
    });
}

}  // namespace pratique::cli
