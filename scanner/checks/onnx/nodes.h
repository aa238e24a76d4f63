// Nodes of ONNX graphs: what they call, and what those get told that are not of the standard.
#pragma once

#include <map>

#include "formats/protobuf/wire.h"
#include "scanner/checks/onnx/calls.h"
#include "scanner/scan.h"

namespace pratique::scanner {

class Nodes {
public:
    Nodes(Scan& scan, const Artifact& artifact) : scan_(scan), artifact_(artifact) {}

    /// A NodeProto.
    Status check(const protobuf::Field& field);
    /// An operator that a node at offset `at` calls, and a text in an attribute of it: for models
    /// in another encoding than protobuf.
    void judge(const Operator& called, std::uint64_t at);
    void judge_text(const Operator& called, std::string_view text, std::uint64_t at);
    /// The functions that the nodes may call.
    Calls& calls() { return calls_; }
    /// When all is seen: domains that nobody knows, circles of functions, what they grow to.
    void finish();

private:
    Status check_attributes(const protobuf::Field& field, const Operator& called);
    Status check_context(const protobuf::Field& field);

    Scan& scan_;
    const Artifact& artifact_;
    Calls calls_;
    std::map<std::string_view, std::uint64_t> unknown_domains_;  // and where each is first named
};

}  // namespace pratique::scanner
