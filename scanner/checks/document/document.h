// Configuration that stands beside models and in them: JSON, whatever it is for. A file is parsed
// once, and each check looks at the tree for what its loader would make of it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "scanner/format.h"

namespace pratique::scanner {

Claim recognise_json(Bytes bytes, const Limits& limits);

/// JSON that names no code is data.
void check_json(Scan& scan, const Artifact& artifact);

/// A tree, flat: every value with the way to it, parents before their children.
class Document {
public:
    struct Node {
        const json::Value* value;
        std::uint32_t parent;    // index into nodes(); the root is its own
        std::uint32_t position;  // among the parent's items or members
    };

    /// `root` must outlive this.
    explicit Document(const json::Value& root);

    const json::Value& root() const { return *nodes_.front().value; }
    std::span<const Node> nodes() const { return nodes_; }
    /// The key by which an object holds the value; empty for items of lists and the root.
    std::string_view key(const Node& node) const;
    /// `$.layers[2].class_name`, escaped.
    std::string path(const Node& node) const;

private:
    std::vector<Node> nodes_;
};

/// One look at a document: a row of the table in document.cc.
using DocumentCheck = void (*)(Scan& scan, const Artifact& artifact, const Document& document);

/// Runs every check of documents over a tree, of whatever text it was made.
void check_document(Scan& scan, const Artifact& artifact, const json::Value& root);

}  // namespace pratique::scanner
