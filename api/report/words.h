// What several forms of a report say in the same words: which file is worse, what a file would do
// when it is loaded, and what to do about a gap. All views live as long as the report.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/scan.h"

namespace pratique::api {

/// How many files have each verdict, by its number.
using Counts = std::array<std::size_t, 4>;
Counts count_verdicts(const ScanReport& report);
std::size_t count_of(const Counts& counts, scanner::Verdict verdict);

/// The verdicts, the worst first.
inline constexpr std::array kWorstFirst = {scanner::Verdict::malicious,
                                           scanner::Verdict::suspicious,
                                           scanner::Verdict::incomplete, scanner::Verdict::clean};

/// What a verdict says of a file: "runs code or does harm when it is loaded".
std::string_view meaning(scanner::Verdict verdict);

/// Files of one verdict, those with the worst findings first, else in the order of the report.
std::vector<const ScannedFile*> files_of(const ScanReport& report, scanner::Verdict verdict);

/// The first of the worst findings, or null.
const scanner::Finding* worst(const scanner::FileReport& report);

/// Findings that differ only in place and evidence; the worst group first.
struct Group {
    std::vector<const scanner::Finding*> findings;  // at least one

    const scanner::Finding& first() const { return *findings.front(); }
};
std::vector<Group> grouped(const std::vector<scanner::Finding>& findings);

/// One thing that a file does, and what shows it.
struct Deed {
    std::string_view what;  // "run code or start programs"
    std::vector<std::string_view> evidence;
};
/// What critical and high findings give to the file; empty if there are none with a capability.
std::vector<Deed> deeds(const scanner::FileReport& report);
/// "Loading this file would", or "could" where nothing is critical.
std::string_view loading_it(const scanner::FileReport& report);

/// "archive/data.pkl at 63"; "at 63" for the file itself.
std::string place(std::string_view artifact, std::uint64_t offset);

/// "2 findings and 1 gap do not count: 3 known from the baseline, 0 ignored"; empty if nobody asked
/// for anything not to count.
std::string not_counted(const ScanReport& report);
/// "malicious with 1 finding and 0 gaps that do not count"; empty if all of the file counts.
std::string not_counted(const ScannedFile& file);
/// "known from the baseline", "ignored until 2027-01-31: looked at".
std::string words(const Suppression& why);

/// What whoever meets this gap can do.
std::string_view advice(scanner::GapReason reason);

/// "1,157 files", "1 file".
std::string count_text(std::size_t count, std::string_view noun);
std::string with_commas(std::uint64_t number);
/// "512 bytes", "1.4 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace pratique::api
