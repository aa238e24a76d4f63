// One system call with its arguments, on its way to a worker that will try it.
#pragma once

#include <array>
#include <vector>

#include "base/wire.h"

namespace pratique::sandbox {

struct Argument {
    enum class Meaning : std::uint8_t {
        number,  ///< `value` as it is
        data,    ///< the address of Attempt::data
        input,   ///< the descriptor that comes with the request
    };
    Meaning meaning = Meaning::number;
    std::uint64_t value = 0;
};

struct Attempt {
    std::int64_t number = -1;
    std::array<Argument, 6> arguments{};
    Bytes data;
};

inline std::vector<std::byte> encode(const Attempt& attempt) {
    WireWriter out;
    out.u64(static_cast<std::uint64_t>(attempt.number));
    for (const Argument& argument : attempt.arguments) {
        out.u8(static_cast<std::uint8_t>(argument.meaning)).u64(argument.value);
    }
    return out.bytes(attempt.data).take();
}

inline Result<Attempt> decode_attempt(Bytes payload) {
    Reader in(payload);
    Attempt attempt;
    attempt.number = static_cast<std::int64_t>(TRY(in.le<std::uint64_t>()));
    for (Argument& argument : attempt.arguments) {
        const std::uint8_t meaning = TRY(in.u8());
        if (meaning > 2) return Error{Errc::bad_header, in.offset()};
        argument.meaning = static_cast<Argument::Meaning>(meaning);
        argument.value = TRY(in.le<std::uint64_t>());
    }
    attempt.data = TRY(wire_bytes(in, 4096));
    return attempt;
}

}  // namespace pratique::sandbox
