// Names of files as URI references (RFC 3986). A report keeps names escaped, so that they can be
// printed; a URI names the very bytes, percent-encoded.
#pragma once

#include <string>
#include <string_view>

namespace pratique::api {

/// The bytes that escape() made `escaped` from, unless it cut them.
std::string unescape(std::string_view escaped);

struct Uri {
    std::string text;
    bool relative = false;  // to the root
};
/// Of a file by its escaped name. What lies below `root`, an absolute path, is relative to it;
/// what does not is file:///…. An empty root leaves names as they are.
Uri uri_of(std::string_view escaped, std::string_view root);

}  // namespace pratique::api
