#include "scanner/checks/python/judge.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/python/command.h"

namespace pratique::scanner {
namespace {

using rules::Capability;

/// The severities of one act: at import, by a loader, later. `info` is not reported.
struct Severities {
    Severity imported;
    Severity loaded;
    Severity deferred;

    Severity at(When when) const {
        return when == When::imported ? imported : when == When::loaded ? loaded : deferred;
    }
};
constexpr auto kInfo = Severity::info;
constexpr auto kLow = Severity::low;
constexpr auto kMedium = Severity::medium;
constexpr auto kHigh = Severity::high;
constexpr auto kCritical = Severity::critical;

constexpr Severities kHarm{kCritical, kHigh, kHigh};  // what no ordinary program does anywhere
constexpr Severities kCommand{kCritical, kMedium, kLow};
constexpr Severities kOrdinaryCommand{kMedium, kLow, kInfo};
constexpr Severities kConnection{kHigh, kMedium, kLow};
constexpr Severities kUnknownText{kMedium, kLow, kLow};
constexpr Severities kNative{kMedium, kLow, kInfo};
constexpr Severities kSending{kMedium, kInfo, kInfo};
constexpr Severities kFetching{kLow, kInfo, kInfo};
constexpr Severities kKept{kMedium, kMedium, kInfo};  // where it is called does not show
constexpr Severities kTokenSent{kHigh, kLow, kInfo};
constexpr Severities kNothing{kInfo, kInfo, kInfo};

struct Judged {
    RuleId rule;
    Severities severity = kNothing;
    rules::Capabilities capabilities = 0;
};

rules::Capabilities can(Capability capability) {
    return static_cast<rules::Capabilities>(capability);
}

/// All constant text of the arguments: a command that is a list is one line.
std::string command_line(const Value& value) {
    if (value.text() != nullptr) return *value.text();
    std::string out;
    for (const Value& item : value.items()) {
        out += (out.empty() ? "" : " ") + (item.text() == nullptr ? "?" : *item.text());
    }
    return out;
}

Judged judge_command(const SourceCall& call) {
    const Value& first = call.given.at(0, "args");
    const std::string line = command_line(first);
    Judged out{RuleId::python_import_call, kCommand, can(Capability::execute)};
    const bool fetched = call.given.marks != 0 && (first.has(kNetwork) || first.has(kDecoded));
    if (fetched || harms(line)) {
        out.severity = kHarm;
    } else if (!line.empty() && is_ordinary_command(line)) {
        out.severity = kOrdinaryCommand;
    }
    return out;
}

Judged judge_evaluation(const SourceCall& call, std::string_view name) {
    const Value& code = call.given.at(0, "source");
    Judged out{RuleId::python_hidden_code, kHarm, can(Capability::execute)};
    if (code.has(kDecoded) || code.has(kNetwork)) return out;
    if (name.starts_with("types.")) return {RuleId::python_text_run, kNothing, 0};
    out.rule = RuleId::python_text_run;
    if (name == "runpy.run_path" || name.starts_with("importlib.")) {
        const auto* path = call.given.at(name == "runpy.run_path" ? 0 : 1, "path").text();
        const bool other = path != nullptr && !path->ends_with(".py");
        out.severity = other ? kUnknownText : kNothing;
        return out;
    }
    // A constant is read and judged itself; a source of the folder is scanned by itself.
    const bool read = code.has(kFile) && !code.has(kComputed) && !code.has(kNoSource);
    out.severity = code.is_text() || read ? kNothing : kUnknownText;
    if (name == "builtins.compile" || name.starts_with("timeit.")) out.severity = kNothing;
    if (call.way != SourceCall::Way::called) out.severity = kUnknownText;
    return out;
}

Judged judge_deserializing(const SourceCall& call) {
    const Value& data = call.given.at(0);
    Judged out{RuleId::python_hidden_code, kNothing, can(Capability::deserialize)};
    if (data.has(kNetwork)) out.severity = {kHigh, kMedium, kMedium};
    if (data.has(kDecoded)) out.severity = {kMedium, kLow, kLow};
    return out;
}

Judged judge_network(const SourceCall& call, Act act) {
    Judged out{RuleId::python_network, kFetching, can(Capability::network)};
    if ((call.given.marks & kSecret) != 0)
        return {RuleId::python_secret_sent, kHarm, out.capabilities};
    if ((call.given.marks & kToken) != 0)
        return {RuleId::python_secret_sent, kTokenSent, out.capabilities};
    if (act == Act::connect) out.severity = kConnection;
    if (act == Act::send) out.severity = kSending;
    const auto* url = call.given.at(0, "url").text();
    if (act == Act::fetch && url != nullptr && names_address(*url)) out.severity = kSending;
    return out;
}

/// Writing is what programs do; into a place from which something else is started it is not.
Judged judge_writing(const SourceCall& call, std::string_view name) {
    Judged out{RuleId::python_plants_file, kNothing, can(Capability::file_write)};
    const auto* path = call.given.at(0).text();
    if (name.starts_with("pathlib.")) {
        if (call.self.symbol() == nullptr) return out;
        path = &call.self.parts->text;
    }
    if (name == "os.open") {
        const std::string flags = call.given.at(1, "flags").dotted();
        if (flags == "os.O_RDONLY") return out;
    } else if (name.ends_with("open") || name == "io.FileIO") {
        const bool method = name.starts_with("pathlib.");
        const auto* mode = call.given.at(method ? 0 : 1, "mode").text();
        if (mode == nullptr || mode->find_first_of("wax+") == std::string::npos) return out;
    }
    const auto* target = call.given.at(1).text();
    const bool copies = name.starts_with("shutil.") || name == "os.rename" ||
                        name == "os.symlink" || name == "os.replace";
    if (copies && target != nullptr) path = target;
    if (path != nullptr && is_started_from(*path)) out.severity = {kHigh, kMedium, kLow};
    return out;
}

Judged judge_look_up(const SourceCall& call, std::string_view name) {
    Judged out{RuleId::python_hidden_name, kNothing, can(Capability::reflection)};
    const Value& key = name == "builtins.getattr" ? call.given.at(1) : call.given.at(0, "name");
    if (key.has(kDecoded)) out.severity = {kHigh, kMedium, kMedium};
    return out;
}

Judged judge_act(const SourceCall& call, Act act, std::string_view name) {
    switch (act) {
        case Act::command: return judge_command(call);
        case Act::evaluate: return judge_evaluation(call, name);
        case Act::deserialize: return judge_deserializing(call);
        case Act::connect:
        case Act::fetch:
        case Act::send: return judge_network(call, act);
        case Act::write: return judge_writing(call, name);
        case Act::look_up: return judge_look_up(call, name);
        case Act::native:
            return {RuleId::python_import_call, kNative, can(Capability::native_code)};
        case Act::gadget: return {RuleId::python_import_call, kSending, can(Capability::execute)};
    }
    return {RuleId::python_import_call};
}

/// The rule by which it is reported: what happens later has one of its own.
RuleId rule_at(RuleId rule, When when) {
    if (rule != RuleId::python_import_call && rule != RuleId::python_network) return rule;
    if (when == When::imported) return rule;
    return when == When::loaded ? RuleId::python_load_call : RuleId::python_deferred_call;
}

bool harms_by_itself(Act act) {
    return act == Act::command || act == Act::evaluate || act == Act::native || act == Act::connect;
}

}  // namespace

void judge_variable(Scan& scan, const Artifact& artifact, std::uint64_t at, std::string_view name,
                    When when) {
    constexpr auto kLoaded =
        std::to_array<std::string_view>({"BASH_ENV", "DYLD_INSERT_LIBRARIES", "LD_AUDIT",
                                         "LD_PRELOAD", "PYTHONHOME", "PYTHONSTARTUP"});
    if (std::ranges::find(kLoaded, name) == kLoaded.end()) return;
    const Severity severity = kNative.at(when);
    if (severity == Severity::info) return;
    Finding finding = finding_of(rule_at(RuleId::python_import_call, when), artifact.chain, at,
                                 "os.environ[\"" + escape(name, 100) + "\"] set");
    finding.severity = severity;
    finding.capabilities = can(Capability::native_code);
    scan.find(std::move(finding));
}

std::string print_call(const SourceCall& call) {
    std::string out = escape(call.callee.dotted(), 100);
    const std::string line = command_line(call.given.at(0));
    if (call.way == SourceCall::Way::handed) return out + " handed on";
    if (call.way == SourceCall::Way::kept) return out + " stored or handed on";
    return out + (line.empty() ? "(...)" : "(\"" + escape(line, 160) + "\")");
}

void judge_source_call(Scan& scan, const Artifact& artifact, const SourceCall& call) {
    const std::string name = call.callee.dotted();
    const auto act = act_of(name);
    if (!act) return;
    Judged judged = judge_act(call, *act, name);
    const bool hidden = (call.callee.marks & (kComputed | kDecoded)) != 0;
    if (call.way == SourceCall::Way::kept) judged.severity = kKept;
    if (hidden && call.callee.is(Value::Kind::symbol) && harms_by_itself(*act)) {
        judged = {RuleId::python_hidden_name, kHarm, judged.capabilities};
    }
    const Severity severity = judged.severity.at(call.when);
    if (severity == Severity::info) return;
    const RuleId rule = rule_at(judged.rule, call.when);
    Finding finding = finding_of(rule, artifact.chain, call.at, print_call(call));
    finding.severity = severity;
    finding.capabilities = judged.capabilities;
    scan.find(std::move(finding));
}

}  // namespace pratique::scanner
