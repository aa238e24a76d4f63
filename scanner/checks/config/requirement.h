// What pip is told to install: requirements.txt, and the lists of it in conda.yaml,
// python_env.yaml and the like. MLflow and TorchServe install them before they load a model, and a
// package's setup.py runs when it is installed.
#pragma once

#include <string_view>

#include "scanner/checks/config/met.h"

namespace pratique::scanner {

/// `pip`, `dependencies`, `requirements`, `channels`: a list of requirements, or of addresses.
void check_requirements(const Met& met);

/// A text that is nothing but requirements and options of pip, with one that names a source.
Claim recognise_requirements(Bytes bytes, const Limits& limits);
/// True for names by which pip is handed a file, whatever is in it.
bool is_named_like_requirements(std::string_view name);
/// Judges each line. What is no line of pip's is said, too: pip may read it some other way.
void check_requirements_text(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
