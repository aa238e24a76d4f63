#include "formats/tflite/model.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/checked.h"

namespace pratique::tflite {
namespace {

using flatbuffers::Table;
using flatbuffers::Vector;

/// Numbers in lists, of a whole model. A shared list can be read once per table that shares it.
constexpr std::uint64_t kMostNumbers = 16'000'000;

/// Builtin operators that run other subgraphs, and the fields of their options that say which.
struct Caller {
    std::int32_t builtin;
    std::uint32_t options;              // the field of Operator that holds them
    std::array<std::int8_t, 2> fields;  // -1: none
};
constexpr auto kCallers = std::to_array<Caller>({
    {31, 4, {0, -1}},    // CALL: subgraph
    {118, 4, {0, 1}},    // IF: then, else
    {119, 4, {0, 1}},    // WHILE: condition, body
    {129, 4, {0, -1}},   // CALL_ONCE: init
    {200, 12, {0, 1}},   // STABLEHLO_WHILE: condition, body
    {206, 12, {1, -1}},  // STABLEHLO_COMPOSITE: decomposition
});

class ModelReader {
public:
    explicit ModelReader(Bytes bytes) : bytes_(bytes) {}

    Result<Model> read() {
        const Table root = TRY(Table::root(bytes_));
        out_.version = TRY(root.number<std::uint32_t>(0));
        out_.description = TRY(root.text(3));
        TRY(each(root, 1, [&](const Table& table) { return read_code(table); }));
        TRY(each(root, 4, [&](const Table& table) { return read_buffer(table); }));
        TRY(each(root, 6, [&](const Table& table) { return read_metadata(table); }));
        TRY(each(root, 2, [&](const Table& table) { return read_subgraph(table); }));
        return std::move(out_);
    }

private:
    template <class Use>
    static Status each(const Table& table, std::uint32_t field, Use use) {
        const std::optional<Vector> vector = TRY(table.references(field));
        for (std::uint32_t i = 0; vector && i < vector->size(); ++i) {
            const Table element = TRY(vector->table(i));
            TRY(use(element));
        }
        return {};
    }

    Result<std::vector<std::int32_t>> numbers(const Table& table, std::uint32_t field) {
        std::vector<std::int32_t> out;
        const std::optional<Vector> vector = TRY(table.vector(field, 4));
        if (!vector) return out;
        numbers_ += vector->size();
        if (numbers_ > kMostNumbers) return Error{Errc::limit_nodes, vector->at()};
        out.reserve(vector->size());
        for (std::uint32_t i = 0; i < vector->size(); ++i) {
            out.push_back(vector->number<std::int32_t>(i));
        }
        return out;
    }

    static Result<Bytes> blob(const Table& table, std::uint32_t field) {
        const std::optional<Vector> vector = TRY(table.vector(field, 1));
        return vector ? vector->bytes() : Bytes{};
    }

    Status read_code(const Table& table) {
        OperatorCode out;
        const auto old = TRY(table.number<std::int8_t>(0));
        out.builtin = std::max<std::int32_t>(old, TRY(table.number<std::int32_t>(3)));
        out.custom = TRY(table.text(1));
        out.at = table.at();
        out_.codes.push_back(out);
        return {};
    }

    Status read_buffer(const Table& table) {
        Buffer out;
        out.data = TRY(blob(table, 0));
        out.offset = TRY(table.number<std::uint64_t>(1));
        out.size = TRY(table.number<std::uint64_t>(2));
        out.at = table.at();
        if (out.is_outside()) out.data = slice(bytes_, out.offset, out.size);
        out_.buffers.push_back(out);
        return {};
    }

    Status read_metadata(const Table& table) {
        Metadata out;
        out.name = TRY(table.text(0));
        out.buffer = TRY(table.number<std::uint32_t>(1));
        out.at = table.at();
        out_.metadata.push_back(out);
        return {};
    }

    Status read_subgraph(const Table& table) {
        Subgraph out;
        out.at = table.at();
        out.name = TRY(table.text(4));
        out.inputs = TRY(numbers(table, 1));
        out.outputs = TRY(numbers(table, 2));
        TRY(each(table, 0, [&](const Table& tensor) { return read_tensor(tensor, out); }));
        TRY(each(table, 3, [&](const Table& op) { return read_operator(op, out); }));
        out_.subgraphs.push_back(std::move(out));
        return {};
    }

    Status read_tensor(const Table& table, Subgraph& subgraph) {
        Tensor out;
        out.at = table.at();
        out.shape = TRY(numbers(table, 0));
        out.type = TRY(table.number<std::int8_t>(1));
        out.buffer = TRY(table.number<std::uint32_t>(2));
        out.name = TRY(table.text(3));
        out.variable = TRY(table.number<std::uint8_t>(5)) != 0;
        out.sparse = TRY(table.table(6)).has_value();
        subgraph.tensors.push_back(std::move(out));
        return {};
    }

    Status read_operator(const Table& table, Subgraph& subgraph) {
        Operator out;
        out.at = table.at();
        out.code = TRY(table.number<std::uint32_t>(0));
        out.inputs = TRY(numbers(table, 1));
        out.outputs = TRY(numbers(table, 2));
        out.custom_options = TRY(blob(table, 5));
        out.options_offset = TRY(table.number<std::uint64_t>(9));
        out.options_size = TRY(table.number<std::uint64_t>(10));
        if (out.options_offset > 1) {
            out.custom_options = slice(bytes_, out.options_offset, out.options_size);
        }
        if (out.code < out_.codes.size()) TRY(read_calls(table, out));
        subgraph.operators.push_back(std::move(out));
        return {};
    }

    Status read_calls(const Table& table, Operator& out) {
        const std::int32_t builtin = out_.codes[out.code].builtin;
        const auto* caller = std::ranges::find(kCallers, builtin, &Caller::builtin);
        if (caller == kCallers.end()) return {};
        const std::optional<Table> options = TRY(table.table(caller->options));
        if (!options) return {};
        for (const std::int8_t field : caller->fields) {
            if (field < 0) continue;
            out.calls.push_back(
                TRY(options->number<std::uint32_t>(static_cast<std::uint32_t>(field))));
        }
        return {};
    }

    Bytes bytes_;
    Model out_;
    std::uint64_t numbers_ = 0;
};

}  // namespace

std::uint32_t bits_of(std::int8_t type) {
    // float32, float16, int32, uint8, int64, string, bool, int16, complex64, int8, float64,
    // complex128, uint64, resource, variant, uint32, uint16, int4, bfloat16
    constexpr auto kBits = std::to_array<std::uint8_t>(
        {32, 16, 32, 8, 64, 0, 8, 16, 64, 8, 64, 128, 64, 0, 0, 32, 16, 4, 16});
    // A negative one becomes a number above 127, behind the table.
    const auto index = static_cast<std::uint8_t>(type);
    return index < kBits.size() ? kBits[index] : 0;
}

bool recognise(Bytes bytes) {
    return flatbuffers::has_identifier(bytes, "TFL3") || flatbuffers::has_identifier(bytes, "CIR0");
}

Result<Model> read(Bytes bytes) { return ModelReader(bytes).read(); }

}  // namespace pratique::tflite
