// One format's part of the loader at work on bytes: everything that came of it.
#pragma once

#include <optional>
#include <string>

#include "loading.h"

namespace pratique::test {

struct PartLoading {
    using Part = Status (*)(loader::Load&, Bytes);

    /// `content` is what the part reads; it lies in the file itself unless `unpacked` says that it
    /// was decompressed out of it.
    PartLoading(Part part, std::string content, loader::Options options = {}, bool unpacked = false,
                std::uint64_t most_output = kGiB)
        : file(std::move(content)), output(most_output) {
        const Limits limits;
        const std::string outer = "compressed";
        loader::Load load(as_bytes(unpacked ? outer : file), {}, limits, options, output, loaded);
        if (const Status status = part(load, as_bytes(file)); !status) error = status.error().code;
    }

    /// The elements of a tensor as bytes, wherever they are.
    std::string data(std::size_t tensor) const {
        const loader::Tensor& t = loaded.tensors.at(tensor);
        const Bytes source = t.source == loader::kOutput ? output.bytes() : as_bytes(file);
        return std::string(text(slice(source, t.offset, *t.logical_bytes())));
    }
    /// The value at the end of a chain of keys in the metadata.
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
