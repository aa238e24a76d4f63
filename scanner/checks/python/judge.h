// How bad a call in Python source is: by what it does, by when it is made, and by where what it is
// given comes from.
#pragma once

#include "scanner/checks/python/acts.h"
#include "scanner/checks/python/value.h"
#include "scanner/scan.h"

namespace pratique::scanner {

enum class When : std::uint8_t {
    imported,  // by the import of the file
    loaded,    // by what a loader makes of its classes: `__init__`, `from_pretrained`, ...
    deferred,  // by functions that somebody else would have to call, or when run as a program
};

struct SourceCall {
    std::uint64_t at = 0;
    Value callee;
    Arguments given;
    When when = When::imported;
    /// The callable is handed to another one, which calls it.
    bool handed = false;
};

void judge_source_call(Scan& scan, const Artifact& artifact, const SourceCall& call);

/// `os.system("id")`, escaped.
std::string print_call(const SourceCall& call);

}  // namespace pratique::scanner
