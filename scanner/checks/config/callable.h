// What the Python names in a configuration lead to. Hydra, sentence-transformers, skops and many
// more import what a file names, and call it; the rules that know what a pickle's callable can do
// know it here as well.
#pragma once

#include <string>
#include <string_view>

#include "scanner/scan.h"

namespace pratique::scanner {

/// How a name is used: which effect it has, and where the document says so.
struct Use {
    rules::Effect effect = rules::Effect::call;
    std::string where;  // "$.model._target_", escaped
    std::uint64_t offset = 0;
    /// Fetched now, for what is loaded to call: as grave as the call.
    bool kept = false;
};

/// Reports what `dotted` does, unless it is known to build plain data or a part of a network. A
/// name counts as what it leads to: `logging.os.system` is `os.system`.
void judge_callable(Scan& scan, const Artifact& artifact, std::string_view dotted, const Use& use);

/// True if `dotted` begins with a module that leads to all others (os, subprocess, builtins, …) and
/// a rule knows that it does harm: enough to tell a callable from a file's name.
bool is_plainly_dangerous(std::string_view dotted);

/// Reports a text that is evaluated as a Python expression, or as one much like it.
void judge_expression(Scan& scan, const Artifact& artifact, std::string_view expression,
                      const Use& use);

}  // namespace pratique::scanner
