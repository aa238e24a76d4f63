// Texts that models carry for people and programs to read: what in them would run.
#pragma once

#include <string_view>

namespace pratique::scanner {

/// The piece that a browser would run, were the text shown in a page: "<script"; empty if none.
std::string_view find_markup(std::string_view text);
/// The piece that reaches for modules or for the interpreter, were the text evaluated as Python.
std::string_view find_python(std::string_view text);

}  // namespace pratique::scanner
