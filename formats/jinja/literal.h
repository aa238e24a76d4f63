// Text and numbers as Python writes them, which is how Jinja does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pratique::jinja {

struct Literal {
    std::string text;
    bool escaped = false;  // `text` is not the one that is written
    bool open = false;     // it holds an escape that is not resolved here
};

/// The text between two quotes: Python's unicode-escape over it. Thread-safe.
Literal unescape(std::string_view written);

struct Digits {
    std::size_t length = 0;
    std::int64_t value = 0;  // too large a one is INT64_MAX
    bool real = false;
};

/// The number that `text` begins with, which is a digit: 10, 1_000, 0x5f, 0o137, 0b1, 1.5, 2e9.
Digits read_digits(std::string_view text, bool may_be_real);

}  // namespace pratique::jinja
