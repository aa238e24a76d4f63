#include "scanner/checks/text/text.h"

#include <algorithm>

#include "scanner/checks/document/python_json.h"
#include "scanner/checks/jinja/jinja.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/python/python.h"
#include "scanner/checks/script/script.h"
#include "scanner/checks/yaml/yaml.h"

namespace pratique::scanner {
namespace {

bool is_named_like_a_pickle(std::string_view name) {
    constexpr std::string_view kEndings[] = {".pkl", ".pickle", ".pt", ".pth", ".joblib", ".dill"};
    return std::any_of(std::begin(kEndings), std::end(kEndings),
                       [&](std::string_view ending) { return name.ends_with(ending); });
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
    if (artifact.name.ends_with(".pth") && check_path_file(scan, artifact)) {
        return search_hidden_pickles(scan, artifact);
    }
    if (is_broken_python(artifact)) return check_python(scan, artifact);
    if (is_script_name(artifact.name)) return check_script(scan, artifact);
    if (holds_commands(artifact.name)) return check_commands(scan, artifact);
    // What is named like a pickle will be loaded as one, and runs until it breaks. Members of
    // archives are not looked at: ".pt" is Portuguese as well.
    if (artifact.chain.empty() && is_named_like_a_pickle(artifact.name)) {
        return check_pickle(scan, artifact);
    }
    if (is_named_like_yaml(artifact.name)) return check_yaml(scan, artifact);
    search_hidden_pickles(scan, artifact);
    if (is_named_like_a_template(artifact.name)) check_template(scan, artifact);
}

}  // namespace pratique::scanner
