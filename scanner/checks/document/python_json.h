// JSON as Python's json module takes it, which is more than JSON: a loader that is written in
// Python accepts NaN, texts with a NUL or half a character in them, and UTF-16. Whoever reads less
// than that can be shown a configuration that the loader understands and the scanner does not.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/json.h"

namespace pratique::scanner {

/// Levels of nesting. Models inside models take some eight each; Python gives up near a thousand.
inline constexpr std::uint32_t kJsonDepth = 256;

/// A text in UTF-8, UTF-16 or UTF-32, with a mark or without, as json.detect_encoding() tells them
/// apart, in UTF-8 and without its mark; half a character is U+FFFD. At most 1.5 times the size.
std::string as_utf8(Bytes bytes);

/// The tree of a text that json.loads() takes. What a tree of ours cannot hold is replaced: NaN and
/// the infinities by null, a NUL or half a character by U+FFFD. Errors: those of json::parse().
Result<json::Value> read_json(Bytes bytes);

}  // namespace pratique::scanner
