// What is read is within its bounds, and a policy that is not strict never came of nothing.
#include <cstdlib>

#include "api/gate/gate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto policy = api::read_policy(
        text(std::as_bytes(std::span(data, size))),
        [](const std::string& path) -> signing::Judged<std::string> { return path; });
    if (!policy) return policy.error().detail.empty() ? std::abort(), 0 : 0;
    const bool trusts = policy->signature_required || policy->attestation.instead_of_scan;
    if (trusts && !policy->trust) std::abort();
    if (policy->scan.fail_on == scanner::Verdict::clean) std::abort();
    if (policy->scan.min_tier == sandbox::Tier::none) std::abort();
    if (policy->attestation.instead_of_scan && policy->attestation.max_age <= 0) std::abort();
    const auto nothing = api::judge({}, policy->scan);
    if (nothing.empty() || nothing.front().answer < api::Answer::undecided) std::abort();
    return 0;
}
