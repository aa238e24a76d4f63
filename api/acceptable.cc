#include "api/acceptable.h"

namespace pratique::api {

bool is_about_bytes(scanner::GapReason reason) {
    using scanner::GapReason;
    switch (reason) {
        case GapReason::unknown_format:
        case GapReason::not_inspected:
        case GapReason::malformed:
        case GapReason::encrypted:
        case GapReason::unsupported:
        case GapReason::not_present: return true;
        case GapReason::limit:
        case GapReason::unreadable:
        case GapReason::special_file:
        case GapReason::link_outside:
        case GapReason::changed:
        case GapReason::crashed:
        case GapReason::timed_out:
        case GapReason::out_of_memory:
        case GapReason::denied_call:
        case GapReason::no_sandbox:
        case GapReason::too_many: break;
    }
    return false;
}

bool matches_everything(std::string_view pattern) {
    return pattern.find_first_not_of("*?./") == std::string_view::npos;
}

}  // namespace pratique::api
