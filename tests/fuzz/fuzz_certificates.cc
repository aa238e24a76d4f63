// PEM that is read is certificates, and a chain is vouched for by what is in it: its last one.
#include <cstdlib>

#include "signing/certificates/chain.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto chain = signing::read_certificates(text(std::as_bytes(std::span(data, size))));
    if (!chain) return 0;
    signing::ChainOptions options{
        .anchors = {chain->back()}, .now = 1'800'000'000, .require_code_signing = false};
    const auto signer = signing::verify_chain(*chain, options);
    if (signer && (signer->not_before > options.now || signer->not_after < options.now)) {
        std::abort();
    }
    options.now = -options.now;
    if (signer && signing::verify_chain(*chain, options)) std::abort();
    return 0;
}
