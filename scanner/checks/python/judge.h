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
    enum class Way : std::uint8_t {
        called,
        handed,  // to another callable, which calls it
        kept,    // stored, returned or handed to what may call it
    };
    Way way = Way::called;
    Value self = {};  // the object of a method
};

void judge_source_call(Scan& scan, const Artifact& artifact, const SourceCall& call);

/// A variable of the environment that is set: some name code that every program loads.
void judge_variable(Scan& scan, const Artifact& artifact, std::uint64_t at, std::string_view name,
                    When when);

/// `os.system("id")`, escaped.
std::string print_call(const SourceCall& call);

}  // namespace pratique::scanner
