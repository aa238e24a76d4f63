// The way through the messages of an ONNX model, for those who want to see every one of them: what
// nests in what is a table, and the walk keeps a list of its own instead of recursion. Protobuf
// merges messages that occur twice, so no occurrence is passed over. Nothing but tags and lengths
// is read, and nothing is judged.
//
//   model > graph | function | training > graph          graph > node > attribute > graph …
//   tensors, sparse tensors and the small messages beside them are shown and not entered
//
// Source: onnx/onnx.proto.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "formats/protobuf/wire.h"

namespace pratique::onnx {

/// A message of onnx.proto; `none` is what is no message: text, bytes, numbers, unknown fields.
enum class Kind : std::uint8_t {
    none,
    model,
    graph,
    node,
    attribute,
    function,
    training,
    tensor,
    sparse,
    property,  // StringStringEntryProto: key 1, value 2
    opset,
    value,      // ValueInfoProto
    container,  // SequenceProto, OptionalProto and MapProto, which number alike what they hold
};

/// What the field of this number holds in a message of this kind.
Kind kind_in(Kind message, std::uint32_t field);

struct Step {
    enum class What : std::uint8_t {
        field,  // of a message that is being walked
        enter,  // such a field, and the next steps are what it holds
        leave,  // the end of the message that was entered last
    };
    What what{};
    Kind in{};     ///< the message that the field stands in; of leave, the message that ends
    Kind holds{};  ///< the message in the field
    protobuf::Field field;
    /// A field that its message may have once stood in it before.
    bool again = false;
};

class Walk {
public:
    /// `root` is what `bytes` are: one of those that are entered, from model to training, or a
    /// container.
    Walk(Bytes bytes, Kind root) { frames_.push_back({root, protobuf::Message(bytes), 0}); }

    /// The next step, or nothing behind the last. Errors: those of protobuf::Message, and
    /// limit_depth; none can be stepped over. Thread-safe, as all here.
    Result<std::optional<Step>> next();
    /// Messages that are being walked.
    std::size_t depth() const { return frames_.size(); }

private:
    struct Frame {
        Kind kind{};
        protobuf::Message message;
        std::uint64_t seen = 0;  ///< a bit for each field below 64
    };

    std::vector<Frame> frames_;
};

}  // namespace pratique::onnx
