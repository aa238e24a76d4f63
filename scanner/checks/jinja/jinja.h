// Templates of conversations are programs: whoever loads a tokenizer renders them, and many do so
// without Jinja's sandbox. What a template does is read off its effects (formats/jinja) and held
// against a list of what real templates do.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// Text that is a template from end to end, with a tag in it.
Claim recognise_jinja(Bytes bytes, const Limits& limits);
void check_jinja(Scan& scan, const Artifact& artifact);

/// Files that transformers, vLLM and llama.cpp render: `*.jinja` and its kin.
bool is_named_like_a_template(std::string_view name);

/// A template that a known program renders: all that is not vetted is reported, and what cannot
/// be read is a gap. `artifact` holds the template and nothing else.
void check_template(Scan& scan, const Artifact& artifact);

/// Text of which nobody knows whether anything renders it: only a way into the program that
/// would is reported.
void check_possible_template(Scan& scan, const Artifact& artifact);

/// `chat_template` in the configuration of tokenizers and processors: a text, or texts by name.
void check_chat_templates(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
