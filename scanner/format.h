// A format as the scanner knows it: a name, how its bytes are recognised, and what is checked in
// them. The table of them all is formats.cc; a new format is a folder in checks/ and a row there.
#pragma once

#include <span>
#include <string_view>

#include "scanner/scan.h"

namespace pratique::scanner {

/// How sure a format is that some bytes are its own.
enum class Claim : std::uint8_t {
    no,
    /// By habit rather than by a magic number: such a claim makes no polyglot, a pickle's aside.
    weak,
    strong,
};

using Recognise = Claim (*)(Bytes bytes, const Limits& limits);
using Check = void (*)(Scan& scan, const Artifact& artifact);

struct Format {
    std::string_view name;  // the spelling in reports
    Recognise recognise;
    Check check;
};

/// Asked of all bytes, and each that claims them checks them; the more telling first.
std::span<const Format> formats();
/// Asked of text that none of the others claims.
std::span<const Format> text_formats();

/// A parser's own recogniser as a row of the table wants it.
template <bool (*recognise)(Bytes)>
Claim strongly(Bytes bytes, const Limits& /*limits*/) {
    return recognise(bytes) ? Claim::strong : Claim::no;
}
template <bool (*recognise)(Bytes)>
Claim weakly(Bytes bytes, const Limits& /*limits*/) {
    return recognise(bytes) ? Claim::weak : Claim::no;
}

}  // namespace pratique::scanner
