// fastText's models: how they were trained, the words, and two matrices. Numbers and words only;
// reading them is measuring them.
//
//   [i32 793712314 | i32 version 11, 12]     not in files before 2017
//   12 i32 arguments, f64                    dim, ws, epoch, minCount, neg, wordNgrams,
//                                            loss, model, bucket, minn, maxn, lrUpdateRate, t
//   i32 size, words, labels | i64 tokens | [i64 pruned]     new files have the last
//   size times: word NUL, i64 count, u8 type | pruned times: i32, i32
//   [u8 quantized] matrix | [u8 quantized] matrix           new files say so; the last if both are
//
//   matrix    := i64 m, i64 n, m*n f32
//   quantized := u8 norms, i64 m, i64 n, i32 c, c bytes, quantizer [m bytes, quantizer]  by norms
//   quantizer := i32 dim, nsubq, dsub, lastdsub | dim*256 f32
//
// Little-endian. Source: facebookresearch/fastText, src/{fasttext,args,dictionary,densematrix,
// quantmatrix,productquantizer}.cc.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::fasttext {

/// The magic, or arguments and words as an old file has them.
bool recognise(Bytes bytes);

/// Where the model ends. Errors: truncated, unsupported (version), negative_length, bad_text (a
/// word that does not end), overflow. Thread-safe.
Result<std::uint64_t> measure(Bytes bytes);

}  // namespace pratique::fasttext
