// Python's and Jinja's functions on known text and lists, by which templates put names together.
#pragma once

#include <span>

#include "formats/jinja/value.h"

namespace pratique::jinja {

/// The characters of UTF-8 text one by one; what is no UTF-8 is cut somewhere.
std::vector<std::string> characters(std::string_view text);
/// Characters or items; nothing of a number.
std::optional<std::uint64_t> length_of(const Value& value);
/// As an output prints it: texts and integers.
std::optional<std::string> as_text(const Value& value);

/// `format % arguments`.
std::optional<Value> percent_format(const Value& format, const Value& arguments);

struct Bounds {
    std::optional<std::int64_t> first;
    std::optional<std::int64_t> last;
    std::int64_t step = 1;
};
std::optional<Value> slice_of(const Value& value, Bounds bounds);

std::optional<Value> apply_filter(std::string_view name, const Value& operand,
                                  std::span<const Value> arguments);
std::optional<Value> apply_method(std::string_view name, const Value& operand,
                                  std::span<const Value> arguments);

}  // namespace pratique::jinja
