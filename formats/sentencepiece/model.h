// SentencePiece's models, by which many language models cut text into tokens: `tokenizer.model`,
// `spiece.model`. Pieces and their scores, and how text is made uniform before: nothing that a
// loader would run or open.
//
//   ModelProto   1 piece {1 text | 2 score, float | 3 type}, repeated | 2 how it was trained
//                3 normalizer | 4 samples | 5 denormalizer
//
// Source: google/sentencepiece, src/sentencepiece_model.proto (0.2).
#pragma once

#include "base/bytes.h"

namespace pratique::sentencepiece {

/// Whether all fields of the message and of its pieces are those of a model, to the last byte.
bool recognise(Bytes bytes);

}  // namespace pratique::sentencepiece
