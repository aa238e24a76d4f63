#include "base/result.h"

#include <array>

namespace pratique {
namespace {

struct Row {
    std::string_view name;
    std::string_view meaning;
};

constexpr auto kErrors = std::to_array<Row>({
#define PRATIQUE_ROW(name, meaning) {#name, meaning},
    PRATIQUE_ERRORS(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

}  // namespace

std::string_view name(Errc code) { return kErrors.at(static_cast<std::size_t>(code)).name; }

std::string_view meaning(Errc code) { return kErrors.at(static_cast<std::size_t>(code)).meaning; }

std::optional<Errc> errc_from(std::uint8_t number) {
    if (number >= kErrors.size()) return std::nullopt;
    return static_cast<Errc>(number);
}

}  // namespace pratique
