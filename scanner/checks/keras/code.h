// Python code in a configuration: what a Lambda layer holds in place of a name, marshalled and in
// base64. It is decoded far enough to say what it reaches, and never run.
#pragma once

#include <string_view>

#include "scanner/scan.h"

namespace pratique::scanner::keras {

/// True if a text begins as base64 of a code object does.
bool looks_like_code(std::string_view encoded);

/// Reports the code that `encoded` is, at `path` of a document: that it is there, or that it
/// reaches out of arithmetic. False if it is none.
bool find_code(Scan& scan, const Artifact& artifact, std::string_view encoded,
               const std::string& path);

/// The same of a text that Keras takes for code: that it cannot be read is a finding too. Keras'
/// own decoder takes anything for base64, and what is none for the code itself; so does this.
void check_code(Scan& scan, const Artifact& artifact, std::string_view encoded,
                const std::string& path);

}  // namespace pratique::scanner::keras
