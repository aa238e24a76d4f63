// How an array that a format has no type for is written all the same: as integers that hold the
// same bits. Integers of a quantised tensor are integers anyway; anything else only if the user
// asks for bits.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/tensor_digest.h"
#include "api/write/file.h"
#include "api/write/plan.h"

namespace pratique::api {

/// Why nothing was written, in words for people; safe to print.
struct WriteFailure {
    std::string message;
};
using Written = std::optional<WriteFailure>;

/// What the tensors' places count in.
struct Sources {
    SourceOf bytes;
    /// Told when a tensor has been written; may be empty.
    std::function<void(const loader::Tensor&)> let_go = {};
};

/// The type and shape that are written; the bytes are those of the tensor, whichever it is.
struct Form {
    loader::Dtype dtype = loader::Scalar::uint8;
    std::vector<std::uint64_t> shape;
    std::uint64_t bytes = 0;
};

/// The tensor itself, with integers in place of quantised ones.
Form plain_form(const loader::Tensor& tensor);
/// Unsigned integers of the size of an element; where there are none of that size, bytes, in one
/// more dimension. Types of less than a byte become a row of bytes.
Form raw_form(const loader::Tensor& tensor);
/// "tensor … is of type …, which … has no type for; --raw-bits writes …".
WriteFailure no_type(const Item& item, std::string_view format);

/// The elements of the item, into the file and, piece by piece, to `also`. Errors: those of
/// for_each_piece(), and io.
Status put_elements(const Item& item, const Sources& sources, TargetFile& file,
                    const std::function<void(Bytes)>& also = {});
/// What to say of an error that put_elements() or the file gave.
WriteFailure failure_of(const Error& error, const Item* item, const TargetFile& file);

}  // namespace pratique::api
