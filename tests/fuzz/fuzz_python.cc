// Whatever the text is: the tree stays inside of it and in its own lists, parts stand before their
// wholes, and walking it as an import would comes to an end.
#include <cstdlib>

#include "formats/python/tree.h"
#include "scanner/checks/python/python.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    const python::Tree tree = python::parse(text(bytes));
    for (python::Index i = 0; i < tree.nodes.size(); ++i) {
        const python::Node& node = tree.nodes[i];
        if (node.begin > size || node.length > size - node.begin) std::abort();
        for (const python::Index part : tree.parts_of(node)) {
            if (part >= i) std::abort();
        }
    }
    for (const python::Statement& statement : tree.statements) {
        if (statement.end > tree.statements.size()) std::abort();
        for (const python::Index root : tree.roots_of(statement)) {
            if (root < statement.first_node || root >= statement.last_node) std::abort();
        }
    }
    const scanner::Subject subject{"model.py", {}};
    const Limits limits;
    scanner::Scan scan(subject, limits);
    scanner::check_source(scan, {"", bytes, 0, "model.py"}, scanner::When::imported);
    return 0;
}
