#include "scanner/checks/safetensors/safetensors.h"

#include <optional>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "formats/safetensors/safetensors.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

/// What an error is to somebody who hides something; other errors are damage.
std::optional<RuleId> rule_of(Errc code) {
    if (code == Errc::duplicate_key) return RuleId::safetensors_duplicate_name;
    if (code == Errc::overlap) return RuleId::safetensors_overlap;
    if (code == Errc::bad_offset || code == Errc::trailing_bytes) {
        return RuleId::safetensors_hidden_bytes;
    }
    return std::nullopt;
}

void check_names(Scan& scan, const Artifact& artifact, const safetensors::Header& header) {
    for (const safetensors::Tensor& tensor : header.tensors) {
        if (is_printable(tensor.name)) continue;
        scan.find(RuleId::safetensors_name_characters, artifact, tensor.offset,
                  escape(tensor.name, 200));
    }
}

}  // namespace

void check_safetensors(Scan& scan, const Artifact& artifact) {
    const safetensors::Header header = safetensors::read(artifact.bytes);
    check_names(scan, artifact, header);
    if (header.unknown_fields > 0) {
        scan.find(RuleId::safetensors_unknown_field, artifact, header.unknown_offset,
                  std::to_string(header.unknown_fields) + " fields");
    }
    if (!header.error) return;
    // Strict JSON ends at a NUL; the format's own library gives the name.
    const auto nul = text(artifact.bytes).substr(0, header.data_offset).find("\\u0000");
    if (header.error->code == Errc::bad_json && nul != std::string_view::npos) {
        scan.find(RuleId::safetensors_name_characters, artifact, nul, "\\u0000");
    }
    if (const auto rule = rule_of(header.error->code)) {
        scan.find(*rule, artifact, header.error->offset, std::string(meaning(header.error->code)));
    }
    scan.gap(*header.error, artifact);
    search_hidden_pickles(scan, artifact);
}

void check_shard_index(Scan& scan, const Artifact& artifact, const Document& document) {
    const json::Value* map = document.root().find("weight_map");
    const auto* tensors = map == nullptr ? nullptr : map->as<json::Object>();
    if (tensors == nullptr) return;
    std::optional<std::string_view> last;
    for (const auto& [tensor, value] : *tensors) {
        const auto* shard = value.as<std::string>();
        if (shard == nullptr || *shard == last) continue;
        last = *shard;
        if (archive::is_plain_name(*shard)) {
            scan.refer(artifact, 0, *shard);
        } else {
            scan.find(RuleId::safetensors_index_escapes, artifact, 0,
                      escape(tensor, 100) + ": " + escape(*shard, 200));
        }
    }
}

}  // namespace pratique::scanner
