// What a scan and a load must know alike of torch's own formats: the names of its storages and the
// number that the legacy stream begins with. Source: torch/__init__.py, torch/storage.py,
// torch/serialization.py of PyTorch 2.12 and their history.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/pickle/program.h"

namespace pratique::torch {

/// Elements of a storage: "Float" of FloatStorage and FloatTensor.
struct Elements {
    std::string_view prefix;
    std::string_view dtype;   ///< as torch spells it, "float32"; of an untyped storage uint8
    std::uint64_t bytes = 0;  ///< of one, as the number of elements in a file counts them
};

/// The elements that a name like "FloatStorage" says, `suffix` being "Storage" or "Tensor".
std::optional<Elements> elements_of(std::string_view name, std::string_view suffix);

/// True if the root of `program` is 0x1950a86a20f9469cfc6c, however it is spelt.
bool is_legacy_magic(const pickle::Program& program);

}  // namespace pratique::torch
