// What operators, filters and methods make of values that are known. What is not known here, or
// not the same for every template engine, is open.
#pragma once

#include <array>
#include <span>

#include "formats/jinja/value.h"

namespace pratique::jinja {

using Operands = std::span<const Known>;

/// `a ~ b ~ c`.
Known concatenated(Operands operands);
/// `a sign b` of arithmetic.
Known computed(std::string_view sign, const Known& a, const Known& b);
/// `base[key]`, or `base.key` with the key as a text. What is no item is open.
Known item(const Known& base, const Known& key);
/// First, last and step of a slice; one that is left out is none.
using SliceParts = std::array<std::optional<Known>, 3>;
/// `base[first:last:step]`.
Known sliced(const Known& base, const SliceParts& parts);
/// `operands[0]|name(operands[1], …)`.
Known filtered(std::string_view name, Operands operands);
/// `operands[0].name(operands[1], …)`.
Known called(std::string_view name, Operands operands);
/// What a loop over it goes through, all in one; nothing is known of how often.
Known any_item(const Known& iterable);
/// The items one by one, if they are known.
std::optional<std::vector<Value>> items_of(const Value& iterable);

}  // namespace pratique::jinja
