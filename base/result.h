// Errors as values. A parser that meets a broken file must keep what it has found so far, so
// nothing here throws: a function returns Result<T>, and TRY hands an Error on to the caller.
// Error is trivially copyable and never allocates, so failing is as cheap as succeeding.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace pratique {

// Everything that can be wrong with a file: the name printed in reports, and what it means.
// The list is closed; a new kind of damage gets a new row.
#define PRATIQUE_ERRORS(X)                                                   \
    X(truncated, "the bytes end before the structure does")                  \
    X(bad_magic, "the bytes do not start as this format starts")             \
    X(bad_opcode, "a byte that is no pickle opcode")                         \
    X(bad_number, "a number that no reader of this format accepts")          \
    X(bad_text, "text in an encoding that no reader of this format accepts") \
    X(bad_line, "a text argument without its line end, or an empty one")     \
    X(bad_protocol, "a pickle protocol above 5")                             \
    X(negative_length, "a negative length or index")                         \
    X(stack_underflow, "an opcode needs more values than the stack holds")   \
    X(mark_missing, "an opcode needs a MARK that is not there")              \
    X(memo_missing, "a memo slot is read before it is filled")               \
    X(odd_items, "a dictionary is filled with a key that has no value")      \
    X(wrong_type, "an opcode acts on a value of a type that refuses it")     \
    X(unhashable, "a dictionary key or set item that has no hash")           \
    X(bad_header, "a header field holds a value that the format forbids")    \
    X(bad_checksum, "a checksum does not match the bytes")                   \
    X(bad_name, "a member name that the format forbids")                     \
    X(size_mismatch, "two statements about one size differ")                 \
    X(missing_record, "something that the file refers to is not there")      \
    X(conflict, "two statements about one thing differ")                     \
    X(bad_arguments, "a constructor is given what it does not take")         \
    X(bad_persistent_id, "a reference to something that is no storage")      \
    X(unknown_dtype, "a type of elements that is not known")                 \
    X(unknown_callable, "a callable that is not known to build plain data")  \
    X(rank_mismatch, "as many strides as dimensions are needed")             \
    X(view_out_of_bounds, "a tensor reaches outside of its storage")         \
    X(overflow, "an offset or a size does not fit its range")                \
    X(bad_offset, "an offset that is not where the data must lie")           \
    X(out_of_bounds, "a structure points outside the bytes")                 \
    X(overlap, "two structures claim the same bytes")                        \
    X(trailing_bytes, "bytes are left over behind the structure")            \
    X(bad_compression, "the compressed data is damaged")                     \
    X(unsupported, "a variant of the format that is not read")               \
    X(encrypted, "the data is encrypted")                                    \
    X(limit_bytes, "more decompressed bytes than the limit allows")          \
    X(limit_ratio, "a compression ratio above the limit")                    \
    X(limit_members, "more members than the limit allows")                   \
    X(limit_depth, "deeper nesting than the limit allows")                   \
    X(limit_nodes, "more values than the limit allows")                      \
    X(limit_steps, "more steps than the limit allows")                       \
    X(limit_rank, "more dimensions than any library allows")                 \
    X(limit_logical, "tensors that stand for more bytes than is allowed")    \
    X(limit_memory, "the work needs more memory than the limit allows")      \
    X(pointer, "this only stands for a file that was not downloaded")        \
    X(external_data, "data in another file, which is never opened")          \
    X(no_tensors, "a file of no format that holds tensors")                  \
    X(bad_json, "text that is not strict JSON")                              \
    X(duplicate_key, "a key that occurs twice in one object")                \
    X(io, "the operating system reports an error")

enum class Errc : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, meaning) name,
    PRATIQUE_ERRORS(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};

/// The stable spelling used in reports, and the sentence behind it.
std::string_view name(Errc code);
std::string_view meaning(Errc code);
/// The inverse of name(Errc) for a number that crossed a process boundary.
std::optional<Errc> errc_from(std::uint8_t number);

/// What went wrong and where: `offset` counts bytes from the start of the artifact.
struct Error {
    Errc code{};
    std::uint64_t offset = 0;

    friend bool operator==(const Error&, const Error&) = default;
};

/// Either a T or the E that kept it from being made.
template <class T, class E = Error>
class [[nodiscard]] Result {
public:
    Result(T&& value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(*-explicit-*)
    Result(const T& value) : state_(std::in_place_index<0>, value) {}        // NOLINT(*-explicit-*)
    Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}    // NOLINT(*-explicit-*)

    explicit operator bool() const { return state_.index() == 0; }
    T& value() & { return *std::get_if<0>(&state_); }
    const T& value() const& { return *std::get_if<0>(&state_); }
    T&& value() && { return std::move(*std::get_if<0>(&state_)); }
    const E& error() const { return *std::get_if<1>(&state_); }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, E> state_;
};

/// The Result of a step that yields nothing but may fail.
template <class E>
class [[nodiscard]] Result<void, E> {
public:
    Result() = default;
    Result(E error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

    explicit operator bool() const { return !error_.has_value(); }
    void value() const {}
    const E& error() const { return *error_; }

private:
    std::optional<E> error_;
};

using Status = Result<void>;

#define PRATIQUE_JOIN_(a, b) a##b
#define PRATIQUE_JOIN(a, b) PRATIQUE_JOIN_(a, b)
#define PRATIQUE_TRY(result, expression) \
    __extension__({                      \
        auto result = (expression);      \
        if (!result) [[unlikely]] {      \
            return result.error();       \
        }                                \
        std::move(result).value();       \
    })

/// The value of a Result; without one, returns the error from the enclosing function.
#define TRY(expression) PRATIQUE_TRY(PRATIQUE_JOIN(try_result_, __COUNTER__), expression)

}  // namespace pratique
