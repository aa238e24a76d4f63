// The pickle machine: runs a stream symbolically and yields its Program. Semantics are those of
// CPython 3.11's C unpickler (Modules/_pickle.c); where pickle.py or other versions differ, the
// machine goes the way that sees more and leaves a Note. It never knows good from bad.
//
// Cost: linear in the stream. Plain data is folded away as soon as its container is finished, so
// memory grows with the memo (8 bytes a slot) and with what is not plain, not with the data.
#pragma once

#include "formats/pickle/program.h"

namespace pratique::pickle {

struct RunOptions {
    /// Forget the contents of finished plain containers beyond the first items. A loader, which
    /// wants every value, turns this off.
    bool fold = true;
    /// Read the stream as joblib does: raw array bytes follow the BUILD of an array wrapper.
    bool raw_arrays = false;
    /// Give up with limit_steps after this many opcodes: for guesses at where a pickle starts.
    std::uint64_t most_opcodes = UINT64_MAX;
};

/// Items of a container that stay visible when the rest is folded.
inline constexpr std::uint64_t kShownItems = 64;

/// Runs the pickle that begins at `begin` of `stream`, up to its STOP or the first error. Never
/// fails as a whole: whatever ran before an error is in the Program, beside the error.
Program run(Bytes stream, std::uint64_t begin, const Limits& limits, RunOptions options = {});

}  // namespace pratique::pickle
