// An old report hides nothing but what it knows: whatever is taken out of a report is kept beside
// it, and nothing of bytes that have no digest is.
#include <cstdlib>

#include "api/report/reader.h"
#include "api/suppress/baseline.h"
#include "api/suppress/suppress.h"
#include "base/bytes.h"

namespace {

std::size_t said(const pratique::api::ScannedFile& file) {
    return file.report.findings.size() + file.report.gaps.size() + file.suppressed.findings.size() +
           file.suppressed.gaps.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const std::string_view text = pratique::text(std::as_bytes(std::span(data, size)));
    const auto baseline = api::Baseline::read(text);
    if (!baseline) return baseline.error().detail.empty() ? std::abort(), 0 : 0;
    auto read = api::read_report(text);
    auto* report = std::get_if<api::ScanReport>(&read);
    if (report == nullptr) return 0;
    for (api::ScannedFile& file : report->files) file.suppressed = {};
    const std::vector<api::ScannedFile> before = report->files;
    api::suppress(*report, nullptr, &*baseline, 0);
    for (std::size_t i = 0; i < before.size(); ++i) {
        const api::ScannedFile& file = report->files[i];
        if (said(file) != said(before[i])) std::abort();
        if (file.sha256.empty() && !file.suppressed.empty()) std::abort();
    }
    return 0;
}
