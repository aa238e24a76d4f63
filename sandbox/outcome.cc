#include "sandbox/outcome.h"

#include <array>
#include <cstring>

#include "base/text.h"

namespace pratique::sandbox {
namespace {

struct Row {
    std::string_view name;
    std::string_view meaning;
};

constexpr auto kFailures = std::to_array<Row>({
#define PRATIQUE_ROW(name, meaning) {#name, meaning},
    PRATIQUE_FAILURES(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

}  // namespace

std::string_view name(Failure failure) {
    return kFailures.at(static_cast<std::size_t>(failure)).name;
}

std::string_view meaning(Failure failure) {
    return kFailures.at(static_cast<std::size_t>(failure)).meaning;
}

std::string reason(const Missing& missing) {
    return escape(std::strerror(missing.error));  // NOLINT(concurrency-*)
}

}  // namespace pratique::sandbox
