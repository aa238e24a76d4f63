// One part of the loader at work on bytes, with its output in memory.
#pragma once

#include <optional>
#include <string>

#include "loading.h"

namespace pratique::test {

/// Runs a part, and keeps everything that came of it.
struct PartLoading {
    PartLoading(Status (*part)(loader::Load&, Bytes), std::string bytes, loader::Options options = {},
            std::uint64_t most_output = kGiB)
        : file(std::move(bytes)), output(most_output) {
        const Limits limits;
        loader::Load load(as_bytes(file), {}, limits, options, output, loaded);
        if (const Status status = part(load, as_bytes(file)); !status) error = status.error().code;
    }

    /// The elements of a tensor as bytes, wherever they are.
    std::string data(std::size_t tensor) const {
        const loader::Tensor& t = loaded.tensors.at(tensor);
        const Bytes source = t.source == loader::kOutput ? output.bytes() : as_bytes(file);
        return std::string(text(slice(source, t.offset, *t.logical_bytes())));
    }
    /// The value of a text key of the metadata, by a chain of keys.
    std::optional<loader::TreeId> metadata(std::initializer_list<std::string_view> keys) const {
        std::optional<loader::TreeId> at = loaded.metadata;
        for (const auto key : keys) at = at ? loaded.tree.find(*at, key) : at;
        return at;
    }
    std::string text_of(std::initializer_list<std::string_view> keys) const {
        const auto at = metadata(keys);
        return at ? std::string(loaded.tree.characters(*at)) : "(none)";
    }

    std::string file;
    MemoryOutput output;
    loader::Loaded loaded;
    std::optional<Errc> error;
};

}  // namespace pratique::test
