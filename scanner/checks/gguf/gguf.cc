#include "scanner/checks/gguf/gguf.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "formats/ggml/ggml.h"
#include "formats/gguf/gguf.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/jinja/jinja.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/inspect.h"

namespace pratique::scanner {
namespace {

/// What an error is to somebody who attacks a reader; other errors are damage.
std::optional<RuleId> rule_of(Errc code) {
    if (code == Errc::duplicate_key) return RuleId::gguf_duplicate_name;
    if (code == Errc::overlap) return RuleId::gguf_overlap;
    if (code == Errc::bad_offset) return RuleId::gguf_hole;
    if (code == Errc::overflow || code == Errc::negative_length) return RuleId::gguf_wrapping_size;
    return std::nullopt;
}

void report(Scan& scan, const Artifact& artifact, const Error& error) {
    if (const auto rule = rule_of(error.code)) {
        scan.find(*rule, artifact, error.offset, std::string(meaning(error.code)));
    }
    scan.gap(error, artifact);
    search_hidden_pickles(scan, artifact);
}

void check_name(Scan& scan, const Artifact& artifact, std::string_view name, std::uint64_t offset) {
    if (is_printable(name)) return;
    scan.find(RuleId::gguf_name_characters, artifact, offset, escape(name, 200));
}

bool is_address(std::string_view text) {
    constexpr std::string_view kSchemes[] = {"http://", "https://", "ftp://", "file:", "s3://",
                                             "gs://",   "hf://",    "smb://", "data:"};
    return std::any_of(std::begin(kSchemes), std::end(kSchemes),
                       [&](std::string_view scheme) { return text.starts_with(scheme); });
}

/// One line, with a separator or a home folder in front: a text that is a path.
bool is_path(std::string_view text) {
    const bool line = text.size() > 2 && text.size() < 1024 &&
                      text.find_first_of("\n\r\t<>|{}") == std::string_view::npos;
    return line && text.find_first_of("/\\") != std::string_view::npos &&
           (archive::escapes(text) || text.starts_with("~/"));
}

/// Where a model comes from is what these keys are for; quantize.* names the files of whoever
/// quantised it. No known program opens any of them.
bool tells_origin(std::string_view key) {
    return key.starts_with("general.") || key.starts_with("quantize.");
}

void check_text_value(Scan& scan, const Artifact& artifact, const gguf::Pair& pair,
                      std::string_view value) {
    const std::string key(pair.key);
    const Artifact part{.chain = chained(artifact, key),
                        .bytes = as_bytes(value),
                        .depth = artifact.depth + 1,
                        .name = key,
                        .unclaimed = false,
                        .format = artifact.format};
    if (key.find("chat_template") != std::string::npos) return check_template(scan, part);
    check_possible_template(scan, part);
    if (tells_origin(key) || !(is_address(value) || is_path(value))) return;
    scan.find(RuleId::gguf_place, artifact, pair.offset,
              escape(key, 100) + ": " + escape(value, 200));
}

void check_pairs(Scan& scan, const Artifact& artifact, const gguf::File& file) {
    for (const gguf::Pair& pair : file.pairs) {
        check_name(scan, artifact, pair.key, pair.offset);
        const gguf::Value& value = pair.value;
        if (value.kind == gguf::Kind::string) check_text_value(scan, artifact, pair, value.text);
        const bool texts = value.kind == gguf::Kind::array && value.item == gguf::Kind::string;
        if (!texts || pair.key.find("chat_template") == std::string_view::npos) continue;
        for (const gguf::Value& item : first_items(file, value, value.count)) {
            check_text_value(scan, artifact, pair, item.text);
        }
    }
}

/// Lists that a reader goes through side by side, by the length of the first.
void check_vocabulary(Scan& scan, const Artifact& artifact, const gguf::File& file) {
    struct Row {
        std::string_view key;
        gguf::Kind item;
    };
    constexpr auto kRows = std::to_array<Row>({
        {"tokenizer.ggml.tokens", gguf::Kind::string},
        {"tokenizer.ggml.scores", gguf::Kind::float32},
        {"tokenizer.ggml.token_type", gguf::Kind::int32},
    });
    std::optional<std::uint64_t> count;
    for (const gguf::Pair& pair : file.pairs) {
        const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                       [&](const Row& r) { return r.key == pair.key; });
        if (row == kRows.end()) continue;
        const gguf::Value& value = pair.value;
        const bool typed = value.kind == gguf::Kind::array && value.item == row->item;
        if (!count) count = value.count;
        if (typed && value.count == *count) continue;
        scan.find(RuleId::gguf_vocabulary, artifact, pair.offset,
                  std::string(pair.key) + ": " + std::to_string(value.count) + " of " +
                      std::string(name(value.kind == gguf::Kind::array ? value.item : value.kind)) +
                      " beside " + std::to_string(*count));
    }
}

void check_behind(Scan& scan, const Artifact& artifact, const gguf::File& file) {
    const std::uint64_t size = artifact.bytes.size();
    if (file.data_end >= size || is_blank(from(artifact.bytes, file.data_end))) return;
    scan.find(RuleId::gguf_trailing_bytes, artifact, file.data_end,
              std::to_string(size - file.data_end) + " bytes");
    inspect_unclaimed(scan, artifact, file.data_end, size);
}

}  // namespace

void check_gguf(Scan& scan, const Artifact& artifact) {
    const gguf::File file = gguf::read(artifact.bytes);
    check_pairs(scan, artifact, file);
    check_vocabulary(scan, artifact, file);
    for (const gguf::Tensor& tensor : file.tensors) {
        check_name(scan, artifact, tensor.name, tensor.offset);
    }
    if (file.error) return report(scan, artifact, *file.error);
    check_behind(scan, artifact, file);
}

void check_ggml(Scan& scan, const Artifact& artifact) {
    const ggml::File file = ggml::read(artifact.bytes);
    for (const ggml::Tensor& tensor : file.tensors) {
        check_name(scan, artifact, tensor.name, tensor.offset);
    }
    if (file.error) report(scan, artifact, *file.error);
}

}  // namespace pratique::scanner
