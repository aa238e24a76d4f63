#include "scanner/checks/notebook/notebook.h"

#include <algorithm>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/python/python.h"
#include "scanner/checks/script/script.h"

namespace pratique::scanner {
namespace {

/// Text that is one string, or a list of lines.
std::string text_of(const json::Value* value) {
    if (value == nullptr) return {};
    if (const auto* whole = value->as<std::string>()) return *whole;
    std::string out;
    if (const auto* lines = value->as<json::Array>()) {
        for (const json::Value& line : *lines) {
            if (const auto* text = line.as<std::string>()) out += *text;
        }
    }
    return out;
}

/// A cell taken apart: its Python, with blank lines for the rest, and its lines for a shell.
struct Cell {
    std::string python;
    std::string shell;
};

/// What a line with a magic in it is: for a shell, Python behind the magic, or neither.
struct Magic {
    std::string_view shell;
    std::string_view python;
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

/// `%name -options rest`, from the name on.
Magic read_magic(std::string_view line) {
    const std::string_view name = line.substr(0, line.find_first_of(" \t"));
    std::string_view rest = line.substr(name.size());
    const auto trim = [&] {
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    };
    trim();
    if (is_one_of(name, {"sx", "system", "!"})) return {rest, {}};
    if (!is_one_of(name, {"time", "timeit", "prun", "memit", "mprun", "lprun"})) return {};
    // Options, and their numbers.
    while (rest.starts_with('-') || (!rest.empty() && rest[0] >= '0' && rest[0] <= '9')) {
        rest.remove_prefix(std::min(rest.find_first_of(" \t"), rest.size()));
        trim();
    }
    return {{}, rest};
}

/// `x = !ls` and `x = %sx ls`: the command, and where it begins.
std::pair<std::string_view, std::size_t> assigned_command(std::string_view line) {
    for (auto at = line.find('='); at != std::string_view::npos; at = line.find('=', at + 1)) {
        const auto value = line.find_first_not_of(" \t", at + 1);
        if (value == std::string_view::npos) break;
        if (line[value] == '!' && line.substr(value, 2) != "!=") {
            return {line.substr(value + 1), value};
        }
        if (line[value] == '%' && at > 0 && line[at - 1] != '%') {
            const Magic magic = read_magic(line.substr(value + 1));
            if (!magic.shell.empty()) return {magic.shell, value};
        }
    }
    return {{}, std::string_view::npos};
}

void take_line(std::string_view line, Cell& out) {
    const auto at = line.find_first_not_of(" \t");
    if (at == std::string_view::npos) return;
    const std::string indent(line.substr(0, at));
    const std::string_view code = line.substr(at);
    const auto [command, begin] = assigned_command(line);
    if (code[0] == '!') {
        out.shell += std::string(code.substr(code.starts_with("!!") ? 2 : 1)) + '\n';
        out.python += indent + "pass";
    } else if (code[0] == '%') {
        const Magic magic = read_magic(code.substr(1));
        // What a magic runs from elsewhere is named there.
        const bool run = code.starts_with("%run ") || code.starts_with("%load ");
        if (run && code.find("://") != std::string_view::npos) {
            out.shell += "curl " + std::string(code) + " | python\n";
        }
        if (!magic.shell.empty()) out.shell += std::string(magic.shell) + '\n';
        out.python += indent + (magic.python.empty() ? "pass" : std::string(magic.python));
    } else if (begin != std::string_view::npos) {
        out.shell += std::string(command) + '\n';
        out.python += std::string(line.substr(0, begin)) + "None";
    } else if (code[0] == '?' || line.ends_with('?')) {
        out.python += indent + "pass";
    } else {
        out.python += line;
    }
}

Cell taken_apart(std::string_view source) {
    Cell out;
    source.remove_prefix(std::min(source.find_first_not_of(" \t\n"), source.size()));
    const auto first = source.substr(0, source.find('\n'));
    const std::string_view name = first.starts_with("%%") || first.starts_with("!!")
                                      ? first.substr(2, first.substr(2).find_first_of(" \t\r"))
                                      : std::string_view{};
    const bool shell = is_one_of(name, {"bash", "sh", "script", "cmd", "system", "sx", "!"}) &&
                       first.find("python") == std::string_view::npos;
    // Of the magics of whole cells, these few leave Python Python; some run it by itself.
    const bool python = name.empty() || !first.starts_with("%%") ||
                        is_one_of(name, {"time", "timeit", "capture", "prun", "python", "python2",
                                         "python3", "pypy", "script", "memit", "px"});
    bool head = first.starts_with("%%");
    while (!source.empty()) {
        const auto end = std::min(source.find('\n'), source.size());
        const std::string_view line = source.substr(0, end);
        source.remove_prefix(std::min(end + 1, source.size()));
        if (shell) {
            // The line of the magic may hold a command itself.
            out.shell += std::string(head ? line.substr(2 + name.size()) : line) + '\n';
        } else if (python && !head) {
            take_line(line, out);
        }
        head = false;
        out.python += '\n';
    }
    return out;
}

/// Whether a browser that shows it would run something.
bool holds_script(std::string html) {
    for (char& c : html) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    if (html.find("<script") != std::string::npos ||
        html.find("javascript:") != std::string::npos) {
        return true;
    }
    // `<img onerror=...>`
    for (auto tag = html.find('<'); tag != std::string::npos; tag = html.find('<', tag + 1)) {
        constexpr std::size_t kLongestTag = 1024;
        const std::string_view text = std::string_view(html).substr(tag, kLongestTag);
        const std::string_view inside = text.substr(0, text.find('>'));
        for (auto on = inside.find("on"); on != std::string_view::npos;
             on = inside.find("on", on + 1)) {
            const auto name = inside.find_first_not_of("abcdefghijklmnopqrstuvwxyz", on);
            const bool begins = on > 0 && std::string_view(" \t\n/\"'").find(inside[on - 1]) !=
                                              std::string_view::npos;
            if (begins && name != std::string_view::npos && name > on + 3 && inside[name] == '=') {
                return true;
            }
        }
    }
    return false;
}

void check_outputs(Scan& scan, const Artifact& cell, const json::Value& outputs) {
    const auto* all = outputs.as<json::Array>();
    if (all == nullptr) return;
    for (const json::Value& output : *all) {
        // Before nbformat 4 the types stood beside `output_type`, by short names.
        const json::Value* data = output.find("data");
        const bool old = data == nullptr;
        if (old) data = &output;
        const bool script = data->find(old ? "javascript" : "application/javascript") != nullptr ||
                            holds_script(text_of(data->find(old ? "html" : "text/html"))) ||
                            holds_script(text_of(data->find(old ? "svg" : "image/svg+xml"))) ||
                            holds_script(text_of(data->find("text/markdown")));
        if (script) return scan.find(RuleId::script_in_notebook, cell, 0);
    }
}

/// All cells: those of nbformat 3 stand in worksheets.
std::vector<const json::Value*> cells_of(const json::Value& root) {
    std::vector<const json::Value*> out;
    const auto add = [&](const json::Value& holder) {
        const json::Value* cells = holder.find("cells");
        const auto* all = cells == nullptr ? nullptr : cells->as<json::Array>();
        if (all == nullptr) return;
        for (const json::Value& cell : *all) out.push_back(&cell);
    };
    add(root);
    const json::Value* sheets = root.find("worksheets");
    const auto* all = sheets == nullptr ? nullptr : sheets->as<json::Array>();
    if (all == nullptr) return out;
    for (const json::Value& sheet : *all) add(sheet);
    return out;
}

}  // namespace

void check_notebook(Scan& scan, const Artifact& artifact, const Document& document) {
    const auto cells = cells_of(document.root());
    if (cells.empty() || document.root().find("nbformat") == nullptr) return;
    if (artifact.chain.empty()) scan.identity("notebook");
    // One import of cell 1 is known in cell 9: all of them are one source.
    std::string python;
    std::size_t number = 0;
    for (const json::Value* value : cells) {
        ++number;
        const json::Value* kind = value->find("cell_type");
        const auto* type = kind == nullptr ? nullptr : kind->as<std::string>();
        if (type == nullptr) continue;
        const Artifact place{
            chained(artifact, "cell@" + std::to_string(number)), {}, artifact.depth + 1, {}};
        if (*type != "code") {
            if (holds_script(text_of(value->find("source")))) {
                scan.find(RuleId::script_in_notebook, place, 0);
            }
            continue;
        }
        const json::Value* source = value->find("source");
        const Cell cell = taken_apart(text_of(source == nullptr ? value->find("input") : source));
        check_command_lines(scan, place, cell.shell, 0);
        if (const json::Value* outputs = value->find("outputs"))
            check_outputs(scan, place, *outputs);
        python += cell.python;
    }
    const Artifact code{chained(artifact, "code"), as_bytes(python), artifact.depth + 1, {}};
    check_source(scan, code, When::deferred);
}

}  // namespace pratique::scanner
