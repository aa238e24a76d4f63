// Options of all that signs or checks signatures.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "api/trust_files.h"

namespace pratique::cli {

using api::read_authorities;
using api::read_chain;
using api::read_trust;
using api::relative_to_model;
using api::TrustFiles;

void add_trust(CLI::App& command, TrustFiles& files);

/// The options of all that signs: a private key, where its password comes from, its certificates.
void add_key_options(CLI::App& command, std::string& key, std::string& password,
                     std::vector<std::string>& chain);
/// That key. Refusals: those of read_secret_file() and read_private_key().
signing::Judged<signing::PrivateKey> read_key(const std::string& path, const std::string& password);

/// Says what is wrong, on standard error. Returns the exit code.
int complain(const signing::Refusal& refusal);

}  // namespace pratique::cli
