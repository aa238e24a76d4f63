// YAML as a tree of json::Value, so that what looks at JSON looks at it too. The text is read by
// libyaml, event by event; nothing of it is ever made an object, whatever its tags say.
//
//   %TAG !p! tag:yaml.org,2002:python/     directives, then documents
//   ---
//   a: &name !p!name:os.system x           key, anchor, tag, scalar
//   b: *name                               an alias: the value again
//   <<: *defaults                          a merge is a key like any other here
//   ...
//
// Tags, which say what a loader makes of a value, are kept beside the tree, resolved as
// directives and shorthands resolve them. Aliases are copied, within a budget: nine lists of nine
// aliases each, nine times over, are 400 MB ("billion laughs").
//
// Facts: YAML 1.1 (https://yaml.org/spec/1.1/), as libyaml 0.2.5 and PyYAML read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace pratique::yaml {

/// A tag that is written out, the standard ones of plain data aside.
struct Tag {
    std::string name;  // "tag:yaml.org,2002:python/name:os.system", "!new:torch.nn.Linear"
    std::string text;  // of the scalar that has it, if it is one
    std::uint64_t offset = 0;
};

struct Stream {
    /// One value for each document. Scalars without quotes are what YAML 1.1 says they are: null,
    /// booleans, decimal integers and floats; all other scalars are strings. A key that is no
    /// scalar is "".
    json::Array documents;
    std::vector<Tag> tags;
    /// Why the rest was not read: the last document holds what came before. With duplicate_key
    /// all was read, and both values are kept.
    std::optional<Error> error;
    /// What libyaml says of a text that is no YAML; empty otherwise.
    std::string problem;
};

/// Reads to the end or the first error: limit_depth below 64 levels, limit_nodes when aliases
/// stand for more than a million values, limit_bytes beyond kLongest, bad_text for what is no
/// YAML or no UTF-8. Needs memory in proportion to the text. Thread-safe.
inline constexpr std::size_t kLongest = 16 << 20;
Stream read(std::string_view text);

}  // namespace pratique::yaml
