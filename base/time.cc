#include "base/time.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace pratique {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::string_view kForm = "0000-00-00T00:00:00Z";

}  // namespace

std::string utc_text(std::int64_t seconds) {
    const sys_days day(std::chrono::floor<days>(std::chrono::seconds(seconds)));
    const year_month_day date(day);
    const auto rest = seconds - std::chrono::seconds(day.time_since_epoch()).count();
    std::array<char, 64> out{};
    const int size =
        std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02u:%02u:%02uZ",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<unsigned>(rest / 3600),
                      static_cast<unsigned>(rest / 60 % 60), static_cast<unsigned>(rest % 60));
    return {out.data(), static_cast<std::size_t>(size)};
}

std::optional<std::int64_t> utc_seconds(std::string_view text) {
    if (text.size() != kForm.size()) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t digits) {
        unsigned out = 0;
        for (const char c : text.substr(at, digits))
            out = out * 10 + static_cast<unsigned>(c - '0');
        return out;
    };
    const year_month_day date{std::chrono::year(static_cast<int>(number(0, 4))),
                              std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2))};
    const unsigned hour = number(11, 2);
    const unsigned minute = number(14, 2);
    const unsigned second = number(17, 2);
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const std::chrono::seconds day = sys_days(date).time_since_epoch();
    return day.count() + hour * 3600L + minute * 60L + second;
}

}  // namespace pratique
