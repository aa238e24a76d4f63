// Containers: what their structure says (findings) and what is inside (members, inspected one by
// one). The table of each format's anomalies and the rule that each one breaks lives here.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_zip(Scan& scan, const Artifact& artifact);
/// A zip that hangs on behind a file of another format, whose part it is not to look at the front.
void check_zip_behind(Scan& scan, const Artifact& artifact);
void check_tar(Scan& scan, const Artifact& artifact);
void check_codec(Scan& scan, const Artifact& artifact);
void check_zfile(Scan& scan, const Artifact& artifact);
void check_foreign(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
