// The elements of a tensor as everybody else wants them: row-major, little-endian, each once for
// each place in the shape. They are handed out piece by piece, so that neither a tensor of 30 GB
// nor one that its strides blow up needs more memory than a piece.
//
//      in order     pieces of the source itself, nothing is copied
//      strided      gathered into one buffer that is used again and again
//      conj, neg    carried out in that buffer
#pragma once

#include <functional>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "sandbox/loader/tensor.h"

namespace pratique::api {

/// The largest piece: small enough for a cache, large enough that its cost is that of its bytes.
inline constexpr std::size_t kPiece = std::size_t{1024} * 1024;

/// Takes one piece, which is gone when it returns. An error ends the walk and is handed on.
using PieceSink = std::function<Status(Bytes)>;

/// Hands out the elements of a tensor whose layout is `strided` (of any other: none). `source` is
/// all of what the tensor's offset counts in. Errors: those of check_form() and check_place();
/// unsupported (neg of a type that has no sign); those of the sink. Thread-safe.
Status for_each_piece(const loader::Tensor& tensor, Bytes source, const PieceSink& sink);

/// The whole of it, in one piece of the source; nothing if it does not lie there in order, or is
/// still to be negated.
Result<std::optional<Bytes>> in_place(const loader::Tensor& tensor, Bytes source);

}  // namespace pratique::api
