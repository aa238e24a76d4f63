// What templates of conversations use. Everything that is not here is reported as not vetted, and
// what leads from a template into the program that renders it is reported for what it is.
#pragma once

#include <string_view>

namespace pratique::scanner::jinja {

/// Functions that templates are given, those of Jinja and those that transformers, vLLM and
/// llama.cpp add. All give plain data.
bool is_vetted_function(std::string_view name);
/// Methods of text, lists, dicts and loops that change nothing outside of the template.
bool is_vetted_method(std::string_view name);
/// All filters of Jinja but `attr`, and those that the same programs add.
bool is_vetted_filter(std::string_view name);
bool is_vetted_test(std::string_view name);

/// Objects of the engine or of a web framework: from each a few steps lead to everything that is
/// loaded. A template has no use for them as values.
bool is_environment_object(std::string_view name);

/// An attribute of Python's own machinery: `__class__`, `mro`, `gi_frame`, `func_globals`.
bool is_internal(std::string_view attribute);
/// Of the names above, those on the way from an object to code.
bool is_on_the_way_to_code(std::string_view name);

}  // namespace pratique::scanner::jinja
