#include "sandbox/loader/safetensors.h"

#include <charconv>
#include <utility>

#include "formats/safetensors/index.h"
#include "formats/safetensors/safetensors.h"

namespace pratique::loader {
namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;

TreeId texts(Tree& tree, const Texts& pairs) {
    DictBuilder dict(tree);
    for (const auto& [key, value] : pairs) dict.text(key, value);
    return dict.take();
}

void describe(Load& load, const safetensors::Header& header) {
    Tree& tree = load.tree();
    DictBuilder metadata(tree);
    metadata.text("format", "safetensors");
    metadata.integer("header_bytes",
                     static_cast<std::int64_t>(header.data_offset - sizeof(std::uint64_t)));
    // The writer's word for the framework that the tensors are from: "pt", "tf", "flax", "mlx".
    for (const auto& [key, value] : header.metadata) {
        if (key == "format") metadata.text("framework", value);
    }
    if (!header.metadata.empty()) metadata.add("metadata", texts(tree, header.metadata));
    load.out().metadata = metadata.take();
}

/// Whole numbers as such ("total_size"), all else as it is written.
TreeId notes(Tree& tree, const std::vector<safetensors::Note>& all) {
    DictBuilder dict(tree);
    for (const auto& [key, value, is_text] : all) {
        const std::string_view digits = value;
        std::int64_t number = 0;
        const auto parsed = std::from_chars(digits.begin(), digits.end(), number);
        const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == digits.end();
        if (is_whole && !is_text) {
            dict.integer(key, number);
        } else {
            dict.text(key, value);
        }
    }
    return dict.take();
}

void describe(Load& load, const safetensors::Index& index) {
    Tree& tree = load.tree();
    DictBuilder metadata(tree);
    metadata.text("format", "safetensors-index");
    metadata.integer("shards", static_cast<std::int64_t>(index.shards.size()));
    metadata.integer("tensors", static_cast<std::int64_t>(index.tensors));
    if (!index.metadata.empty()) metadata.add("metadata", notes(tree, index.metadata));
    load.out().metadata = metadata.take();
}

}  // namespace

Status load_safetensors(Load& load, Bytes bytes) {
    load.out().format += "safetensors";
    safetensors::Header header = safetensors::read(bytes);
    if (header.error) return *header.error;
    load.out().tensors.reserve(header.tensors.size());
    for (safetensors::Tensor& entry : header.tensors) {
        const auto scalar = scalar_of_safetensors(safetensors::name(entry.dtype));
        if (!scalar) return Error{Errc::unknown_dtype, entry.offset};
        Tensor tensor;
        tensor.path.push_back({std::move(entry.name)});
        tensor.dtype = *scalar;
        tensor.shape = std::move(entry.shape);
        const Bytes data = slice(bytes, header.data_offset + entry.begin, entry.end - entry.begin);
        if (!data.empty()) TRY(load.put(tensor, data));
        TRY(load.add(std::move(tensor)));
    }
    if (header.unknown_fields != 0) {
        load.warn(Errc::bad_header, header.unknown_offset,
                  "a tensor has a field that the format does not know; it was left out");
    }
    describe(load, header);
    return {};
}

Status load_safetensors_index(Load& load, Bytes bytes) {
    load.out().format += "safetensors-index";
    safetensors::Index index = safetensors::read_index(bytes);
    if (index.error) return *index.error;
    for (safetensors::Shard& shard : index.shards) {
        load.out().wanted.push_back(
            {.name = std::move(shard.name), .is_shard = true, .tensors = std::move(shard.tensors)});
    }
    if (index.unknown_fields != 0) {
        load.warn(Errc::bad_header, 0,
                  "the index has a field that the format does not know; it was left out");
    }
    describe(load, index);
    return {};
}

}  // namespace pratique::loader
