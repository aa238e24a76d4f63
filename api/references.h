// Files that a model names and that lie beside it: shards, external data. The worker that reads the
// model sees no other file; here it is looked whether they are what a loader may open.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/files.h"
#include "api/scan.h"

namespace pratique::api {

/// Looks at each file that `report` refers to, and replaces the reference with what there is to
/// say: a gap if it is not there, a finding if it leads out of the folder, is a hard link or is too
/// short. Only names are followed; nothing is read. Returns the paths, without links, of those that
/// are there.
std::vector<std::string> follow_references(const FoundFile& file, scanner::FileReport& report);

/// What a file reads is a part of it: a finding for each of `paths` that the same scan calls
/// suspicious or malicious. `reports` are those of `files`.
void judge_what_is_read(std::span<const std::vector<std::string>> paths,
                        std::span<const FoundFile> files, std::span<ScannedFile> reports);

}  // namespace pratique::api
