// PaddlePaddle's programs: `__model__`, `model.pdmodel`. Blocks of operators by name, with texts
// among their attributes; the weights lie in another file.
//
// clang-format off
//   ProgramDesc   1 block, repeated | 3, 5 versions of operators | 4 version {1 number}
//   BlockDesc     1 index | 2 parent | 3 variable, repeated | 4 operator, repeated | 5 forward
//   OpDesc        1 input | 2 output | 3 type | 4 attribute, repeated | 5 is target
//   Attr          1 name | 2 type | 5 text | 8 text, repeated | others are numbers and blocks
// clang-format on
//
// Source: PaddlePaddle/Paddle, paddle/fluid/framework/framework.proto (2.6).
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::paddle {

/// Texts are views of the file, and any bytes.
struct Operator {
    std::string_view type;
    std::vector<std::pair<std::string_view, std::string_view>> texts;  ///< {attribute, text}
    std::uint64_t at = 0;
};

struct Program {
    std::vector<Operator> operators;  ///< of all blocks
    std::optional<Error> error;       ///< where reading ended; what was read before is kept
    /// The first field of the program, a block or an operator that none has. A message that holds
    /// one may be meant for another reader.
    std::optional<std::uint64_t> unknown;
};

/// A block with its two numbers, and an operator that has a type in it.
bool recognise(Bytes bytes);

/// Errors: those of protobuf::Message, limit_nodes (more than 1,000,000 operators or texts).
/// Thread-safe.
Program read(Bytes bytes);

}  // namespace pratique::paddle
