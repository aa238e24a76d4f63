// Operators of TensorFlow inside of TFLite models.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "rules/rules.h"

namespace pratique::scanner {

/// What an operator of TensorFlow can do outside of the graph that it stands in; 0 if nothing that
/// is known.
rules::Capabilities capabilities_of_tf_operator(std::string_view name);

/// The operator in the options of a Flex operator: a FlexBuffer of its name and a NodeDef, whose op
/// is what runs. Nothing if there are no options, as in the oldest models. Errors: those of
/// flatbuffers::read_flex_texts() and protobuf::Message, missing_record (no op).
Result<std::optional<std::string_view>> flex_operator(Bytes options);

}  // namespace pratique::scanner
