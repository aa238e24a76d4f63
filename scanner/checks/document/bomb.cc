#include "scanner/checks/document/bomb.h"

#include <algorithm>
#include <utility>

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

/// Where the digits begin and end that stand at `at` or end there.
std::pair<std::size_t, std::size_t> digits_at(std::string_view json, std::uint64_t at) {
    constexpr std::string_view kDigits = "0123456789";
    const std::size_t here = std::min<std::uint64_t>(at, json.size());
    const auto before = json.substr(0, here).find_last_not_of(kDigits);
    return {before == std::string_view::npos ? 0 : before + 1,
            std::min(json.find_first_not_of(kDigits, here), json.size())};
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
    const auto [begin, end] = digits_at(json, error.offset);
    if (error.code != Errc::bad_json || end - begin < kLongNumber) return;
    scan.find(RuleId::config_long_number, artifact, begin, std::to_string(end - begin) + " digits");
}

}  // namespace pratique::scanner
