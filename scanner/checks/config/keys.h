// Keys that make the loaders of hubs and frameworks import, call or open something, wherever in a
// document they stand.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// One row of kDocumentChecks: hands each key of the table in keys.cc to its check.
void check_config_keys(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
