#include "sandbox/loader/safetensors.h"

#include <array>
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

void describe(Load& load, const safetensors::Index& index) {
    Tree& tree = load.tree();
    DictBuilder metadata(tree);
    metadata.text("format", "safetensors-index");
    metadata.integer("shards", static_cast<std::int64_t>(index.shards.size()));
    metadata.integer("tensors", static_cast<std::int64_t>(index.tensors));
    if (!index.metadata.empty()) metadata.add("metadata", texts(tree, index.metadata));
    load.out().metadata = metadata.take();
}

}  // namespace

Status load_safetensors(Load& load, Bytes file) {
    load.out().format += "safetensors";
    safetensors::Header header = safetensors::read(file);
    if (header.error) return *header.error;
    load.out().tensors.reserve(header.tensors.size());
    for (safetensors::Tensor& entry : header.tensors) {
        const auto scalar = scalar_of_safetensors(safetensors::name(entry.dtype));
        if (!scalar) return Error{Errc::unknown_dtype, entry.offset};
        Tensor tensor;
        tensor.path.push_back({std::move(entry.name)});
        tensor.dtype = *scalar;
        tensor.shape = std::move(entry.shape);
        TRY(load.put(tensor,
                     slice(file, header.data_offset + entry.begin, TRY(tensor.logical_bytes()))));
        TRY(load.add(std::move(tensor)));
    }
    if (header.unknown_fields != 0) {
        load.warn(Errc::bad_header, header.unknown_offset,
                  "a tensor has a field that the format does not know; it was left out");
    }
    describe(load, header);
    return {};
}

Status load_safetensors_index(Load& load, Bytes file) {
    load.out().format += "safetensors-index";
    safetensors::Index index = safetensors::read_index(file);
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
