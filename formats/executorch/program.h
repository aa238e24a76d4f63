// ExecuTorch: a program for phones, `.pte`, and tensors beside it, `.ptd`. A FlatBuffer, and behind
// it segments: weights, and what backends of accelerators made of parts of the program.
//
//   .pte  root offset u32 | "ET12" | perhaps "eh00", header bytes u32, program bytes u64,
//         base of the segments u64, their bytes u64 if the header has room
//   .ptd  root offset u32 | "FT01" | "FH01", header bytes u32, FlatBuffer's offset and bytes u64,
//         base of the segments u64, their bytes u64
//
//   Program        execution_plan 1 · constant_buffer 2 · backend_delegate_data 3 {data 0}
//                  segments 4 {offset 0, size 1} · constant_segment 5 {segment 0, offsets 1}
//                  mutable_data_segments 6 · named_data 7 {key 0, segment 1}
//   ExecutionPlan  name 0 · values 2 · inputs 3 · outputs 4 · chains 5 · operators 6 · delegates 7
//   EValue         type 0 · value 1      Tensor: sizes 2 · data_buffer_idx 5 · allocation 6
//   Chain          inputs 0 · outputs 1 · instructions 2
//   Instruction    type 0 · what 1: KernelCall, DelegateCall, MoveCall, JumpFalseCall, FreeCall
//   Delegate       id 0 · processed 1 {location 0, index 1} · compile_specs 2
//   FlatTensor     segments 1 · named_data 2
//
// Source: schema/program.fbs, schema/extended_header.h, extension/flat_tensor/serialize.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/flatbuffers/table.h"

namespace pratique::executorch {

/// Bytes behind the FlatBuffer, as an offset into the file; saturated where it does not fit.
struct Segment {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t at = 0;
};

struct Delegate {
    std::string_view id;
    Bytes data;  ///< inline; that of segments is in the segment
    std::uint64_t at = 0;
};

/// Something that refers to something else by number.
struct Reference {
    std::string_view what;  ///< "operator", "value", "segment", …
    std::int64_t index = 0;
    std::uint64_t count = 0;  ///< of those there are
    std::uint64_t at = 0;

    bool leads_to_nothing() const {
        return index < 0 || static_cast<std::uint64_t>(index) >= count;
    }
};

struct Program {
    std::vector<Segment> segments;
    std::vector<Delegate> delegates;
    std::vector<Reference> astray;  ///< references that lead to nothing, at most 1,000
    std::vector<std::uint64_t>
        bad_sizes;                     ///< where tensors lie whose sizes are negative or overflow
    std::optional<std::uint64_t> end;  ///< of all that the header speaks of
};

/// "ET12" or "FT01" at offset 4.
bool recognise_program(Bytes bytes);
bool recognise_tensors(Bytes bytes);

/// Reads a program. Errors: those of flatbuffers::Table, truncated and bad_header (the header
/// behind the identifier). Thread-safe.
Result<Program> read_program(Bytes bytes);
/// Reads the tensors beside one: segments and references only.
Result<Program> read_tensors(Bytes bytes);

}  // namespace pratique::executorch
