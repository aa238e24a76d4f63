// A report that is read says the same when it is written and read again, and every form can be
// drawn from it.
#include <cstdlib>

#include "api/report/reader.h"
#include "api/report/report.h"
#include "base/bytes.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto read = api::read_report(text(std::as_bytes(std::span(data, size))));
    if (const auto* problem = std::get_if<std::string>(&read)) {
        return problem->empty() || !is_printable(*problem) ? std::abort(), 0 : 0;
    }
    const auto& report = std::get<api::ScanReport>(read);
    const std::string first = api::json_report(report);
    const auto again = api::read_report(first);
    const auto* same = std::get_if<api::ScanReport>(&again);
    if (same == nullptr || api::json_report(*same) != first) std::abort();
    for (const std::string& form : api::form_names()) {
        if (api::draw(*api::form_named(form), report, {}).empty()) std::abort();
    }
    return 0;
}
