#include "scanner/checks/matlab/matlab.h"

#include "formats/matlab/matlab.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

void check_variable(Scan& scan, const Artifact& artifact, Bytes element, std::endian order) {
    const auto contents = matlab::look_into(element, order);
    if (!contents) return scan.gap(contents.error(), artifact);
    if (contents->function) scan.find(RuleId::matlab_function, artifact, *contents->function);
    if (contents->object) scan.find(RuleId::matlab_object, artifact, *contents->object);
}

}  // namespace

void check_matlab(Scan& scan, const Artifact& artifact) {
    const matlab::File file = matlab::read(artifact.bytes);
    for (const matlab::Variable& variable : file.variables) {
        const Artifact member{chained(artifact, "variable@" + std::to_string(variable.at)),
                              variable.content,
                              artifact.depth + 1,
                              {},
                              true};
        if (!variable.packed) {
            check_variable(scan, member, variable.content, file.order);
            continue;
        }
        const auto element = inflate_member(scan, member, archive::Codec::zlib, variable.content);
        check_variable(scan, member, element, file.order);
    }
    if (!file.error) return;
    scan.gap(*file.error, artifact);
    search_hidden_pickles(scan, artifact);
}

}  // namespace pratique::scanner
