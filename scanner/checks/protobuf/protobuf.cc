#include "scanner/checks/protobuf/protobuf.h"

#include "formats/protobuf/nesting.h"
#include "rules/findings.h"
#include "scanner/identify.h"

namespace pratique::scanner {

void check_protobuf(Scan& scan, const Artifact& artifact) {
    if (const auto at = protobuf::find_deep_message(artifact.bytes)) {
        scan.find(RuleId::protobuf_nesting, artifact, *at,
                  "more than " + std::to_string(protobuf::kMostNesting));
    }
    check_not_inspected(scan, artifact);
}

}  // namespace pratique::scanner
