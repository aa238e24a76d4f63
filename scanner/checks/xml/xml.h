// XML: OpenVINO's intermediate representation, PMML, and whatever else is written in it. What a
// document type can make a reader do is the same for all of them.
#pragma once

#include "scanner/format.h"

namespace pratique::scanner {

Claim recognise_xml(Bytes bytes, const Limits& limits);
void check_xml(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
