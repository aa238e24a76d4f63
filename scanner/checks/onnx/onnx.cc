#include "scanner/checks/onnx/onnx.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/onnx/walk.h"
#include "formats/protobuf/nesting.h"
#include "rules/findings.h"
#include "scanner/checks/onnx/nodes.h"
#include "scanner/checks/onnx/tensors.h"
#include "scanner/checks/text/metadata.h"

namespace pratique::scanner {
namespace {

using onnx::Kind;
using onnx::Step;
using protobuf::Field;
using protobuf::Message;

/// The last text in the fields of this number, as protobuf takes it.
Result<std::string_view> last_text(const Field& outer, std::uint32_t number) {
    std::string_view out;
    Message message = TRY(Message::in(outer));
    while (const auto field = TRY(message.next_bytes())) {
        if (field->number == number) out = text(TRY(field->bytes()));
    }
    return out;
}

/// doc_string of the messages that have one.
bool is_doc(Kind message, std::uint32_t field) {
    struct Doc {
        Kind message;
        std::uint32_t field;
    };
    constexpr auto kDocs = std::to_array<Doc>({{Kind::model, 6},
                                               {Kind::graph, 10},
                                               {Kind::node, 6},
                                               {Kind::attribute, 13},
                                               {Kind::function, 8}});
    return std::ranges::any_of(
        kDocs, [&](const Doc& doc) { return doc.message == message && doc.field == field; });
}

/// The file as the content of a field, for checks that take one.
Field whole(const Artifact& artifact) {
    Field out;
    out.wire = protobuf::Wire::bytes;
    out.content = artifact.bytes;
    return out;
}

class OnnxCheck {
public:
    OnnxCheck(Scan& scan, const Artifact& artifact, Kind root)
        : scan_(scan), artifact_(artifact), root_(root), nodes_(scan, artifact) {}

    void run() {
        onnx::Walk walk(artifact_.bytes, root_);
        if (root_ == Kind::node) {
            note(nodes_.check(whole(artifact_)));
        }
        for (;;) {
            const auto step = walk.next();
            if (!step) {
                report(step.error());
                break;
            }
            if (!*step) break;
            note(visit(**step));
        }
        nodes_.finish();
    }

private:
    void report(const Error& error) {
        if (error.code == Errc::limit_depth) {
            scan_.find(RuleId::onnx_nesting, artifact_, error.offset,
                       "more than " + std::to_string(protobuf::kMostNesting));
        }
        scan_.gap(error, artifact_);
    }

    void note(const Status& status) {
        if (!status) scan_.gap(status.error(), artifact_);
    }

    Status visit(const Step& step) {
        if (step.what == Step::What::leave) {
            if (step.in == Kind::function) nodes_.calls().leave();
            return {};
        }
        const Field& field = step.field;
        if (step.again) {
            scan_.find(RuleId::onnx_said_twice, artifact_, field.at,
                       "field " + std::to_string(field.number));
        }
        if (step.holds == Kind::function) return enter_function(field);
        if (step.holds == Kind::node) return nodes_.check(field);
        if (step.holds == Kind::tensor) check_tensor_message(scan_, artifact_, field);
        if (step.holds == Kind::sparse) check_sparse_message(scan_, artifact_, field);
        if (step.holds == Kind::property) return check_property(field, step.in == Kind::model);
        if (is_doc(step.in, field.number)) check_markup(field);
        return {};
    }

    Status enter_function(const Field& field) {
        const std::string_view domain = TRY(last_text(field, 10));
        const std::string_view name = TRY(last_text(field, 1));
        const std::string_view overload = TRY(last_text(field, 13));
        const Operator function{domain == "ai.onnx" ? "" : domain, name, overload};
        if (!nodes_.calls().enter(function, field.at)) {
            scan_.find(RuleId::onnx_said_twice, artifact_, field.at,
                       "function " + escape(name, 200));
        }
        return {};
    }

    /// Key and value, each occurrence. Exporters note source lines at nodes and graphs; only what
    /// stands at the model is read back as values.
    Status check_property(const Field& field, bool of_model) {
        Message message = TRY(Message::in(field));
        while (const auto part = TRY(message.next_bytes())) {
            if (part->number != 1 && part->number != 2) continue;
            check_markup(*part);
            const auto found = find_python(text(part->content));
            if (!of_model || found.empty()) continue;
            scan_.find(RuleId::onnx_metadata_code, artifact_, part->at,
                       escape(text(part->content), 200));
        }
        return {};
    }

    void check_markup(const Field& field) {
        if (field.wire != protobuf::Wire::bytes) return;
        const auto found = find_markup(text(field.content));
        if (found.empty()) return;
        scan_.find(RuleId::onnx_metadata_markup, artifact_, field.at,
                   escape(text(field.content), 200));
    }

    Scan& scan_;
    const Artifact& artifact_;
    Kind root_;
    Nodes nodes_;
};

}  // namespace

void check_onnx(Scan& scan, const Artifact& artifact) {
    OnnxCheck(scan, artifact, Kind::model).run();
}

void check_onnx_node(Scan& scan, const Artifact& artifact) {
    OnnxCheck(scan, artifact, Kind::node).run();
}

void check_onnx_tensor(Scan& scan, const Artifact& artifact) {
    check_tensor_message(scan, artifact, whole(artifact));
}

void check_onnx_sequence(Scan& scan, const Artifact& artifact) {
    OnnxCheck(scan, artifact, Kind::container).run();
}

}  // namespace pratique::scanner
