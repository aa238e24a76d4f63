#include "api/report/sarif_words.h"

namespace pratique::api {

using rules::Severity;
using scanner::GapReason;

std::string_view level(Severity severity) {
    switch (severity) {
        case Severity::critical:
        case Severity::high: return "error";
        case Severity::medium: return "warning";
        case Severity::low:
        case Severity::info: break;
    }
    return "note";
}

std::string_view security_severity(Severity severity) {
    switch (severity) {
        case Severity::critical: return "9.5";
        case Severity::high: return "8.0";
        case Severity::medium: return "5.0";
        case Severity::low: return "2.0";
        case Severity::info: break;
    }
    return "0.0";
}

std::string_view precision(Severity severity) {
    switch (severity) {
        case Severity::critical: return "very-high";
        case Severity::high: return "high";
        case Severity::medium: return "medium";
        case Severity::low:
        case Severity::info: break;
    }
    return "low";
}

bool is_failure(GapReason reason) {
    switch (reason) {
        case GapReason::crashed:
        case GapReason::timed_out:
        case GapReason::out_of_memory:
        case GapReason::denied_call:
        case GapReason::no_sandbox:
        case GapReason::unreadable: return true;
        case GapReason::unknown_format:
        case GapReason::not_inspected:
        case GapReason::malformed:
        case GapReason::encrypted:
        case GapReason::unsupported:
        case GapReason::limit:
        case GapReason::not_present:
        case GapReason::special_file:
        case GapReason::link_outside:
        case GapReason::changed:
        case GapReason::too_many: break;
    }
    return false;
}

std::string message_text(std::string_view text) {
    const bool links = text.find("](") != std::string_view::npos;
    std::string out;
    for (const char c : text) {
        if (c == '{' || c == '}') out += c;
        if (links && (c == '[' || c == ']')) out += '\\';
        out += c;
    }
    return out;
}

std::string markdown_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\`*_[]<").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

}  // namespace pratique::api
