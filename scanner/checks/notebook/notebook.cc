#include "scanner/checks/notebook/notebook.h"

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

Cell taken_apart(std::string_view source) {
    Cell out;
    const auto first = source.substr(0, source.find('\n'));
    const bool magic = first.starts_with("%%");
    const bool shell = first.starts_with("%%bash") || first.starts_with("%%sh") ||
                       first.starts_with("%%script") || first.starts_with("%%cmd");
    // Of the magics of whole cells, these few leave Python Python.
    const bool python = !magic || first.starts_with("%%time") || first.starts_with("%%capture") ||
                        first.starts_with("%%prun");
    while (!source.empty()) {
        const auto end = std::min(source.find('\n'), source.size());
        const std::string_view line = source.substr(0, end);
        source.remove_prefix(std::min(end + 1, source.size()));
        const auto at = line.find_first_not_of(" \t");
        const char c = at == std::string_view::npos ? '\0' : line[at];
        if (c == '!' || shell) {
            out.shell += line.substr(c == '!' ? at + 1 : 0);
            out.shell += '\n';
            if (c == '!' && at > 0) out.python += std::string(line.substr(0, at)) + "pass";
        } else if (python && c != '%' && c != '?' && !line.ends_with('?')) {
            out.python += line;
        } else if (at != std::string_view::npos && at > 0) {
            out.python += std::string(line.substr(0, at)) + "pass";
        }
        out.python += '\n';
    }
    return out;
}

void check_outputs(Scan& scan, const Artifact& cell, const json::Value& outputs) {
    const auto* all = outputs.as<json::Array>();
    if (all == nullptr) return;
    for (const json::Value& output : *all) {
        const json::Value* data = output.find("data");
        if (data == nullptr) continue;
        const bool script = data->find("application/javascript") != nullptr ||
                            text_of(data->find("text/html")).find("<script") != std::string::npos;
        if (script) return scan.find(RuleId::script_in_notebook, cell, 0);
    }
}

}  // namespace

void check_notebook(Scan& scan, const Artifact& artifact, const Document& document) {
    const json::Value* cells = document.root().find("cells");
    const auto* all = cells == nullptr ? nullptr : cells->as<json::Array>();
    if (all == nullptr || document.root().find("nbformat") == nullptr) return;
    if (artifact.chain.empty()) scan.identity("notebook");
    // One import of cell 1 is known in cell 9: all of them are one source.
    std::string python;
    std::size_t number = 0;
    for (const json::Value& value : *all) {
        ++number;
        const json::Value* kind = value.find("cell_type");
        const auto* type = kind == nullptr ? nullptr : kind->as<std::string>();
        if (type == nullptr || *type != "code") continue;
        const Cell cell = taken_apart(text_of(value.find("source")));
        const Artifact place{
            chained(artifact, "cell@" + std::to_string(number)), {}, artifact.depth + 1, {}};
        check_command_lines(scan, place, cell.shell, 0);
        if (const json::Value* outputs = value.find("outputs"))
            check_outputs(scan, place, *outputs);
        python += cell.python;
    }
    const Artifact code{chained(artifact, "code"), as_bytes(python), artifact.depth + 1, {}};
    check_source(scan, code, When::deferred);
}

}  // namespace pratique::scanner
