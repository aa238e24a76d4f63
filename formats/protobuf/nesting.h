// How deep the messages of a file may lie in each other. Without its schema a message cannot be
// told from text or bytes, so this is a guess: whatever can be read as a message to its end is one.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace pratique::protobuf {

/// As many as libprotobuf reads.
inline constexpr std::size_t kMostNesting = 100;

/// The offset of a message that lies in more than kMostNesting others, if there is one. Gives up,
/// and finds nothing, after some millions of fields. Thread-safe.
std::optional<std::uint64_t> find_deep_message(Bytes bytes);

}  // namespace pratique::protobuf
