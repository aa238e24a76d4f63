// Files that a model names and that lie beside it: shards, external data. The worker that reads the
// model sees no other file; here it is looked whether they are what a loader may open.
#pragma once

#include "api/files.h"

namespace pratique::api {

/// Looks at each file that `report` refers to, and replaces the reference with what there is to
/// say: a gap if it is not there, a finding if it leads out of the folder, is a hard link or is too
/// short. Only names are followed; nothing is read.
void follow_references(const FoundFile& file, scanner::FileReport& report);

}  // namespace pratique::api
