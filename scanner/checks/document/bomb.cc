#include "scanner/checks/document/bomb.h"

#include <algorithm>

#include "rules/findings.h"

namespace pratique::scanner {
namespace {

/// Python's limit of recursion: its own reader gives up there. Real documents have some twenty.
constexpr std::uint64_t kDeep = 1000;
/// Python needs time that grows with the square of the digits: here, a quarter of a second.
constexpr std::size_t kLongNumber = 100'000;

/// The deepest nesting of brackets outside of strings.
std::uint64_t depth_of(std::string_view json) {
    std::uint64_t depth = 0;
    std::uint64_t deepest = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (quoted) {
            if (c == '\\') ++i;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            deepest = std::max(deepest, ++depth);
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return deepest;
}

/// Digits that end before `end`.
std::size_t digits_before(std::string_view json, std::uint64_t end) {
    const std::string_view front = json.substr(0, std::min<std::size_t>(end, json.size()));
    const auto last = front.find_last_not_of("0123456789");
    return front.size() - (last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

void report_json_bomb(Scan& scan, const Artifact& artifact, const Error& error) {
    const std::string_view json = text(artifact.bytes);
    if (error.code == Errc::limit_depth) {
        const std::uint64_t depth = depth_of(json);
        if (depth < kDeep) return;
        return scan.find(RuleId::config_nesting, artifact, error.offset,
                         std::to_string(depth) + " levels");
    }
    const std::size_t digits = digits_before(json, error.offset);
    if (error.code != Errc::bad_json || digits < kLongNumber) return;
    scan.find(RuleId::config_long_number, artifact, error.offset - digits,
              std::to_string(digits) + " digits");
}

}  // namespace pratique::scanner
