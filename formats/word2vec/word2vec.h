// Word vectors as word2vec's C program writes them, and everybody after it:
//
//   "2747 10\n"    how many words, numbers of each
//   then for each  [\n] word ' ' | as many f32
//
// Source: word2vec.c, SaveModel; gensim, models/keyedvectors.py.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::word2vec {

/// The first line, and a first word with all its numbers behind it; not the text form of the same.
bool recognise(Bytes bytes);

/// Where the last vector ends. Errors: bad_header, bad_text (a word without an end), truncated.
/// Thread-safe.
Result<std::uint64_t> measure(Bytes bytes);

}  // namespace pratique::word2vec
