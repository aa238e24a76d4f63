// The encodings that source hides text in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pratique::scanner {

/// What `function` ("base64.b64decode", "zlib.decompress", "codecs.decode" with an encoding) makes
/// of `text`; nothing where it would fail, or is not known.
std::optional<std::string> decode_by(std::string_view function, std::string_view text,
                                     const std::string* encoding);

/// Encodings of Python in which ASCII does not mean what it shows: a comment can be a statement.
bool turns_ascii(std::string_view encoding);
/// Encodings in which an ASCII character can be the second half of another.
bool swallows_ascii(std::string_view encoding);
/// The encoding that the first two lines of a source declare; empty without one.
std::string_view declared_encoding(std::string_view source);

}  // namespace pratique::scanner
