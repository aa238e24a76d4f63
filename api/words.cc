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

static scanner::GapReason reason_of(const sandbox::Outcome& outcome) {
    using sandbox::Failure;
    using scanner::GapReason;
    switch (outcome.failure) {
        case Failure::helper_missing:
        case Failure::sandbox_unavailable:
        case Failure::setup_failed: return GapReason::no_sandbox;
        case Failure::denied_syscall: return GapReason::denied_call;
        case Failure::timeout: return GapReason::timed_out;
        case Failure::out_of_memory: return GapReason::out_of_memory;
        // Perhaps by the system that ran out of memory; only a control group could tell.
        case Failure::killed:
        case Failure::none:
        case Failure::cancelled:  // nobody reads that report
        case Failure::crashed:
        case Failure::output_cap:
        case Failure::protocol_violation:
        case Failure::closed_early: return GapReason::crashed;
    }
    return GapReason::crashed;
}

scanner::Gap gap_of(const sandbox::Outcome& outcome, const std::string& before) {
    return {reason_of(outcome), "", 0, before + words(outcome)};
}

scanner::Gap gave_up() { return gap_of({.failure = sandbox::Failure::cancelled}); }

}  // namespace pratique::api
