#include "scanner/checks/onnx/nodes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/onnx/location.h"
#include "scanner/checks/onnx/tensors.h"

namespace pratique::scanner {
namespace {

using protobuf::Field;
using protobuf::Message;

// The fields of NodeProto and AttributeProto.
constexpr std::uint32_t kOpType = 4;
constexpr std::uint32_t kAttribute = 5;
constexpr std::uint32_t kDomain = 7;
constexpr std::uint32_t kOverload = 8;
constexpr std::uint32_t kAttributeName = 1;
constexpr std::uint32_t kAttributeInt = 3;
constexpr std::uint32_t kAttributeString = 4;
constexpr std::uint32_t kAttributeStrings = 9;

/// The operator that holds a graph compiled for an accelerator.
constexpr std::string_view kContext = "EPContext";

/// A graph of so many nodes, and so many times what the file holds, is a bomb.
constexpr std::uint64_t kMostInlined = 10'000'000;
constexpr std::uint64_t kMostGrowth = 1'000;

constexpr auto kStandardDomains =
    std::to_array<std::string_view>({"", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview",
                                     "ai.onnx.preview.training", "ai.onnx.training"});

/// Domains of libraries that are well known, in order.
constexpr auto kKnownDomains = std::to_array<std::string_view>({
    "ai.onnx.contrib",
    "ai.onnxruntime._fusion",
    "com.microsoft",
    "com.microsoft.dml",
    "com.microsoft.experimental",
    "com.microsoft.extensions",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
    "mmcv",
    "mmdeploy",
    "onnx.brevitas",
    "org.openvinotoolkit",
    "org.pytorch.aten",
    "qonnx.custom_op.general",
    "trt.plugins",
});

bool is_standard(std::string_view domain) {
    return std::ranges::find(kStandardDomains, domain) != kStandardDomains.end();
}

bool is_known(std::string_view domain) {
    return is_standard(domain) || std::ranges::binary_search(kKnownDomains, domain);
}

/// "PyOp", "PythonOp", "PythonOpGrad", "PyCustomOp", "PyFunc"; the domains "pyop…", "….python".
bool names_python(std::string_view name) {
    std::string lower(name.substr(0, 200));
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower.find("python") != std::string::npos || lower.starts_with("pyop") ||
           lower.starts_with("pycustomop") || lower.starts_with("pyfunc");
}

/// "ai.onnx" and the empty domain are one.
std::string_view plain(std::string_view domain) { return domain == "ai.onnx" ? "" : domain; }

Status for_each_string(const Field& attribute, auto use) {
    Message message = TRY(Message::in(attribute));
    while (const auto part = TRY(message.next_bytes())) {
        if (part->number != kAttributeString && part->number != kAttributeStrings) continue;
        TRY(part->bytes());
        use(*part);
    }
    return {};
}

}  // namespace

namespace {

/// What a node calls. A node that says it twice is judged by each operator and domain in turn.
struct Called {
    std::vector<std::string_view> names;
    std::vector<std::string_view> domains;
    std::string_view overload;
};

Result<Called> read_called(const Field& field) {
    constexpr std::size_t kMostTold = 16;
    Called out;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next_bytes())) {
        if (out.names.size() + out.domains.size() > kMostTold) {
            return Error{Errc::limit_members, part->at};
        }
        if (part->number == kOpType) out.names.push_back(text(TRY(part->bytes())));
        if (part->number == kDomain) out.domains.push_back(plain(text(TRY(part->bytes()))));
        if (part->number == kOverload) out.overload = text(TRY(part->bytes()));
    }
    if (out.names.empty()) out.names.emplace_back();
    if (out.domains.empty()) out.domains.emplace_back();
    return out;
}

}  // namespace

Status Nodes::check(const Field& field) {
    const Called called = TRY(read_called(field));
    for (const std::string_view name : called.names) {
        for (const std::string_view domain : called.domains) {
            const Operator each{domain, name, called.overload};
            calls_.call(each);
            judge(each, field.at);
            if (name == kContext) {
                TRY(check_context(field));
            } else if (!is_standard(domain)) {
                TRY(check_attributes(field, each));
            }
        }
    }
    return {};
}

void Nodes::judge(const Operator& called, std::uint64_t at) {
    if (names_python(called.name) || names_python(called.domain)) {
        scan_.find(RuleId::onnx_python_operator, artifact_, at,
                   escape(called.domain, 100) + "::" + escape(called.name, 100));
    }
    if (called.name == kContext) scan_.find(RuleId::onnx_vendor_binary, artifact_, at);
    const bool is_new =
        !is_known(called.domain) && unknown_domains_.size() < scan_.limits().reported;
    if (is_new) unknown_domains_.emplace(called.domain, at);
}

void Nodes::judge_text(const Operator& called, std::string_view text, std::uint64_t at) {
    if (is_standard(called.domain) || !is_path_or_address(text)) return;
    scan_.find(RuleId::onnx_attribute_path, artifact_, at,
               escape(called.name, 100) + ": " + escape(text, 200));
}

Status Nodes::check_attributes(const Field& field, const Operator& called) {
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next_bytes())) {
        if (part->number != kAttribute) continue;
        TRY(for_each_string(
            *part, [&](const Field& value) { judge_text(called, text(value.content), value.at); }));
    }
    return {};
}

/// EPContext {embed_mode, ep_cache_context}: with embed_mode 0 the context is the name of a file,
/// else the binary itself.
Status Nodes::check_context(const Field& field) {
    bool embedded = true;
    std::vector<Field> contexts;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next_bytes())) {
        if (part->number != kAttribute) continue;
        std::string_view name;
        std::optional<Field> value;
        Message attribute = TRY(Message::in(*part));
        while (const auto piece = TRY(attribute.next())) {
            if (piece->number == kAttributeName) name = text(TRY(piece->bytes()));
            if (piece->number == kAttributeInt || piece->number == kAttributeString) value = *piece;
        }
        if (!value) continue;
        if (name == "embed_mode") embedded = embedded && value->value != 0;
        if (name == "ep_cache_context") contexts.push_back(*value);
    }
    for (const Field& context : contexts) {
        if (embedded) {
            scan_.descend(artifact_, "ep_cache_context", context.content);
        } else {
            check_location(scan_, artifact_, context.at, "ep_cache_context", text(context.content),
                           0);
        }
    }
    return {};
}

void Nodes::finish() {
    for (const auto& [domain, at] : unknown_domains_) {
        if (calls_.defines(domain)) continue;
        scan_.find(RuleId::onnx_unknown_domain, artifact_, at, escape(domain, 200));
    }
    if (calls_.overflowed()) scan_.gap({Errc::limit_members, 0}, artifact_);
    const Calls::Outcome outcome = calls_.resolve();
    if (outcome.cycle) {
        scan_.find(RuleId::onnx_function_cycle, artifact_, outcome.at, escape(outcome.name, 200));
    } else if (outcome.nodes > kMostInlined && outcome.nodes / kMostGrowth > calls_.nodes()) {
        scan_.find(RuleId::onnx_function_expansion, artifact_, 0,
                   std::to_string(calls_.nodes()) + " nodes become more than " +
                       std::to_string(kMostInlined));
    }
}

}  // namespace pratique::scanner
