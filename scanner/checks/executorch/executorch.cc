#include "scanner/checks/executorch/executorch.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/text.h"
#include "formats/executorch/program.h"
#include "rules/findings.h"

namespace pratique::scanner {
namespace {

/// Backends to which a program is data for an interpreter or a compiler of their own, in order.
constexpr auto kKnownBackends = std::to_array<std::string_view>({
    "ArmBackend",
    "CoreMLBackend",
    "EthosUBackend",
    "MLXBackend",
    "MPSBackend",
    "NeuropilotBackend",
    "OpenvinoBackend",
    "QnnBackend",
    "TOSABackend",
    "VulkanBackend",
    "XnnpackBackend",
});
static_assert(std::ranges::is_sorted(kKnownBackends));

/// Programs for processors, which a backend can only mean to run.
bool is_executable(Bytes bytes) {
    constexpr auto kMagics = std::to_array<std::string_view>(
        {"\x7f"
         "ELF",
         "MZ", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe",
         "\xca\xfe\xba\xbe"});
    return std::ranges::any_of(kMagics,
                               [&](std::string_view magic) { return starts_with(bytes, magic); });
}

void check_blob(Scan& scan, const Artifact& artifact, std::string_view name, Bytes bytes) {
    if (is_executable(bytes)) scan.descend(artifact, name, bytes);
}

void check_segment(Scan& scan, const Artifact& artifact, const executorch::Segment& segment,
                   std::size_t number) {
    if (!fits(segment.offset, segment.size, artifact.bytes.size())) {
        scan.find(RuleId::executorch_outside, artifact, segment.at,
                  std::to_string(segment.size) + " bytes at " + std::to_string(segment.offset));
    }
    check_blob(scan, artifact, "segment#" + std::to_string(number),
               slice(artifact.bytes, segment.offset, segment.size));
}

void check_parts(Scan& scan, const Artifact& artifact, const Result<executorch::Program>& read) {
    if (!read) return scan.gap(read.error(), artifact);
    const executorch::Program& program = *read;
    if (program.end && *program.end > artifact.bytes.size()) {
        scan.find(RuleId::executorch_outside, artifact, 0, std::to_string(*program.end));
    }
    for (std::size_t i = 0; i < program.segments.size(); ++i) {
        check_segment(scan, artifact, program.segments[i], i);
    }
    for (const executorch::Reference& reference : program.astray) {
        scan.find(RuleId::executorch_index, artifact, reference.at,
                  std::string(reference.what) + " " + std::to_string(reference.index) + " of " +
                      std::to_string(reference.count));
    }
    for (const std::uint64_t at : program.bad_sizes) {
        scan.find(RuleId::executorch_tensor_size, artifact, at);
    }
    for (const executorch::Delegate& delegate : program.delegates) {
        const bool known = std::ranges::binary_search(kKnownBackends, delegate.id);
        const RuleId rule =
            known ? RuleId::executorch_delegate : RuleId::executorch_unknown_delegate;
        scan.find(rule, artifact, delegate.at, escape(delegate.id, 200));
        check_blob(scan, artifact, delegate.id, delegate.data);
    }
}

}  // namespace

void check_executorch(Scan& scan, const Artifact& artifact) {
    check_parts(scan, artifact, executorch::read_program(artifact.bytes));
}

void check_executorch_data(Scan& scan, const Artifact& artifact) {
    check_parts(scan, artifact, executorch::read_tensors(artifact.bytes));
}

}  // namespace pratique::scanner
