#include "scanner/checks/onnx/nodes.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
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
    while (const auto part = TRY(message.next())) {
        if (part->number != kAttributeString && part->number != kAttributeStrings) continue;
        TRY(part->bytes());
        use(*part);
    }
    return {};
}

}  // namespace

/// What a node says of itself. Of two statements the last counts, as in protobuf, but python and
/// domains are looked for in each.
struct Nodes::Node {
    Operator calls;
    bool python = false;
    bool standard = true;
    bool context = false;  // EPContext
};

Result<Nodes::Node> Nodes::read(const Field& field) const {
    Node out;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next())) {
        if (part->number == kOpType) {
            out.calls.name = text(TRY(part->bytes()));
            out.python = out.python || names_python(out.calls.name);
            out.context = out.context || out.calls.name == "EPContext";
        } else if (part->number == kDomain) {
            out.calls.domain = text(TRY(part->bytes()));
            out.python = out.python || names_python(out.calls.domain);
            out.standard = out.standard && is_standard(out.calls.domain);
        } else if (part->number == kOverload) {
            out.calls.overload = text(TRY(part->bytes()));
        }
    }
    out.calls.domain = plain(out.calls.domain);
    return out;
}

Status Nodes::check(const Field& field) {
    const Node node = TRY(read(field));
    calls_.call(node.calls);
    if (node.python) {
        scan_.find(RuleId::onnx_python_operator, artifact_, field.at,
                   escape(node.calls.domain, 100) + "::" + escape(node.calls.name, 100));
    }
    if (!is_known(node.calls.domain)) note_domain(node.calls.domain, field.at);
    if (node.context) {
        scan_.find(RuleId::onnx_vendor_binary, artifact_, field.at);
        TRY(check_context(field));
    } else if (!node.standard) {
        TRY(check_attributes(field, node));
    }
    return {};
}

void Nodes::note_domain(std::string_view domain, std::uint64_t at) {
    if (unknown_domains_.size() < scan_.limits().reported) unknown_domains_.emplace(domain, at);
}

Status Nodes::check_attributes(const Field& field, const Node& node) {
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next())) {
        if (part->number != kAttribute) continue;
        TRY(for_each_string(*part, [&](const Field& value) {
            if (!is_path_or_address(text(value.content))) return;
            scan_.find(RuleId::onnx_attribute_path, artifact_, value.at,
                       escape(node.calls.name, 100) + ": " + escape(text(value.content), 200));
        }));
    }
    return {};
}

/// EPContext {embed_mode, ep_cache_context}: with embed_mode 0 the context is the name of a file,
/// else the binary itself.
Status Nodes::check_context(const Field& field) {
    bool embedded = true;
    std::vector<Field> contexts;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next())) {
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
