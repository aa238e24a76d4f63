#include "scanner/checks/onnx/tensors.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/checked.h"
#include "base/text.h"
#include "formats/onnx/tensor.h"
#include "rules/findings.h"
#include "scanner/checks/onnx/location.h"

namespace pratique::scanner {
namespace {

using protobuf::Field;
using protobuf::Message;

constexpr std::uint32_t kExternalData = 13;

/// The rule that an error of a tensor breaks; other errors are damage.
std::optional<RuleId> rule_of(Errc code) {
    if (code == Errc::size_mismatch || code == Errc::overflow) return RuleId::onnx_tensor_size;
    if (code == Errc::conflict || code == Errc::duplicate_key) return RuleId::onnx_said_twice;
    return std::nullopt;
}

bool is_known_key(std::string_view key) {
    constexpr auto kKeys =
        std::to_array<std::string_view>({"basepath", "checksum", "length", "location", "offset"});
    // ONNX Runtime notes under "prepacked_0" and so on where weights lie that it rearranged.
    return std::ranges::find(kKeys, key) != kKeys.end() || key.starts_with("prepacked_");
}

/// An offset or length that a file can have: decimal, and no larger than a signed 64-bit number.
bool is_possible(std::string_view digits) {
    constexpr std::string_view kLargest = "9223372036854775807";
    const bool decimal =
        !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return decimal && (digits.size() < kLargest.size() ||
                       (digits.size() == kLargest.size() && digits <= kLargest));
}

void check_entry(Scan& scan, const Artifact& artifact, std::string_view key, const Field& value) {
    const std::string_view content = text(value.content);
    if (key == "location" || key == "basepath") {
        if (key == "basepath" && content.empty()) return;
        if (place_of(content) != Place::inside) {
            check_location(scan, artifact, value.at, key, content, 0);
        }
    } else if (key == "offset" || key == "length") {
        if (is_possible(content)) return;
        scan.find(RuleId::onnx_external_range, artifact, value.at,
                  std::string(key) + " " + escape(content, 100));
    }
}

/// StringStringEntryProto {key 1, value 2}. One that says either twice is judged by all that it
/// says.
Status check_external_entry(Scan& scan, const Artifact& artifact, const Field& field) {
    constexpr std::size_t kMostParts = 8;
    std::vector<std::string_view> keys;
    std::vector<Field> values;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next_bytes())) {
        if (keys.size() + values.size() >= kMostParts) return Error{Errc::limit_members, field.at};
        if (part->number == 1) keys.push_back(text(TRY(part->bytes())));
        if (part->number != 2) continue;
        TRY(part->bytes());
        values.push_back(*part);
    }
    for (const std::string_view key : keys) {
        if (!is_known_key(key)) {
            scan.find(RuleId::onnx_external_key, artifact, field.at, escape(key, 200));
        }
        for (const Field& value : values) check_entry(scan, artifact, key, value);
    }
    return {};
}

Status check_external_entries(Scan& scan, const Artifact& artifact, const Field& tensor) {
    Message message = TRY(Message::in(tensor));
    while (const auto field = TRY(message.next_bytes())) {
        if (field->number != kExternalData) continue;
        TRY(check_external_entry(scan, artifact, *field));
    }
    return {};
}

void report(Scan& scan, const Artifact& artifact, const Error& error) {
    if (const auto rule = rule_of(error.code)) {
        scan.find(*rule, artifact, error.offset, std::string(meaning(error.code)));
    }
    scan.gap(error, artifact);
}

Status check_tensor(Scan& scan, const Artifact& artifact, const Field& field) {
    TRY(check_external_entries(scan, artifact, field));
    const onnx::Tensor tensor = TRY(onnx::read_tensor(field.content, field.content_at));
    if (tensor.storage != onnx::Storage::external) return {};
    const onnx::External& external = tensor.external;
    const auto end = checked_add(external.offset, tensor.size);
    if (!end) {
        scan.find(RuleId::onnx_external_range, artifact, external.at,
                  "offset " + std::to_string(external.offset));
    } else if (place_of(external.location) == Place::inside) {
        check_location(scan, artifact, external.at, "location", external.location, *end);
    }
    return {};
}

}  // namespace

void check_tensor_message(Scan& scan, const Artifact& artifact, const Field& field) {
    if (const auto status = check_tensor(scan, artifact, field); !status) {
        report(scan, artifact, status.error());
    }
}

void check_sparse_message(Scan& scan, const Artifact& artifact, const Field& field) {
    Message message(field.content, field.content_at);
    for (;;) {
        const auto part = message.next();
        if (!part) return scan.gap(part.error(), artifact);
        if (!*part) break;
        if ((*part)->wire != protobuf::Wire::bytes) continue;
        if ((*part)->number == 1 || (*part)->number == 2) {
            check_tensor_message(scan, artifact, **part);
        }
    }
    const auto sparse = onnx::read_sparse(field.content, field.content_at);
    if (!sparse) report(scan, artifact, sparse.error());
}

void check_location(Scan& scan, const Artifact& artifact, std::uint64_t at, std::string_view what,
                    std::string_view location, std::uint64_t bytes) {
    const Place place = place_of(location);
    if (place == Place::inside) return scan.refer(artifact, at, location, bytes);
    const RuleId rule =
        place == Place::outside ? RuleId::onnx_external_escapes : RuleId::onnx_external_name;
    scan.find(rule, artifact, at, std::string(what) + ": " + escape(location, 200));
}

}  // namespace pratique::scanner
