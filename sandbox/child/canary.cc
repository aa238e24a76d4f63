#include "sandbox/child/canary.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>

#include "sandbox/attempt.h"

namespace pratique::sandbox::child {
namespace {

std::uint64_t resolve(const Argument& argument, const std::vector<std::byte>& data, int fd) {
    switch (argument.meaning) {
        case Argument::Meaning::number: break;
        case Argument::Meaning::data:
            return std::bit_cast<std::uint64_t>(data.data()) + argument.value;
        case Argument::Meaning::input: return static_cast<std::uint64_t>(fd);
    }
    return argument.value;
}

}  // namespace

Result<std::vector<std::byte>> try_call(Bytes payload, int fd) {
    const Attempt attempt = TRY(decode_attempt(payload));
    std::vector<std::byte> data(attempt.data.begin(), attempt.data.end());
    for (const Attempt::Word& word : attempt.words) {
        using Raw = std::array<std::byte, sizeof(std::uint64_t)>;
        const auto raw = std::bit_cast<Raw>(resolve(word.argument, data, fd));
        std::ranges::copy(raw, std::span(data).subspan(word.offset, raw.size()).begin());
    }
    std::array<long, 6> arguments{};
    std::ranges::transform(attempt.arguments, arguments.begin(), [&](const Argument& argument) {
        return static_cast<long>(resolve(argument, data, fd));
    });
    const long result = ::syscall(attempt.number, arguments[0], arguments[1], arguments[2],
                                  arguments[3], arguments[4], arguments[5]);
    const std::int64_t value = result == -1 ? -std::int64_t{errno} : std::int64_t{result};
    return WireWriter().u64(static_cast<std::uint64_t>(value)).raw(data).take();
}

}  // namespace pratique::sandbox::child
