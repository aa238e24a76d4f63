// The wire format of Protocol Buffers, without schemas: a message is a run of fields, and what a
// field means is for the caller to know. Enough for ONNX, TensorFlow and their kin, and small
// enough to be read in one go. Nothing is copied and no content is touched: a model with gigabytes
// of weights costs as much as its tags.
//
//   message = field*          field = tag | value
//   tag     = varint: number << 3 | type
//   type 0    varint: up to ten bytes of seven bits, the lowest first
//   type 1    eight bytes, little-endian        type 5    four bytes, little-endian
//   type 2    varint: length | so many bytes: text, bytes, a message, or packed numbers
//   type 3, 4 a group, as long obsolete: refused
//
// Source: protobuf.dev, "Encoding".
#pragma once

#include <cstdint>
#include <optional>

#include "base/reader.h"

namespace pratique::protobuf {

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
    std::uint32_t number = 0;  ///< 1 … 2^29 - 1
    Wire wire = Wire::varint;
    std::uint64_t at = 0;          ///< offset of the tag
    std::uint64_t value = 0;       ///< of all types but bytes
    Bytes content;                 ///< of bytes
    std::uint64_t content_at = 0;  ///< offset of content

    /// The value of a varint. Errors, like those of the others: bad_header (another type).
    Result<std::uint64_t> varint() const;
    /// The value of a varint that stands for an int64.
    Result<std::int64_t> int64() const;
    /// The same for an int32 or an enumeration. Errors: bad_number (it does not fit).
    Result<std::int32_t> int32() const;
    Result<std::uint32_t> fixed32() const;
    /// Text, bytes, a message or packed numbers.
    Result<Bytes> bytes() const;
};

/// One varint. Errors: truncated, bad_number (more than ten bytes, or more than 64 bits).
Result<std::uint64_t> read_varint(Reader& in);

/// A cursor over the fields of one message. Cheap to copy.
class Message {
public:
    /// `base` is the offset of bytes[0] in the artifact.
    explicit Message(Bytes bytes, std::uint64_t base = 0) : in_(bytes, base) {}

    /// The message in a field. Errors: bad_header (not of type bytes).
    static Result<Message> in(const Field& field);

    /// The next field, or nothing at the end. Errors: truncated, bad_number (a varint, or field
    /// number 0), unsupported (a group), bad_header (types 6 and 7).
    Result<std::optional<Field>> next();

    /// The next field of type bytes: a text, a message or packed numbers. One of another type is
    /// unknown to a reader that wants these, whatever its number, and protobuf passes it over.
    Result<std::optional<Field>> next_bytes();

    std::uint64_t offset() const { return in_.offset(); }

private:
    Reader in_;
};

/// The numbers of one occurrence of a repeated field: one, or any number of them packed. `wire` is
/// how a single one is written: both forms have to be understood, whatever the schema says.
class Numbers {
public:
    /// Errors: bad_header (neither `wire` nor packed).
    static Result<Numbers> in(const Field& field, Wire wire);

    /// The next number, or nothing at the end. Errors: truncated, bad_number.
    Result<std::optional<std::uint64_t>> next();
    /// The next numbers, as many as `out` has room for: fewer only at the end. Errors: as above.
    Result<std::size_t> read(std::span<std::uint64_t> out);
    /// How many there are, without a look at their values. Errors: truncated (a packed run that
    /// ends inside a number).
    Result<std::uint64_t> count() const;

private:
    Result<std::size_t> read_varints(std::span<std::uint64_t> out);

    Numbers(Wire wire, Reader packed) : wire_(wire), packed_(packed) {}

    Wire wire_;
    Reader packed_;
    std::optional<std::uint64_t> single_;
};

/// Refuses the second occurrence of a field that a message may have once: readers differ in which
/// of the two they take. Fields above 63 are not looked at.
class Once {
public:
    /// Errors: duplicate_key.
    Status see(const Field& field) {
        if (field.number > 63) return {};
        const std::uint64_t bit = std::uint64_t{1} << field.number;
        if ((seen_ & bit) != 0) return Error{Errc::duplicate_key, field.at};
        seen_ |= bit;
        return {};
    }
    bool saw(std::uint32_t number) const { return (seen_ >> number & 1) != 0; }

private:
    std::uint64_t seen_ = 0;
};

}  // namespace pratique::protobuf
