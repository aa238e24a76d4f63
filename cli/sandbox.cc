// pratique sandbox check: what the isolation of this machine stops, found out by trying.
#include <memory>

#include "api/report/report.h"
#include "base/json.h"
#include "cli/command.h"
#include "sandbox/check.h"

namespace pratique::cli {
namespace {

void pad(std::string& out, std::string_view text, std::size_t width) {
    out += text;
    out.append(text.size() < width ? width - text.size() : 1, ' ');
}

std::string as_text(const sandbox::Check& check) {
    std::string out = "tier " + std::string(name(check.isolation.tier())) + "\n\n";
    for (const sandbox::CheckRow& row : check.rows) {
        pad(out, row.ok ? "ok" : row.needed ? "FAILED" : "absent", 8);
        pad(out, row.layer, 14);
        pad(out, row.attempt, 40);
        out += row.got;
        if (!row.ok) out += "  (expected " + row.expected + ")";
        out += '\n';
    }
    return out;
}

std::string as_json(const sandbox::Check& check) {
    json::Writer out;
    out.begin_object();
    api::put_isolation(out, check.isolation);
    out.key("attempts").begin_array();
    for (const sandbox::CheckRow& row : check.rows) {
        out.begin_object().key("layer").string(row.layer).key("attempt").string(row.attempt);
        out.key("expected").string(row.expected).key("got").string(row.got);
        out.key("ok").boolean(row.ok).key("needed").boolean(row.needed).end_object();
    }
    out.end_array().end_object();
    return out.take();
}

}  // namespace

void add_sandbox(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("sandbox", "The isolation of the reading process");
    command->require_subcommand(1);
    struct Options {
        std::string format = "text";
        bool quiet = false;
        api::ScanOptions scan;
    };
    auto options = std::make_shared<Options>();
    auto* check = command->add_subcommand("check", "Try what must be denied, and say what happens");
    check->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    add_quiet(*check, options->quiet, "anything if all is as it should be");
    add_limits(*check, options->scan.limits, options->scan.sandbox);
    check->callback([options, &exit] {
        const sandbox::Check tried = sandbox::check(options->scan.sandbox);
        exit = tried.failed() ? kUndecided : kClean;
        const bool json = options->format == "json";
        if (options->quiet && !json && exit == kClean) return;
        if (!print(json ? as_json(tried) : as_text(tried))) exit = kUndecided;
    });
}

}  // namespace pratique::cli
