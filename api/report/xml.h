// Text of a report inside XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace pratique::api {

/// `text` for an element or a quoted attribute: nothing in it opens, closes or refers to anything,
/// and every character is one that XML 1.0 allows. What is not printable is escaped first.
std::string xml(std::string_view text);
/// ` name="value"`, the value by xml().
std::string xml_attribute(std::string_view name, std::string_view value);

}  // namespace pratique::api
