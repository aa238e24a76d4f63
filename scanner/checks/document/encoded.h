// Pickles in base64 inside of documents: stable-baselines keeps cloudpickles so.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// Of either alphabet, up to the first character that is no digit, white space aside.
std::vector<std::byte> decode_base64(std::string_view s);

/// Texts that begin as an encoded pickle does are scanned as `base64#N`.
void check_encoded_pickles(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
