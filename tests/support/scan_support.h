// A scan of bytes made in a test, and what it said as one short text.
#pragma once

#include <string>

#include "scanner/scan.h"

namespace pratique::test {

inline scanner::FileReport scan(const std::string& file, const Limits& limits = {},
                                const scanner::Subject& subject = {"model.bin", {}}) {
    return scanner::scan(as_bytes(file), subject, limits);
}

/// The ids of the findings, worst or not, in order, each once: "PRQ-PICKLE-001 PRQ-FILE-001".
inline std::string ids(const scanner::FileReport& report) {
    std::string out;
    for (const auto& finding : report.findings) {
        const std::string id(rules::info(finding.rule).id);
        if (out.find(id) == std::string::npos) out += (out.empty() ? "" : " ") + id;
    }
    return out;
}

inline std::string gaps(const scanner::FileReport& report) {
    std::string out;
    for (const auto& gap : report.gaps) {
        const std::string reason(name(gap.reason));
        if (out.find(reason) == std::string::npos) out += (out.empty() ? "" : " ") + reason;
    }
    return out;
}

inline std::string identities(const scanner::FileReport& report) {
    std::string out;
    for (const auto& identity : report.identities) out += (out.empty() ? "" : " ") + identity;
    return out;
}

inline std::string verdict_of(const scanner::FileReport& report) {
    return std::string(name(scanner::verdict(report)));
}

}  // namespace pratique::test
