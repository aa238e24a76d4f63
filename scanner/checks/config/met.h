// A key of a configuration that some loader knows, where a check has met it.
#pragma once

#include "scanner/checks/config/callable.h"
#include "scanner/checks/document/document.h"

namespace pratique::scanner {

struct Met {
    Scan& scan;
    const Artifact& artifact;
    const Document& document;
    const Document::Node& node;

    const json::Value& value() const { return *node.value; }
    const std::string* text() const { return node.value->as<std::string>(); }
    const json::Value& holder() const { return *document.nodes()[node.parent].value; }
    /// Text that stands beside the key in the same object, or null.
    const std::string* beside(std::string_view key) const {
        const json::Value* found = holder().find(key);
        return found == nullptr ? nullptr : found->as<std::string>();
    }
    std::string where() const { return document.path(node); }

    void find(RuleId rule, const std::string& evidence) const {
        scan.find(rule, artifact, 0, where() + ": " + evidence);
    }
    void judge(std::string_view dotted, rules::Effect effect) const {
        judge_callable(scan, artifact, dotted, {effect, where()});
    }
    /// What is imported and becomes part of what is loaded, which may call it.
    void judge_kept(std::string_view dotted) const {
        judge_callable(scan, artifact, dotted,
                       {.effect = rules::Effect::import_, .where = where(), .kept = true});
    }
};

}  // namespace pratique::scanner
