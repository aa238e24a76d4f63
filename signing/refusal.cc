#include "signing/refusal.h"

#include <array>

#include "base/text.h"

namespace pratique::signing {
namespace {

struct Row {
    std::string_view name;
    bool open;
    std::string_view meaning;
};

constexpr std::array kRows{
#define PRATIQUE_ROW(name, open, meaning) Row{#name, open, meaning},
    PRATIQUE_REFUSALS(PRATIQUE_ROW)
#undef PRATIQUE_ROW
};

const Row& row(Reason reason) { return kRows.at(static_cast<std::size_t>(reason)); }

}  // namespace

std::string_view name(Reason reason) { return row(reason).name; }
std::string_view meaning(Reason reason) { return row(reason).meaning; }
bool is_open(Reason reason) { return row(reason).open; }

Refusal not_json(Reason reason, const Error& error) {
    return {reason, "",
            std::string(meaning(error.code)) + " at byte " + std::to_string(error.offset)};
}

std::string describe(const Refusal& refusal) {
    std::string out;
    if (!refusal.subject.empty()) out = escape(refusal.subject) + ": ";
    out += meaning(refusal.reason);
    if (!refusal.detail.empty()) out += " (" + escape(refusal.detail) + ")";
    return out;
}

}  // namespace pratique::signing
