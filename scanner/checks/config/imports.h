// Keys by which libraries import a module, or make an object of a class, that a configuration names
// in their own manner. The keys themselves stand in keys.cc.
#pragma once

#include <string_view>

#include "scanner/checks/config/met.h"

namespace pratique::scanner {

/// PEFT: the module that takes the place of `megatron.core`.
void check_megatron(const Met& met);
/// sentence-transformers: the class of an activation, where it is more than a word.
void check_activation(const Met& met);
/// sentence-transformers' Router and Asym: {"query_0": "package.Class"} beside a `structure`.
void check_router_types(const Met& met);
/// MMEngine: {"imports": [module]} or one module.
void check_custom_imports(const Met& met);
/// MLflow: the module that unpickles a PyTorch model, or that loads one of Keras.
void check_serialiser(const Met& met);
/// AllenNLP and MMEngine: a registered name, or a class where it has a dot.
void check_type(const Met& met);
/// fairseq: a folder that is imported.
void check_user_folder(const Met& met);
/// transformers: a repository of kernels in place of a word.
void check_kernels(const Met& met);
/// dvc.yaml, MLproject, cog.yaml: what a shell is handed.
void check_command(const Met& met);

/// True for the files in which MLflow keeps the name of such a serialiser.
bool is_serialiser_note(std::string_view name);
void check_serialiser_note(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
