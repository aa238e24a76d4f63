// Large models are cut into several files, and a JSON file beside them says which tensor is in
// which. The names in it are opened by whoever loads the model: they may only name files beside it.
//
//   { "metadata": { "total_size": 26966298624 },
//     "weight_map": { "model.embed_tokens.weight": "model-00001-of-00002.safetensors", … } }
//
// `model.safetensors.index.json`; the same for shards of pickles is `pytorch_model.bin.index.json`.
//
// Source: huggingface_hub/serialization/_base.py, transformers/modeling_utils.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::safetensors {

struct Shard {
    std::string name;  ///< a plain file name
    std::vector<std::string> tensors;
};

/// Something that the index says of the whole.
struct Note {
    std::string key;
    std::string value;     ///< a number or truth value as it is written
    bool is_text = false;  ///< else one of those
};

/// What was read before `error`, and the error.
struct Index {
    std::vector<Shard> shards;  ///< in the order of their first tensors
    std::uint64_t tensors = 0;
    std::vector<Note> metadata;  ///< what is neither list nor object in it
    std::uint64_t unknown_fields = 0;
    std::optional<Error> error;
};

inline constexpr std::size_t kMostShards = 10'000;
inline constexpr std::uint64_t kLongestIndex = 100'000'000;

/// A JSON object with a member "weight_map" that is an object.
bool recognise_index(Bytes bytes);

/// Errors: limit_bytes, bad_text, bad_json, duplicate_key, limit_depth, bad_header (a member of
/// another type, no weight_map), bad_name (anything but the plain name of a file), limit_members.
/// Thread-safe; memory in proportion to the text.
Index read_index(Bytes bytes);

}  // namespace pratique::safetensors
