// The walk over the items of a serialisation, one after the other, without recursion.
#pragma once

#include "formats/rds/rds.h"

namespace pratique::rds {

struct Preamble {
    bool workspace = false;
    Encoding encoding{};
    std::uint64_t size = 0;  // up to the version
};

/// Reads from the version on. Errors: as read().
Serialization walk(Bytes bytes, const Preamble& preamble);

}  // namespace pratique::rds
