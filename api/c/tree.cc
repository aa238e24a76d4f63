// The inert values of a model as three flat arrays.
#include "api/c/model.h"

namespace pratique::c {
namespace {

bool has_characters(loader::TreeKind kind) {
    using loader::TreeKind;
    return kind == TreeKind::big_integer || kind == TreeKind::text || kind == TreeKind::bytes ||
           kind == TreeKind::global || kind == TreeKind::opaque;
}

void make_tree(const pratique_model& model) {
    const loader::Tree& tree = model.model.state().loaded.content().tree;
    model.nodes.reserve(tree.size());
    for (loader::TreeId id = 0; id < tree.size(); ++id) {
        const loader::Tree::Node& from = tree[id];
        pratique_node node{};
        node.kind = static_cast<std::uint32_t>(from.kind);
        node.number = from.number;
        if (has_characters(from.kind)) {
            const std::string_view characters = tree.characters(id);
            node.first = model.tree_texts.size();
            node.count = static_cast<std::uint32_t>(characters.size());
            model.tree_texts.append(characters);
        } else {
            const auto children = tree.children(id);
            node.first = model.children.size();
            node.count = static_cast<std::uint32_t>(children.size());
            model.children.insert(model.children.end(), children.begin(), children.end());
        }
        model.nodes.push_back(node);
    }
}

std::int64_t number(const std::optional<loader::TreeId>& id) {
    return id ? static_cast<std::int64_t>(*id) : -1;
}

}  // namespace
}  // namespace pratique::c

int pratique_model_tree(const pratique_model* model, pratique_tree* tree, pratique_error** error) {
    return pratique::c::guard(error, [&] {
        pratique::c::must(model != nullptr && tree != nullptr, "no model, or nowhere to put it");
        std::call_once(model->tree_made, [&] { pratique::c::make_tree(*model); });
        const auto& content = model->model.state().loaded.content();
        pratique_tree out{};
        out.nodes = model->nodes.data();
        out.node_count = model->nodes.size();
        out.children = model->children.data();
        out.child_count = model->children.size();
        out.texts = pratique::c::text(model->tree_texts);
        out.metadata = pratique::c::number(content.metadata);
        out.structure = pratique::c::number(content.structure);
        out.node_size = sizeof(pratique_node);
        pratique::c::give(out, tree);
    });
}
