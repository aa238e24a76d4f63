#include "scanner/checks/config/hydra.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "rules/findings.h"

namespace pratique::scanner {
namespace {

/// Interpolations that are resolved in one value; more are nobody's ordinary name.
constexpr int kMostSteps = 32;
constexpr int kMostTexts = 100'000;
constexpr std::size_t kLongestName = 1024;

/// The value at a path as OmegaConf spells it: "a.b", "a[0].b", "a.0".
const json::Value* at(const json::Value& root, std::string_view path) {
    const json::Value* value = &root;
    while (!path.empty() && value != nullptr) {
        const auto end = std::min(path.find_first_of(".[]"), path.size());
        const std::string_view step = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (step.empty()) continue;
        if (const auto* array = value->as<json::Array>()) {
            std::size_t index = 0;
            const auto read = std::from_chars(step.data(), step.data() + step.size(), index);
            value = read.ec == std::errc{} && index < array->size() ? &(*array)[index] : nullptr;
        } else {
            value = value->find(step);
        }
    }
    return value;
}

/// What stands between `${` and `}` as far as the file alone can tell.
std::optional<std::string> looked_up(const json::Value& root, std::string_view what) {
    std::string_view path = what;
    if (what.starts_with("oc.select:")) path.remove_prefix(what.find(':') + 1);
    if (what.starts_with("oc.env:") || what.starts_with("oc.select:")) {
        // The default is what is taken where nothing is set.
        const auto comma = what.find(',');
        if (comma != std::string_view::npos) {
            const auto begin = what.find_first_not_of(" '\"", comma + 1);
            const auto end = what.find_last_not_of(" '\"");
            if (begin == std::string_view::npos) return std::nullopt;
            return std::string(what.substr(begin, end + 1 - begin));
        }
    }
    if (path.find(':') != std::string_view::npos || path.starts_with('.')) return std::nullopt;
    const json::Value* value = at(root, path);
    const auto* text = value == nullptr ? nullptr : value->as<std::string>();
    return text == nullptr ? std::nullopt : std::optional(*text);
}

/// `text` with its interpolations replaced, the innermost first; nothing if one is not known here.
std::optional<std::string> interpolated(const json::Value& root, std::string text) {
    for (int step = 0; step < kMostSteps; ++step) {
        const auto begin = text.rfind("${");
        if (begin == std::string::npos) return text;
        const auto end = text.find('}', begin);
        if (end == std::string::npos) return std::nullopt;
        const auto value =
            looked_up(root, std::string_view(text).substr(begin + 2, end - begin - 2));
        if (!value || value->size() > kLongestName) return std::nullopt;
        text.replace(begin, end + 1 - begin, *value);
        if (text.size() > kLongestName) return std::nullopt;
    }
    return std::nullopt;
}

/// Data by the name of a set, which runs no code but that of a script that is named, or trusted.
bool loads_data(const Met& met, std::string_view name) {
    if (name != "datasets.load_dataset" && name != "datasets.load.load_dataset") return false;
    const json::Value* trust = met.holder().find("trust_remote_code");
    const auto* flag = trust == nullptr ? nullptr : trust->as<bool>();
    if (trust != nullptr && (flag == nullptr || *flag)) return false;
    const std::string* path = met.beside("path");
    return path != nullptr && path->find(".py") == std::string::npos &&
           path->find("${") == std::string::npos;
}

void judge_target(const Met& met) {
    const std::string* text = met.text();
    if (text == nullptr || text->empty()) return;
    const auto name = interpolated(met.document.root(), *text);
    if (!name) return met.find(RuleId::config_computed_name, escape(*text, 200));
    if (loads_data(met, *name)) {
        return met.find(RuleId::config_remote_file, escape(*name, 200));
    }
    met.judge(*name, rules::Effect::call);
}

bool is_dotted(const std::string* text) {
    return text != nullptr && text->find('.') != std::string::npos &&
           text->find_first_of(" /\\") == std::string::npos;
}

bool evaluates(std::string_view resolver) {
    constexpr std::string_view kNames[] = {"eval", "exec", "python", "py", "import", "call"};
    return std::find(std::begin(kNames), std::end(kNames), resolver) != std::end(kNames);
}

void check_resolver(const Met& met, std::string_view text) {
    int seen = 0;
    for (auto begin = text.find("${"); begin != std::string_view::npos && seen < kMostSteps;
         begin = text.find("${", begin + 2), ++seen) {
        const std::string_view what = text.substr(begin + 2);
        const auto colon = what.find_first_of(":}");
        if (colon == std::string_view::npos || what[colon] != ':') continue;
        const std::string_view resolver = what.substr(0, colon);
        if (resolver == "oc.env" || resolver == "env") {
            met.find(RuleId::config_environment, escape(text, 200));
        } else if (evaluates(resolver)) {
            const std::string_view expression = what.substr(colon + 1);
            judge_expression(met.scan, met.artifact, expression.substr(0, kLongestName),
                             {rules::Effect::call, met.where()});
        }
    }
}

}  // namespace

void check_target(const Met& met) { judge_target(met); }

void check_class_path(const Met& met) {
    const bool made =
        met.holder().find("init_args") != nullptr || met.holder().find("dict_kwargs") != nullptr;
    if (made || is_dotted(met.text())) judge_target(met);
}

void check_target_with_params(const Met& met) {
    if (!is_dotted(met.text())) return;
    if (met.holder().find("params") != nullptr || is_plainly_dangerous(*met.text()))
        judge_target(met);
}

void check_interpolations(Scan& scan, const Artifact& artifact, const Document& document) {
    int seen = 0;
    for (const Document::Node& node : document.nodes()) {
        const auto* text = node.value->as<std::string>();
        if (text == nullptr || text->find("${") == std::string::npos) continue;
        if (++seen > kMostTexts) return scan.gap({Errc::limit_steps, 0}, artifact);
        check_resolver({scan, artifact, document, node}, *text);
    }
}

}  // namespace pratique::scanner
