// A verdict that is read speaks of just the subjects, and says the same when it is written again.
#include <cstdlib>

#include "api/attest/attestation.h"
#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto statement = signing::read_statement(text(std::as_bytes(std::span(data, size))));
    if (!statement) return 0;
    const auto read = api::read_attestation(*statement);
    if (!read) return 0;
    if (read->files.size() != statement->subjects.size() || read->files.empty()) std::abort();
    const std::string first = api::write_attestation(*read, statement->predicate_type);
    const auto again = api::read_attestation(*signing::read_statement(first));
    if (!again || again->passed != read->passed || again->created != read->created) std::abort();
    if (api::write_attestation(*again, statement->predicate_type) != first) std::abort();
    return 0;
}
