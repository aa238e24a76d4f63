#include "scanner/checks/keras/object.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "formats/protobuf/wire.h"
#include "rules/findings.h"
#include "scanner/checks/keras/code.h"
#include "scanner/checks/keras/names.h"
#include "scanner/checks/pickle/names.h"
#include "scanner/checks/tensorflow/operators.h"

namespace pratique::scanner::keras {
namespace {

/// Markers that Keras itself writes for values that are no objects of a class.
bool is_marker(std::string_view name) {
    constexpr std::string_view kMarkers[] = {"__keras_tensor__", "__tensor__",   "__numpy__",
                                             "__bytes__",        "__ellipsis__", "__slice__",
                                             "__tuple__",        "TensorShape",  "TypeSpec"};
    return std::ranges::find(kMarkers, name) != std::end(kMarkers);
}

/// "Custom>Layer" is a Layer that was registered in a package called Custom.
std::string_view without_package(std::string_view name) {
    const auto at = name.rfind('>');
    return at == std::string_view::npos ? name : name.substr(at + 1);
}

class ObjectCheck {
public:
    ObjectCheck(Scan& scan, const Artifact& artifact, const Document& document,
                const Document::Node& node, const json::Value& config)
        : scan_(scan),
          artifact_(artifact),
          document_(document),
          node_(node),
          module_(text_of(node.value->find("module"))),
          class_(text_of(node.value->find("class_name"))),
          config_(config) {}

    void run() {
        // Keras looks for the registered name first: either may be what is made.
        const std::string_view registered = text_of(node_.value->find("registered_name"));
        for (const std::string_view name : {without_package(class_), without_package(registered)}) {
            if (check_carrier(name)) return;
        }
        if (class_ == "function" || class_ == "builtin_function_or_method") {
            return check_function();
        }
        if (class_ == "__typespec__") return check_type();
        if (!is_marker(class_)) check_class(class_);
    }

private:
    struct Carrier {
        std::string_view name;
        void (ObjectCheck::*check)();
    };

    /// Objects that bring code, or load something else than what the configuration says.
    bool check_carrier(std::string_view name) {
        constexpr auto kCarriers = std::to_array<Carrier>({
            {"Lambda", &ObjectCheck::check_lambda},
            {"__lambda__", &ObjectCheck::check_marked_lambda},
            {"TFOpLambda", &ObjectCheck::check_tensorflow_symbol},
            {"TFClassMethodDispatcher", &ObjectCheck::check_tensorflow_symbol},
            {"ClassMethod", &ObjectCheck::check_tensorflow_symbol},
            {"TensorFlowOpLayer", &ObjectCheck::check_tensorflow_node},
            {"InstanceProperty", &ObjectCheck::check_attribute},
            {"InstanceMethod", &ObjectCheck::check_attribute},
            {"TorchModuleWrapper", &ObjectCheck::check_torch},
            {"TFSMLayer", &ObjectCheck::check_other_model},
            {"KerasLayer", &ObjectCheck::check_other_model},
            {"JaxLayer", &ObjectCheck::check_foreign},
            {"FlaxLayer", &ObjectCheck::check_foreign},
        });
        const auto* row = std::ranges::find(kCarriers, name, &Carrier::name);
        if (row == kCarriers.end()) return false;
        (this->*row->check)();
        // A class of this name in another module is another class.
        if (!module_.empty() && !is_own_module(module_) && module_ != "builtins") {
            check_class(class_);
        }
        return true;
    }

    // --- Code --------------------------------------------------------------------------------

    /// A function, an output shape or a mask: [code, defaults, closure], or the code alone.
    void check_lambda() {
        for (const std::string_view key : {"function", "output_shape", "mask"}) {
            const json::Value* value = config_.find(key);
            if (value == nullptr) continue;
            const std::string path = document_.path(node_) + ".config." + std::string(key);
            const std::string_view type = text_of(config_.find(std::string(key) + "_type"));
            const auto* parts = value->as<json::Array>();
            if (parts != nullptr && !parts->empty() && parts->front().as<std::string>()) {
                check_code(scan_, artifact_, *parts->front().as<std::string>(), path + "[0]");
            } else if (type == "lambda" && value->as<std::string>() != nullptr) {
                check_code(scan_, artifact_, *value->as<std::string>(), path);
            }
        }
    }

    /// {"code": …} in a Lambda of Keras 3, {"value": [code, …]} anywhere else.
    void check_marked_lambda() {
        std::string path = document_.path(node_) + ".config";
        for (const std::string_view key : {"code", "value"}) {
            const json::Value* value = config_.find(key);
            if (value == nullptr) continue;
            path += "." + std::string(key);
            if (const auto* parts = value->as<json::Array>(); parts != nullptr && !parts->empty()) {
                value = &parts->front();
                path += "[0]";
            }
            return check_code(scan_, artifact_, text_of(value), path);
        }
        check_code(scan_, artifact_, {}, path);
    }

    // --- TensorFlow --------------------------------------------------------------------------

    void check_tensorflow_symbol() {
        for (const std::string_view key : {"function", "cls_symbol", "method_name"}) {
            const std::string_view symbol = text_of(config_.find(key));
            if (is_effect_of_tensorflow(symbol)) find(RuleId::keras_tensorflow_symbol, symbol);
        }
    }

    /// A node of a graph: an object or JSON as text, which become a NodeDef, or one in bytes. What
    /// is neither cannot be judged.
    void check_tensorflow_node() {
        const json::Value* node = config_.find("node_def");
        if (node == nullptr) return;
        const std::string_view text = text_of(node);
        const auto parsed = json::parse(text);
        if (parsed) node = &*parsed;
        const std::vector<std::string> operators =
            node->as<std::string>() == nullptr ? std::vector{std::string(text_of(node->find("op")))}
                                               : operators_in(text);
        for (const std::string& name : operators) {
            if (find_operator(name) != nullptr || !is_tensorflow_operator(name)) {
                find(RuleId::keras_tensorflow_symbol, name);
            }
        }
    }

    /// Of a NodeDef in bytes; one without a name for what cannot be read.
    static std::vector<std::string> operators_in(std::string_view bytes) {
        constexpr std::uint32_t kOp = 2;
        std::vector<std::string> out;
        protobuf::Message message(as_bytes(bytes));
        for (;;) {
            const auto field = message.next_bytes();
            if (field && !*field) break;
            if (!field) return {""};
            if ((*field)->number == kOp) out.emplace_back(pratique::text((*field)->content));
        }
        if (out.empty()) out.emplace_back();
        return out;
    }

    void check_attribute() {
        for (const std::string_view key : {"attr_name", "method_name"}) {
            const std::string_view name = text_of(config_.find(key));
            if (!name.empty() && reaches_out(name)) find(RuleId::keras_tensorflow_symbol, name);
        }
    }

    // --- Other models ------------------------------------------------------------------------

    void check_torch() { find(RuleId::keras_torch_module, class_); }

    void check_other_model() {
        std::string_view file = text_of(config_.find("filepath"));
        if (file.empty()) file = text_of(config_.find("handle"));
        find(RuleId::keras_loads_model, std::string(class_) + ", " + std::string(file));
    }

    void check_foreign() { find(RuleId::keras_foreign_layer, class_); }

    // --- Names -------------------------------------------------------------------------------

    /// The config of a function is its name, or holds it.
    void check_function() {
        std::string_view name = text_of(&config_);
        std::string_view module = module_;
        if (name.empty()) {
            name = text_of(config_.find("name"));
            if (const json::Value* inner = config_.find("module")) module = text_of(inner);
        }
        name = without_package(name);
        if (is_own_module(module)) {
            if (is_gadget(name)) return find(RuleId::keras_gadget, name_of(module, name));
            if (is_function(module, name) || is_class(name)) return;
        }
        // A function of Keras' own is found by its name alone.
        if ((module.empty() || module == "builtins") && is_function(name)) return;
        judge_name(module, name);
    }

    /// A description of tensors, mostly of TensorFlow.
    void check_type() {
        const std::string_view name = text_of(node_.value->find("spec_name"));
        const bool is_spec = name.ends_with("Spec") && module_.starts_with("tensorflow.");
        if (!is_spec) check_class(name);
    }

    void check_class(std::string_view full) {
        const std::string_view name = without_package(full);
        if (is_gadget(name)) return find(RuleId::keras_gadget, name_of(module_, name));
        if (module_.empty() || is_own_module(module_)) {
            if (is_class(module_, name) || is_function(name)) return;
        }
        judge_name(module_, name);
    }

    static std::string name_of(std::string_view module, std::string_view name) {
        return module.empty() ? std::string(name) : std::string(module) + "." + std::string(name);
    }

    /// A name that is none of Keras' own. Without a module nothing is imported: the program that
    /// loads the model must have it, or Keras gives up.
    void judge_name(std::string_view module, std::string_view name) {
        if (module.empty()) return find(RuleId::keras_custom_name, name);
        const std::string top(module.substr(0, module.find('.')));
        if (scan_.subject().sidecars.contains(top)) {
            return find(RuleId::keras_imports_beside, name_of(module, name));
        }
        Symbol symbol;
        symbol.form = Symbol::Form::module;
        symbol.module = module;
        symbol = Names::attribute(std::move(symbol), name);
        const std::string dotted = symbol.is_known() ? symbol.dotted() : name_of(module, name);
        const rules::Rule* rule = rules::find(dotted);
        if (rule != nullptr && rules::vouches(*rule, dotted, rules::Effect::call)) return;
        if (rule == nullptr || rule->standing != rules::Standing::dangerous) {
            const bool is_absent = module == "builtins" || module == "__main__";
            const RuleId id = is_absent ? RuleId::keras_custom_name : RuleId::keras_unknown_name;
            return find(id, name_of(module, name));
        }
        Finding finding = finding_of(RuleId::keras_dangerous_name, artifact_.chain, 0,
                                     document_.path(node_) + ": " + escape(dotted, 200));
        finding.severity = rule->severity;
        finding.capabilities = rule->capabilities;
        finding.message = std::string(rule->title) + " (" + std::string(rule->id) + ")";
        scan_.find(std::move(finding));
    }

    void find(RuleId rule, std::string_view what) {
        scan_.find(rule, artifact_, 0, document_.path(node_) + ": " + escape(what, 200));
    }

    Scan& scan_;
    const Artifact& artifact_;
    const Document& document_;
    const Document::Node& node_;
    const std::string_view module_;
    const std::string_view class_;
    const json::Value& config_;
};

}  // namespace

std::string_view text_of(const json::Value* value) {
    const auto* text = value == nullptr ? nullptr : value->as<std::string>();
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

void check_object(Scan& scan, const Artifact& artifact, const Document& document,
                  const Document::Node& node, const json::Value& config) {
    ObjectCheck(scan, artifact, document, node, config).run();
}

}  // namespace pratique::scanner::keras
