// Protobuf as text, as TensorFlow reads and writes it: `saved_model.pbtxt`, `graph.pbtxt`, and the
// file `checkpoint`, which names the newest checkpoint of a folder. The text is turned into the
// same message in bytes, so that there is one reader of graphs and not two.
//
//   message  field*                field   name ":" value | name ":"? "{" message "}" (or < >)
//   value    number | identifier | text+ | "[" values or messages "]"
//   text     '…' or "…" with the escapes of C; texts side by side are one
//   `#` begins a comment, `,` and `;` may stand behind a field
//
// Fields that nothing here looks at are read and left out: they have no name in the table. Text
// that protobuf would refuse (an unknown field, a number where text belongs) may be accepted.
//
// Source: protobuf.dev, "Text Format Language Specification"; tensorflow/python/training/
// checkpoint_state.proto.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::tensorflow {

enum class TextKind : std::uint8_t { no, saved_model, meta_graph, graph, checkpoint };

/// By the name of the first field that is a message; a checkpoint by its paths.
TextKind recognise_text(Bytes bytes);

/// A message in bytes, and which piece of the text each part of it is of.
struct Encoded {
    std::vector<std::byte> bytes;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;  ///< {in bytes, in the text}

    Bytes view() const { return bytes; }
    /// The offset in the text of what lies at `at`.
    std::uint64_t place(std::uint64_t at) const;
};

/// A checkpoint becomes {1 path | 2 path, repeated}. Errors: bad_header (no such text), bad_text
/// (an escape), truncated, limit_depth (100 messages), limit_bytes (32 MiB of text). Thread-safe.
Result<Encoded> encode(Bytes bytes, TextKind kind);

}  // namespace pratique::tensorflow
