// A TensorFlow Lite model (LiteRT; Circle, which extends it, reads alike): a FlatBuffer of graphs
// whose parts refer to each other by number. All numbers are read, none is believed, and buffers
// are not looked into.
//
//   Model         version 0 · operator_codes 1 · subgraphs 2 · description 3 · buffers 4
//                 metadata 6 {name 0, buffer 1} · signature_defs 7
//   OperatorCode  deprecated_builtin_code i8 0 · custom_code 1 · version 2 · builtin_code i32 3
//   SubGraph      tensors 0 · inputs 1 · outputs 2 · operators 3 · name 4
//   Tensor        shape 0 · type i8 1 · buffer u32 2 · name 3 · is_variable 5 · sparsity 6
//   Operator      opcode_index u32 0 · inputs 1 · outputs 2 · options 3, 4 · custom_options 5
//                 large_custom_options offset u64 9, size u64 10 · options_2 11, 12
//   Buffer        data 0 · offset u64 1 · size u64 2: in the file, if larger than 1
//
// Source: tensorflow/lite/schema/schema.fbs (version 3c).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/flatbuffers/table.h"

namespace pratique::tflite {

inline constexpr std::int32_t kCustom = 32;
inline constexpr std::int32_t kSegmentSum = 125;

struct OperatorCode {
    std::int32_t builtin = 0;
    std::string_view custom;  ///< of kCustom
    std::uint64_t at = 0;
};

struct Tensor {
    std::string_view name;
    std::vector<std::int32_t> shape;
    std::int8_t type = 0;
    std::uint32_t buffer = 0;
    bool variable = false;
    bool sparse = false;
    std::uint64_t at = 0;
};

struct Operator {
    std::uint32_t code = 0;
    std::vector<std::int32_t> inputs;   ///< -1: left out
    std::vector<std::int32_t> outputs;  ///< the same
    std::vector<std::uint32_t> calls;   ///< subgraphs: branches, bodies, what is called
    Bytes custom_options;               ///< wherever they lie; empty if they lie nowhere
    std::uint64_t options_offset = 0;   ///< large ones: in the file
    std::uint64_t options_size = 0;
    std::uint64_t at = 0;
};

struct Subgraph {
    std::string_view name;
    std::vector<Tensor> tensors;
    std::vector<Operator> operators;
    std::vector<std::int32_t> inputs;
    std::vector<std::int32_t> outputs;
    std::uint64_t at = 0;
};

/// Bytes of tensors. `offset` and `size` are as the file has them.
struct Buffer {
    Bytes data;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t at = 0;

    bool is_outside() const { return offset > 1 || size > 1; }
    std::uint64_t bytes() const { return is_outside() ? size : data.size(); }
};

struct Metadata {
    std::string_view name;
    std::uint32_t buffer = 0;
    std::uint64_t at = 0;
};

struct Model {
    std::uint32_t version = 0;
    std::string_view description;
    std::vector<OperatorCode> codes;
    std::vector<Subgraph> subgraphs;
    std::vector<Buffer> buffers;
    std::vector<Metadata> metadata;
};

/// Bits of an element of this type; 0 of those that have no fixed size, or are not known.
std::uint32_t bits_of(std::int8_t type);

/// "TFL3" or "CIR0" at offset 4.
bool recognise(Bytes bytes);

/// Reads a model. Errors: those of flatbuffers::Table, limit_nodes (more numbers in shapes and in
/// lists of tensors than a file needs, which shared parts can make). Thread-safe.
Result<Model> read(Bytes bytes);

}  // namespace pratique::tflite
