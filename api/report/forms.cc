// The forms of a report by name.
#include <array>
#include <utility>

#include "api/report/report.h"

namespace pratique::api {
namespace {

constexpr auto kForms = std::to_array<std::pair<Form, std::string_view>>({
    {Form::text, "text"},
    {Form::json, "json"},
    {Form::sarif, "sarif"},
    {Form::junit, "junit"},
    {Form::markdown, "markdown"},
    {Form::cyclonedx, "cyclonedx"},
    {Form::html, "html"},
});

}  // namespace

std::string_view name(Form form) { return kForms.at(static_cast<std::size_t>(form)).second; }

std::optional<Form> form_named(std::string_view name) {
    for (const auto& [form, spelling] : kForms) {
        if (spelling == name) return form;
    }
    return std::nullopt;
}

std::vector<std::string> form_names() {
    std::vector<std::string> out;
    for (const auto& [form, spelling] : kForms) out.emplace_back(spelling);
    return out;
}

std::string draw(Form form, const ScanReport& report, const DrawOptions& options) {
    switch (form) {
        case Form::text: return text_report(report, options.text);
        case Form::json: return json_report(report);
        case Form::sarif: return sarif_report(report, options);
        case Form::junit: return junit_report(report);
        case Form::markdown: return markdown_report(report);
        case Form::cyclonedx: return cyclonedx_report(report);
        case Form::html: return html_report(report);
    }
    return {};
}

}  // namespace pratique::api
