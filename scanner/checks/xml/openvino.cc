#include "scanner/checks/xml/openvino.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

std::optional<std::string_view> value_of(const xml::Event& element, std::string_view name) {
    const auto found = std::ranges::find(element.attributes, name, &xml::Attribute::name);
    if (found == element.attributes.end()) return std::nullopt;
    return found->value;
}

std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(out)
                                                                        : std::nullopt;
}

/// Sets of operators that come with OpenVINO.
bool is_own(std::string_view version) {
    constexpr auto kSets = std::to_array<std::string_view>(
        {"opset", "experimental", "ie_internal_opset", "type_relaxed_opset", "util"});
    return std::any_of(kSets.begin(), kSets.end(),
                       [&](std::string_view set) { return version.starts_with(set); });
}

bool names_library(std::string_view value) {
    constexpr auto kEndings = std::to_array<std::string_view>({".so", ".dll", ".dylib"});
    return std::any_of(kEndings.begin(), kEndings.end(),
                       [&](std::string_view ending) { return value.ends_with(ending); });
}

}  // namespace

void OpenVino::look(const xml::Event& element) {
    if (element.name == "layer") look_at_layer(element);
    look_at_range(element);
    for (const xml::Attribute& attribute : element.attributes) {
        const std::string value = xml::decode(attribute.value);
        if (!names_library(value)) continue;
        scan_.find(RuleId::xml_library, artifact_, element.offset,
                   escape(attribute.name, 100) + "=" + escape(value, 200));
    }
}

void OpenVino::look_at_layer(const xml::Event& element) {
    const auto version = value_of(element, "version");
    if (!version || is_own(*version)) return;
    scan_.find(
        RuleId::xml_extension_layer, artifact_, element.offset,
        escape(value_of(element, "type").value_or(""), 100) + " of " + escape(*version, 100));
}

void OpenVino::look_at_range(const xml::Event& element) {
    const auto offset = value_of(element, "offset");
    const auto size = value_of(element, "size");
    if (!offset || !size) return;
    const auto begin = number(*offset);
    const auto length = number(*size);
    if (begin && length && *length <= UINT64_MAX - *begin) {
        end_ = std::max(end_, *begin + *length);
    } else {
        scan_.find(RuleId::xml_weights_range, artifact_, element.offset,
                   escape(*offset, 100) + " + " + escape(*size, 100));
    }
}

void OpenVino::finish() {
    if (end_ == 0 || !artifact_.chain.empty() || !ends_as(artifact_.name, ".xml")) return;
    const std::string stem = artifact_.name.substr(0, artifact_.name.size() - 4);
    scan_.refer(artifact_, 0, stem + ".bin", end_);
}

}  // namespace pratique::scanner
