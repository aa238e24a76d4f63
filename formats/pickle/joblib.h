// joblib writes arrays into the middle of a pickle: the BUILD of a NumpyArrayWrapper is followed
// by the array's raw bytes, and the pickle goes on behind them. pickle's own reader would take
// those bytes for opcodes, joblib's steps over them; both readings matter.
//
//   … NEWOBJ NumpyArrayWrapper, state {subclass, shape, order, dtype, allow_mmap,
//     numpy_array_alignment_bytes} BUILD
//   [pad length p (1 byte), p bytes 0xff]    only with numpy_array_alignment_bytes (joblib ≥ 1.2)
//   shape × itemsize bytes                   or, for a dtype with objects, one complete pickle
//   … the pickle goes on
//
// Source: joblib 1.2, joblib/numpy_pickle.py.
#pragma once

#include "formats/pickle/program.h"

namespace pratique::pickle {

/// What a wrapper says about the array that follows it.
struct JoblibArray {
    bool has_objects = false;  // a nested pickle follows
    bool is_padded = false;
    std::optional<std::uint64_t> bytes;  // of the array; nothing if the fields make no sense

    /// Bytes of padding and array at the front of `rest`, which begins at offset `at`. Errors:
    /// bad_header (fields unusable), truncated.
    Result<std::uint64_t> size(Bytes rest, std::uint64_t at) const;
};

/// The array behind the last effect of `program`, if that was the BUILD of an array wrapper.
std::optional<JoblibArray> joblib_array(const Program& program, Value wrapper);

/// True if `value` is an import of the wrapper, by any name that joblib ever had.
bool is_array_wrapper(const Program& program, Value value);

/// True if `value` is an import of exactly this module and name, as spelt in the stream.
bool is_global(const Program& program, Value value, std::string_view module, std::string_view name);

}  // namespace pratique::pickle
