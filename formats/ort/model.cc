#include "formats/ort/model.h"

#include <optional>

namespace pratique::ort {
namespace {

using flatbuffers::Table;
using flatbuffers::Vector;

constexpr std::uint32_t kMostDepth = 32;
constexpr std::uint32_t kMostDimensions = 64;

/// Calls `use` with each table in a field that is a vector of tables.
template <class Use>
Status each(const Table& table, std::uint32_t field, Use use) {
    const std::optional<Vector> vector = TRY(table.references(field));
    for (std::uint32_t i = 0; vector && i < vector->size(); ++i) {
        const Table element = TRY(vector->table(i));
        TRY(use(element));
    }
    return {};
}

class ModelReader {
public:
    Result<Model> read(Bytes bytes) {
        const Table root = TRY(Table::root(bytes));
        out_.version = TRY(root.text(0));
        const std::optional<Table> model = TRY(root.table(1));
        if (!model) return Error{Errc::missing_record, root.at()};
        out_.texts.push_back(TRY(model->text(6)));
        TRY(each(*model, 9, [&](const Table& entry) { return read_property(entry); }));
        const std::optional<Table> graph = TRY(model->table(7));
        if (!graph) return Error{Errc::missing_record, model->at()};
        waiting_.push_back({*graph, 1});
        while (!waiting_.empty()) {
            const Waiting next = waiting_.back();
            waiting_.pop_back();
            TRY(read_graph(next.graph, next.depth));
        }
        return std::move(out_);
    }

private:
    struct Waiting {
        Table graph;
        std::uint32_t depth;
    };

    Status read_property(const Table& entry) {
        out_.texts.push_back(TRY(entry.text(0)));
        out_.texts.push_back(TRY(entry.text(1)));
        return {};
    }

    Status read_graph(const Table& graph, std::uint32_t depth) {
        if (depth > kMostDepth) return Error{Errc::limit_depth, graph.at()};
        const auto tensor = [&](const Table& table) { return read_tensor(table); };
        TRY(each(graph, 0, tensor));
        TRY(each(graph, 7, [&](const Table& sparse) { return read_sparse(sparse); }));
        return each(graph, 2, [&](const Table& node) { return read_node(node, depth); });
    }

    Status read_sparse(const Table& sparse) {
        for (const std::uint32_t field : {0U, 1U}) {
            const std::optional<Table> tensor = TRY(sparse.table(field));
            if (tensor) TRY(read_tensor(*tensor));
        }
        return {};
    }

    Status read_tensor(const Table& table) {
        Tensor out;
        out.at = table.at();
        out.name = TRY(table.text(0));
        out.type = TRY(table.number<std::int32_t>(3));
        const std::optional<Vector> dims = TRY(table.vector(2, 8));
        if (dims && dims->size() > kMostDimensions) return Error{Errc::limit_rank, dims->at()};
        for (std::uint32_t i = 0; dims && i < dims->size(); ++i) {
            out.dims.push_back(dims->number<std::int64_t>(i));
        }
        const std::optional<Vector> raw = TRY(table.vector(4, 1));
        if (raw) out.bytes = raw->size();
        const std::optional<Vector> texts = TRY(table.references(5));
        if (texts) out.texts = texts->size();
        out.external = TRY(table.number<std::int64_t>(6, -1)) >= 0;
        out_.tensors.push_back(std::move(out));
        return {};
    }

    Status read_node(const Table& table, std::uint32_t depth) {
        Node out;
        out.at = table.at();
        out.domain = TRY(table.text(2));
        out.op_type = TRY(table.text(5));
        TRY(each(table, 10,
                 [&](const Table& attribute) { return read_attribute(attribute, depth, out); }));
        out_.nodes.push_back(std::move(out));
        return {};
    }

    Status read_attribute(const Table& table, std::uint32_t depth, Node& node) {
        node.texts.push_back(TRY(table.text(5)));
        const std::optional<Vector> texts = TRY(table.references(10));
        for (std::uint32_t i = 0; texts && i < texts->size(); ++i) {
            node.texts.push_back(TRY(texts->text(i)));
        }
        const std::optional<Table> tensor = TRY(table.table(6));
        if (tensor) TRY(read_tensor(*tensor));
        TRY(each(table, 11, [&](const Table& other) { return read_tensor(other); }));
        const auto enter = [&](const Table& graph) -> Status {
            waiting_.push_back({graph, depth + 1});
            return {};
        };
        const std::optional<Table> graph = TRY(table.table(7));
        if (graph) TRY(enter(*graph));
        return each(table, 12, enter);
    }

    Model out_;
    std::vector<Waiting> waiting_;
};

}  // namespace

bool recognise(Bytes bytes) { return flatbuffers::has_identifier(bytes, "ORTM"); }

Result<Model> read(Bytes bytes) { return ModelReader().read(bytes); }

}  // namespace pratique::ort
