// SHA-256 of tensors: of their elements row-major and little-endian, whatever they lie like in the
// file, so that two files with the same weights give the same digests.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "sandbox/loader/tensor.h"

namespace pratique::api {

/// All bytes of a source; asked from several threads at once.
using SourceOf = std::function<Bytes(std::uint32_t source)>;

/// Lower-case hexadecimal SHA-256 of one tensor; empty if it has no data. Errors: those of
/// for_each_piece().
Result<std::string> tensor_sha256(const loader::Tensor& tensor, Bytes source);

/// The same of many, each beside its tensor, by as many threads as there are processors and work
/// for. What is the same tensor twice (place, type, shape) is hashed once. Components are not
/// included: collect() them. Errors: the first, in order; `io` if the caller gave up
/// (base/cancel.h).
Result<std::vector<std::string>> tensor_digests(std::span<const loader::Tensor* const> tensors,
                                                const SourceOf& source, int cancel = -1);

/// Every tensor, each followed by its components.
std::vector<const loader::Tensor*> collect(std::span<const loader::Tensor> tensors);

}  // namespace pratique::api
