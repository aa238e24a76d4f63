// All members together stay within the limits, and the end within the bytes.
#include <cstdlib>

#include "formats/archive/libarchive.h"

using namespace pratique;

// libarchive asks for what a header says and copes with a refusal, which a sanitizer must allow.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options() {  // NOLINT
    return "allocator_may_return_null=1";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Limits limits;
    limits.inflated_bytes = kMiB;
    limits.members = 100;
    const auto foreign = archive::read_foreign(std::as_bytes(std::span(data, size)), limits);
    std::uint64_t total = 0;
    for (const auto& entry : foreign.entries) total += entry.bytes.size();
    if (total > limits.inflated_bytes || foreign.entries.size() > limits.members) std::abort();
    if (foreign.end.value_or(0) > size) std::abort();
    return 0;
}
