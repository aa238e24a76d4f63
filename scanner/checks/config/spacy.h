// spaCy's config.cfg: sections as in an INI file, values as in JSON. A key that begins with @ asks
// a registry for a function by name, and calls it with the rest of its section:
//
//   [nlp]
//   pipeline = ["tok2vec","ner"]
//   before_creation = null
//   [components.ner.model]
//   @architectures = "spacy.TransitionBasedParser.v2"
//
// Facts: spacy.io/api/data-formats#config; confection's registry.
#pragma once

#include "scanner/format.h"

namespace pratique::scanner {

Claim recognise_spacy(Bytes bytes, const Limits& limits);
/// Names that neither spaCy nor thinc registers, and files outside of the folder.
void check_spacy(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
