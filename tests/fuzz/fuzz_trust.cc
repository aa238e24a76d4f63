// A trust store that is read has rules that can be met, by entries that are there, and believes no
// bundle out of its time.
#include <cstdlib>

#include "signing/trust/store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    using namespace pratique::signing;
    const auto store =
        read_trust_store(text(std::as_bytes(std::span(data, size))),
                         [](const std::string&) -> Judged<std::string> { return Refusal{}; });
    if (!store) return 0;
    for (const TrustRule& rule : store->rules) {
        if (rule.require.empty() || decide(rule, {})) std::abort();
        for (const Requirement& need : rule.require) {
            if (need.threshold == 0 || need.threshold > need.any_of.size()) std::abort();
        }
    }
    if (store->find_voucher({}, Role::sign, store->expires)) std::abort();
    if (store->find_voucher({}, Role::attest, store->expires + 1)) std::abort();
    return 0;
}
