// One object of a Keras configuration: {"module", "class_name", "config", "registered_name"}.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner::keras {

/// The text of a value; empty if there is none, or if it is no text.
std::string_view text_of(const json::Value* value);

/// What Keras would import, call or unmarshal for the object `node`, one with a class_name and
/// this config. Objects inside of it are looked at by themselves.
void check_object(Scan& scan, const Artifact& artifact, const Document& document,
                  const Document::Node& node, const json::Value& config);

}  // namespace pratique::scanner::keras
