// A half-open run of bytes of an artifact: what a container's structure leaves unclaimed is handed
// on as ranges, so that the caller can look for what hides there.
#pragma once

#include <cstdint>

namespace pratique::archive {

/// Bytes [begin, end), counted from the start of the artifact.
struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    friend bool operator==(const Range&, const Range&) = default;
};

}  // namespace pratique::archive
