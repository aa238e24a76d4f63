#include "scanner/checks/text/text.h"

#include "scanner/checks/document/python_json.h"
#include "scanner/checks/jinja/jinja.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/python/python.h"
#include "scanner/checks/script/script.h"
#include "scanner/checks/yaml/yaml.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

/// What is named like a pickle will be loaded as one, and runs until it breaks. A ".pt" in an
/// archive may be Portuguese; what begins with an import is neither that nor a word list.
bool will_be_unpickled(const Scan& scan, const Artifact& artifact) {
    if (is_called_a_pickle(artifact.name)) return true;
    if (!may_be_called_a_pickle(artifact.name) || !artifact.chain.empty()) return false;
    return ends_as(artifact.name, ".pt") || imports_at_start(artifact.bytes, scan.limits());
}

bool is_utf16(Bytes bytes) {
    return starts_with(bytes, "\xff\xfe") || starts_with(bytes, "\xfe\xff");
}

}  // namespace

void check_text(Scan& scan, const Artifact& artifact) {
    // Readers that go by the mark see another text than the bytes are: that is looked at as it is.
    if (is_utf16(artifact.bytes)) {
        return scan.descend(artifact, artifact.name, as_bytes(as_utf8(artifact.bytes)));
    }
    if (ends_as(artifact.name, ".pth") && check_path_file(scan, artifact)) {
        return search_hidden_pickles(scan, artifact);
    }
    if (is_broken_python(artifact)) return check_python(scan, artifact);
    if (is_script_name(artifact.name)) return check_script(scan, artifact);
    if (holds_commands(artifact.name)) return check_commands(scan, artifact);
    if (will_be_unpickled(scan, artifact)) return check_pickle(scan, artifact);
    if (is_named_like_yaml(artifact.name)) return check_yaml(scan, artifact);
    search_hidden_pickles(scan, artifact);
    if (is_named_like_a_template(artifact.name)) check_template(scan, artifact);
}

}  // namespace pratique::scanner
