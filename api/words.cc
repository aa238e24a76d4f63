#include "api/words.h"

#include "sandbox/call_names.h"

namespace pratique::api {

std::string words(const sandbox::Outcome& outcome) {
    std::string out(meaning(outcome.failure));
    if (outcome.failure == sandbox::Failure::denied_syscall && outcome.syscall >= 0) {
        out += ": " + sandbox::call_name(static_cast<std::uint32_t>(outcome.syscall));
    }
    if (outcome.signal != 0) out += " (signal " + std::to_string(outcome.signal) + ")";
    if (!outcome.detail.empty()) out += ": " + outcome.detail;
    return out;
}

}  // namespace pratique::api
