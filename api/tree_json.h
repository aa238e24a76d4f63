// The inert tree as JSON. Values of JSON's own kinds are themselves; every other is an object with
// one key that begins with "$": {"$tuple": […]}, {"$tensor": 3}, {"$global": "torch.nn.Linear"}.
#pragma once

#include <string>

#include "base/json.h"
#include "sandbox/loader/tree.h"

namespace pratique::api {

/// Writes the value `id`. What is shared is written once: {"$id": n, …} where it is met first, then
/// {"$ref": n}. Deeper than 200 levels, or more than `most` values: {"$left_out": true}.
void put_tree(json::Writer& out, const loader::Tree& tree, loader::TreeId id, std::size_t most);

/// One line for a value, escaped: text and numbers as they are, a few of them side by side, larger
/// containers by their size.
std::string short_form(const loader::Tree& tree, loader::TreeId id);

}  // namespace pratique::api
