// XML: OpenVINO's intermediate representation, PMML, and whatever else is written in it. What a
// document type can make a reader do is the same for all of them.
#pragma once

#include "scanner/format.h"

namespace pratique::scanner {

/// Text that declares itself, has a document type, or begins as a model's, whatever comments and
/// instructions stand in front.
Claim recognise_xml(Bytes bytes, const Limits& limits);
/// True for names that make a loader read text as XML, whatever it looks like.
bool is_named_like_xml(std::string_view name);
void check_xml(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
