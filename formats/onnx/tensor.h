// One tensor of an ONNX model, as the initializers and attributes hold it: TensorProto. Its
// elements lie in one of three places, and a tensor that names two of them means two different
// things to two readers: it is refused.
//
//   dims 1 …  data_type 2  name 8         the elements, in exactly one of
//     raw_data 9                            bytes, little-endian, packed below eight bits
//     float_data 4   int32_data 5   string_data 6   int64_data 7   double_data 10   uint64_data 11
//                                           numbers: int32_data carries all small types, one number
//                                           per element or, below six bits, per byte
//     data_location 14 = 1                  another file: external_data 13 {key 1, value 2} with
//                                           location, offset, length, checksum
//   SparseTensorProto = values 1, indices 2, dims 3
//
// Source: onnx/onnx.proto, onnx/checker.cc, onnx/numpy_helper.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/protobuf/wire.h"

namespace pratique::onnx {

/// What a value of data_type means.
struct ElementType {
    std::int32_t number = 0;
    std::string_view name;    ///< as torch and NumPy spell it: "float32"; "string"
    std::uint32_t bits = 0;   ///< of one element as it lies in raw_data; 0 of strings
    std::uint32_t field = 0;  ///< the typed field that may hold such elements
    /// Bits of raw data that one number of that field stands for: half a complex number, or as
    /// many small elements as fill a byte.
    std::uint32_t number_bits = 0;
    protobuf::Wire wire = protobuf::Wire::varint;  ///< of a number of that field

    bool is_string() const { return bits == 0; }
};

/// The type of this data_type, or nothing.
const ElementType* element_type(std::int32_t data_type);

/// Where in another file elements lie.
struct External {
    std::string_view location;  ///< as it is in the file: any text
    std::uint64_t at = 0;       ///< offset of that text
    std::uint64_t offset = 0;   ///< bytes
    bool has_checksum = false;
};

enum class Storage : std::uint8_t {
    nothing,  // no element, no value
    raw,
    numbers,  // a typed field
    strings,
    external,
};

/// A TensorProto whose parts agree with each other.
struct Tensor {
    std::uint64_t at = 0;  ///< offset of the message
    Bytes message;
    std::string_view name;
    const ElementType* type = nullptr;  ///< never null in what read_tensor() returns
    std::vector<std::uint64_t> shape;
    std::uint64_t count = 0;  ///< elements
    std::uint64_t size = 0;   ///< bytes that they take, as raw_data has them
    Storage storage = Storage::nothing;
    /// Of `raw`. Of `numbers` too if they are of a fixed size and lie in one piece.
    Bytes raw;
    std::uint64_t numbers = 0;  ///< of `numbers` and `strings`: how many there are
    External external;
};

/// Reads the TensorProto in `bytes`, which stand at offset `at`. Errors: those of
/// protobuf::Message, duplicate_key (a field or a key twice), unknown_dtype, negative_length (a
/// dimension or an offset), limit_rank, overflow, unsupported (a segment), conflict (values in two
/// places), bad_header (values in a field that the type does not have), missing_record (no
/// location), bad_number (a number in external_data that is not plain decimal), bad_text,
/// size_mismatch. Thread-safe, as all here.
Result<Tensor> read_tensor(Bytes bytes, std::uint64_t at);

struct SparseTensor {
    std::uint64_t at = 0;
    Tensor values;
    Tensor indices;
    std::vector<std::uint64_t> shape;
};

/// Reads a SparseTensorProto. Errors: those of read_tensor(), missing_record (no values or
/// indices), bad_header (indices that are not int64), size_mismatch (shapes that do not fit each
/// other).
Result<SparseTensor> read_sparse(Bytes bytes, std::uint64_t at);

/// The numbers of a tensor with Storage::numbers, in order.
class Values {
public:
    explicit Values(const Tensor& tensor)
        : field_(tensor.type->field),
          wire_(tensor.type->wire),
          message_(tensor.message, tensor.at) {}
    /// The next ones, as many as `out` has room for: fewer only at the end. Errors: those of
    /// protobuf::Numbers.
    Result<std::size_t> read(std::span<std::uint64_t> out);
    /// Behind the run of numbers that the last one is from.
    std::uint64_t offset() const { return message_.offset(); }

private:
    std::uint32_t field_;
    protobuf::Wire wire_;
    protobuf::Message message_;
    std::optional<protobuf::Numbers> run_;
};

/// The strings of a tensor with Storage::strings, at most `most` of them. They are bytes.
std::vector<std::string_view> strings_of(const Tensor& tensor, std::size_t most);

/// A file that is one TensorProto and nothing else: every field known, the parts in agreement.
bool recognise_tensor(Bytes bytes);

}  // namespace pratique::onnx
