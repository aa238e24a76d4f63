// pratique sandbox check: what the isolation of this machine stops, found out by trying.
#include <memory>

#include "api/scan.h"
#include "base/json.h"
#include "cli/command.h"
#include "sandbox/check.h"

namespace pratique::cli {
namespace {

void pad(std::string& out, std::string_view text, std::size_t width) {
    out += text;
    out.append(text.size() < width ? width - text.size() : 1, ' ');
}

std::string as_text(const std::vector<sandbox::CheckRow>& rows) {
    std::string out;
    for (const sandbox::CheckRow& row : rows) {
        pad(out, row.ok ? "ok" : "FAILED", 8);
        pad(out, row.layer, 16);
        pad(out, row.attempt, 44);
        out += row.got;
        if (!row.ok) out += "  (expected " + row.expected + ")";
        out += '\n';
    }
    return out;
}

std::string as_json(const std::vector<sandbox::CheckRow>& rows) {
    json::Writer out;
    out.begin_array();
    for (const sandbox::CheckRow& row : rows) {
        out.begin_object().key("layer").string(row.layer).key("attempt").string(row.attempt);
        out.key("expected").string(row.expected).key("got").string(row.got);
        out.key("ok").boolean(row.ok).end_object();
    }
    out.end_array();
    return out.take();
}

}  // namespace

void add_sandbox(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("sandbox", "The isolation of the reading process");
    command->require_subcommand(1);
    struct Options {
        std::string format = "text";
        api::ScanOptions scan;
    };
    auto options = std::make_shared<Options>();
    auto* check = command->add_subcommand("check", "Try what must be denied, and say what happens");
    check->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    add_limits(*check, options->scan);
    check->callback([options, &exit] {
        const auto rows = sandbox::check(options->scan.sandbox);
        bool all = !rows.empty();
        for (const sandbox::CheckRow& row : rows) all = all && row.ok;
        const bool printed = print(options->format == "json" ? as_json(rows) : as_text(rows));
        exit = all && printed ? kClean : kUndecided;
    });
}

}  // namespace pratique::cli
