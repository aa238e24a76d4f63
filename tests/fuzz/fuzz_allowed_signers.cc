// Each line that is read speaks of somebody, of a key, and of a time that there is.
#include <cstdlib>

#include "base/bytes.h"
#include "signing/detached/allowed_signers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique::signing;
    const auto read = read_allowed_signers(pratique::text(std::as_bytes(std::span(data, size))));
    if (!read) return 0;
    for (const AllowedSigner& line : *read) {
        if (line.principals.empty() || line.public_key.size() < 5) std::abort();
        if (line.valid_before != 0 && line.valid_before <= line.valid_after) std::abort();
        const auto checked = check_allowed(*read, line.public_key, {"somebody@example.org"});
        if (!checked && checked.error().subject != "somebody@example.org") std::abort();
    }
    return 0;
}
