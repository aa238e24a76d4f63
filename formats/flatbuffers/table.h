// FlatBuffers without schemas: tables whose fields are found through a list of offsets, and vectors
// of numbers, texts or tables. What a field means is for the caller to know. Nothing is copied and
// nothing is read that is not asked for, so a model's weights cost nothing.
//
//   file    root offset u32 | identifier, 4 characters | …
//   table   distance to its vtable i32, which is taken off the table's own place | fields inline
//   vtable  its bytes u16 | bytes of the table u16 | place of each field in the table u16, 0:
//   absent vector  count u32 | elements      text  the same, of bytes, and a NUL behind them a
//   text, vector or table in a field: u32, the distance from the field's own place a union is two
//   fields: what it is u8, and the table
//
// Some writers let tables of different sizes share a vtable, so that the size in it says little: a
// field must lie in the file, not in the table. Every distance is the file's word. Each one is
// checked against the bytes there are and against the alignment that writers keep; offsets go
// forward only, vtables may lie anywhere. Tables can be shared, so that a small file stands for a
// tree without end: visits are counted, and the file is given up after a million. Source:
// flatbuffers.dev, "FlatBuffer Internals".
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/reader.h"

namespace pratique::flatbuffers {

/// Tables, and elements of vectors of tables, that one file may make its reader visit.
inline constexpr std::uint64_t kMostVisits = 1'000'000;

/// True if `bytes` have this identifier at offset 4.
inline bool has_identifier(Bytes bytes, std::string_view identifier) {
    return starts_with(from(bytes, 4), identifier);
}

class Table;

/// A run of elements of one size, all inside of the file.
class Vector {
public:
    std::uint32_t size() const { return count_; }
    /// Of the first element, in the file.
    std::uint64_t at() const { return at_; }
    /// The elements, as they lie.
    Bytes bytes() const;

    /// Element `index` < size() of a vector of numbers of type T.
    template <std::integral T>
    T number(std::uint32_t index) const {
        Reader in(from(bytes(), std::uint64_t{index} * sizeof(T)));
        return static_cast<T>(in.le<std::make_unsigned_t<T>>().value());
    }
    /// Element `index` < size() of a vector of tables, or of texts. Errors: those of Table.
    Result<Table> table(std::uint32_t index) const;
    Result<std::string_view> text(std::uint32_t index) const;

private:
    friend class Table;
    Vector(Bytes file, std::shared_ptr<std::uint64_t> visits, std::uint64_t at, std::uint32_t count,
           std::uint32_t width)
        : file_(file), visits_(std::move(visits)), at_(at), count_(count), width_(width) {}

    Bytes file_;
    std::shared_ptr<std::uint64_t> visits_;
    std::uint64_t at_ = 0;
    std::uint32_t count_ = 0;
    std::uint32_t width_ = 1;
};

/// A table whose vtable was checked. Field numbers count from 0, in the order of the schema.
/// Errors of all: out_of_bounds (an offset that leads outside), bad_offset (not aligned, or to
/// itself), bad_header (a vtable that is no vtable, a field on its table's front), limit_nodes.
/// Thread-safe, but not on one file at once.
class Table {
public:
    /// The root of a file: `bytes` from the root offset on, which stands at 0.
    static Result<Table> root(Bytes bytes);

    std::uint64_t at() const { return at_; }

    /// A number, or what stands for an absent one.
    template <std::integral T>
    Result<T> number(std::uint32_t field, T absent = 0) const {
        const std::uint64_t place = TRY(find(field, sizeof(T)));
        if (place == 0) return absent;
        Reader in(from(file_, place), place);
        return static_cast<T>(TRY(in.le<std::make_unsigned_t<T>>()));
    }
    /// A table in a field; nothing if absent.
    Result<std::optional<Table>> table(std::uint32_t field) const;
    /// A text without its NUL; empty if absent. Any bytes.
    Result<std::string_view> text(std::uint32_t field) const;
    /// A vector of elements of `width` bytes; of tables and texts, of 4.
    Result<std::optional<Vector>> vector(std::uint32_t field, std::uint32_t width) const;
    /// The same of tables or texts.
    Result<std::optional<Vector>> references(std::uint32_t field) const { return vector(field, 4); }

private:
    friend class Vector;
    Table(Bytes file, std::shared_ptr<std::uint64_t> visits)
        : file_(file), visits_(std::move(visits)) {}

    static Result<Table> open(Bytes file, const std::shared_ptr<std::uint64_t>& visits,
                              std::uint64_t at);
    /// Where in the file the field lies; 0 if it is absent.
    Result<std::uint64_t> find(std::uint32_t field, std::uint64_t width) const;

    Bytes file_;
    std::shared_ptr<std::uint64_t> visits_;
    std::uint64_t at_ = 0;
    std::uint64_t vtable_ = 0;
    std::uint32_t vtable_bytes_ = 0;
};

}  // namespace pratique::flatbuffers
