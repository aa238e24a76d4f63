// System calls with their arguments, on their way to a worker that will try them: one after the
// other, up to the first that fails.
#pragma once

#include <array>
#include <vector>

#include "base/wire.h"

namespace pratique::sandbox {

struct Argument {
    enum class Meaning : std::uint8_t {
        number,  ///< `value` as it is
        data,    ///< the address of Attempt::data, and `value` bytes further
        input,   ///< the descriptor that comes with the request
        result,  ///< what the call before this one returned
    };
    Meaning meaning = Meaning::number;
    std::uint64_t value = 0;
};

struct Attempt {
    /// Eight bytes of `data`, at `offset`, that the worker writes: only it knows addresses.
    struct Word {
        std::uint32_t offset = 0;
        Argument argument;
    };
    static constexpr std::uint32_t kMaxData = 4096;
    static constexpr std::uint32_t kMaxWords = 64;

    std::int64_t number = -1;
    std::array<Argument, 6> arguments{};
    Bytes data;
    std::vector<Word> words = {};
};

inline std::vector<std::byte> encode(const Attempt& attempt) {
    WireWriter out;
    const auto add = [&out](const Argument& argument) {
        out.u8(static_cast<std::uint8_t>(argument.meaning)).u64(argument.value);
    };
    out.u64(static_cast<std::uint64_t>(attempt.number));
    for (const Argument& argument : attempt.arguments) add(argument);
    out.bytes(attempt.data).u32(static_cast<std::uint32_t>(attempt.words.size()));
    for (const Attempt::Word& word : attempt.words) {
        out.u32(word.offset);
        add(word.argument);
    }
    return out.take();
}

inline Result<Argument> decode_argument(Reader& in) {
    const std::uint8_t meaning = TRY(in.u8());
    if (meaning > 3) return Error{Errc::bad_header, in.offset()};
    return Argument{static_cast<Argument::Meaning>(meaning), TRY(in.le<std::uint64_t>())};
}

inline Result<Attempt> decode_attempt(Reader& in) {
    Attempt attempt;
    attempt.number = static_cast<std::int64_t>(TRY(in.le<std::uint64_t>()));
    for (Argument& argument : attempt.arguments) argument = TRY(decode_argument(in));
    attempt.data = TRY(wire_bytes(in, Attempt::kMaxData));
    const auto count = TRY(in.le<std::uint32_t>());
    if (count > Attempt::kMaxWords) return Error{Errc::limit_members, in.offset()};
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto offset = TRY(in.le<std::uint32_t>());
        if (slice(attempt.data, offset, sizeof(std::uint64_t)).size() < sizeof(std::uint64_t)) {
            return Error{Errc::truncated, in.offset()};
        }
        attempt.words.push_back({offset, TRY(decode_argument(in))});
    }
    return attempt;
}

}  // namespace pratique::sandbox
