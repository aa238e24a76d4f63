// Attempts to break out of a locked worker, as rows that can be read aloud: what is tried, the
// system call with its arguments, and how it must end. "It was killed" is not enough: a call that
// dies of something else (a wrong pointer, the call before it) would hide a hole, so a row names
// the number that the filter must have stopped.
//
//     {7, "enter a namespace of its own", SYS_unshare, {CLONE_NEWUSER}},
//     {15, "open a file", SYS_openat, {AT_FDCWD, "/etc/passwd", O_RDONLY}, error(EACCES)},
//
// Arguments are as real as can be: without the filter most attempts would go through.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "talk.h"

namespace escapes {

using namespace worker_test;

/// One argument: a number; text or words, of which the call gets the address; a descriptor.
struct Value {
    struct Input {};   ///< the file that the worker was given to read
    struct Other {};   ///< another descriptor: a second input, or the output where there is one
    struct Result {};  ///< what the call before this one returned
    struct Space {
        std::size_t bytes;  ///< zeros
    };
    using Words = std::vector<Value>;  ///< of eight bytes each, as C structures are laid out
    std::variant<std::uint64_t, std::string, Words, Space, Input, Other, Result> is;

    template <class T>
    requires(std::integral<T> || std::is_enum_v<T>)
        // NOLINTNEXTLINE(google-explicit-constructor): tables are written without ceremony
        Value(T number)
        : is(static_cast<std::uint64_t>(number)) {}
    Value(std::string text) : is(std::move(text)) {}
    Value(const char* text) : is(std::string(text)) {}
    Value(Words words) : is(std::move(words)) {}
    Value(Space space) : is(space) {}
    Value(Input) : is(Input{}) {}
    Value(Other) : is(Other{}) {}
    Value(Result) : is(Result{}) {}
};

/// How large the output is that `single` fills.
inline constexpr std::uint64_t kOutputBytes = 4096;

inline constexpr Value::Input input{};
inline constexpr Value::Other other{};
inline constexpr Value::Result result{};
constexpr Value::Space space(std::size_t bytes) { return {bytes}; }
template <class... T>
Value words(T... values) {
    return Value::Words{Value(values)...};
}
/// Two fields of 32 bits in one word.
constexpr std::uint64_t pair(std::uint64_t low, std::uint64_t high) {
    return (low & UINT32_MAX) | high << 32;
}

/// How an attempt ends.
struct End {
    enum class How : std::uint8_t {
        denied,  ///< the filter stopped the call with this number
        error,   ///< the call returned this errno
        works,   ///< the call succeeded
        signal,  ///< this signal ended the worker; no report came before
        exit,    ///< the worker left by itself, with this status
        broken,  ///< none of these: the suite does not work
    };
    How how = How::broken;
    std::int64_t number = 0;
    std::string detail = {};  ///< for people

    bool operator==(const End& that) const { return how == that.how && number == that.number; }
};

/// The ends that are right; mostly one. Empty: not tried.
using Must = std::vector<End>;

/// Stands for the number of the row's own call.
inline constexpr std::int64_t kOwn = INT64_MIN;
inline const Must kUntried{};

inline Must denied(std::int64_t call = kOwn) { return {{End::How::denied, call}}; }
inline Must error(int number) { return {{End::How::error, number}}; }
inline Must works() { return {{End::How::works}}; }
inline Must ends_by(int number) { return {{End::How::signal, number}}; }
inline Must leaves(int status) { return {{End::How::exit, status}}; }
inline Must operator|(Must one, const Must& another) {
    one.insert(one.end(), another.begin(), another.end());
    return one;
}

struct Call {
    long number = -1;
    std::vector<Value> arguments = {};
};

struct Escape {
    int number;  ///< its name, which does not change; several forms of one attempt share it
    std::string_view attempt;
    long call;
    std::vector<Value> arguments = {};
    Must stream = denied();
    Must single = stream;
    std::vector<Call> before = {};    ///< calls that lead up to it
    std::uint32_t request = kCanary;  ///< or a request of the test worker that makes the call

    const Must& under(Profile profile) const {
        return profile == Profile::stream ? stream : single;
    }
};

using Escapes = std::vector<Escape>;

// The list, 1 to 127, by subject.
Escapes programs();
Escapes paths();
Escapes processes();
Escapes machinery();
Escapes memory();
Escapes descriptors();
Escapes state();
Escapes rarities();
/// Calls and instructions of x86-64 alone; elsewhere empty.
Escapes of_x86_64();
/// What must go on working, with the number 0: if nothing worked the suite would prove nothing.
Escapes work();

/// What came of calls that were tried one after the other, up to the first that failed.
struct Tried {
    End end;           ///< of the last
    std::string data;  ///< the memory that its addresses pointed to, after it; if it returned
    Isolation isolation = {};
};

/// Tries `calls` in a worker of its own.
Tried try_calls(const std::vector<Call>& calls, const Options& options);
End attempt(const Escape& row, const Options& options);

/// What `part` says in either profile, a line for each fault.
std::string in_each_profile(const Options& options, std::string (*part)(const Options&));

bool fulfils(const End& end, const Must& must, long own);

/// "denied execve", "EACCES or works".
std::string describe(const End& end);
std::string describe(const Must& must, long own);

}  // namespace escapes
