// Which formats recognise some bytes. The extension is never asked, and the first match is not the
// last: bytes that two formats claim are read as both, since two loaders will.
#pragma once

#include <string_view>
#include <vector>

#include "scanner/format.h"

namespace pratique::scanner {

struct Identity {
    std::string_view name;  // the spelling in reports
    Check check;
    bool weak = false;
};

/// All identities, the more telling first; empty for bytes that nothing recognises.
std::vector<Identity> identify(Bytes bytes, const Limits& limits);

/// Printable UTF-8 (or UTF-16 with its mark) without control characters but white space.
bool is_text(Bytes bytes);

/// A known format that is not inspected: searched for pickles, and a gap.
void check_not_inspected(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
