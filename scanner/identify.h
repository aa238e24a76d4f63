// Which formats recognise some bytes. The extension is never asked, and the first match is not the
// last: bytes that two formats claim are read as both, since two loaders will.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"

namespace pratique::scanner {

/// What becomes of bytes with an identity.
enum class Treatment : std::uint8_t {
    pickle,
    zip,
    tar,
    codec,    // a stream compressed as a whole
    zfile,    // joblib's old compressed file
    foreign,  // 7z, rar, cpio, … through libarchive
    npy,
    json,
    text,   // harmless once it is known to be text
    media,  // images, sound, documents: harmless once searched
    executable,
    pointer,        // stands for a file that was not downloaded
    not_inspected,  // a model format whose inspection is not built yet
};

struct Identity {
    std::string_view name;  // the spelling in reports
    Treatment treatment{};
    /// Weak identities (a pickle without PROTO, text) yield to no other one and are no polyglot.
    bool weak = false;
};

/// All identities, the more telling first; empty for bytes that nothing recognises.
std::vector<Identity> identify(Bytes bytes, const Limits& limits);

}  // namespace pratique::scanner
