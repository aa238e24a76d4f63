// One NumPy array in a file. Its header says what follows: raw elements, or, as soon as the type
// holds a Python object, a pickle that numpy.load(allow_pickle=True) runs.
//
//   93 'N' 'U' 'M' 'P' 'Y' | major u8 | minor u8 | length u16 (1.x) or u32 (2.x, 3.x), LE
//   { 'descr': ..., 'fortran_order': False, 'shape': (3, 4), }   spaces   \n
//   elements, in C or Fortran order | one pickle
//
// Source: numpy/lib/format.py (NEP 1).
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "formats/numpy/dtype.h"

namespace pratique::numpy {

struct Header {
    std::uint8_t major = 0;
    std::uint8_t minor = 0;
    Dtype dtype;
    bool fortran_order = false;
    std::vector<std::uint64_t> shape;
    std::uint64_t data_offset = 0;  ///< in the artifact, bytes
    std::uint64_t items = 0;
    /// Bytes of the elements as the header states them: compare with what the file has behind
    /// data_offset. With objects, the pickle is all that the file has.
    std::uint64_t data_size = 0;
    /// Longer than the 10,000 characters that NumPy reads unless it may load pickles.
    bool oversized_header = false;
};

/// The six bytes of the magic.
bool recognise(Bytes bytes);

/// Reads the header. Errors: bad_magic, truncated, unsupported (version), limit_bytes (a header
/// above 1 MiB), bad_text (3.x that is not UTF-8), bad_header, duplicate_key, negative_length,
/// overflow, limit_depth, limit_nodes. Names and strings come out in UTF-8. Thread-safe.
Result<Header> read(Bytes bytes, const Limits& limits);

}  // namespace pratique::numpy
