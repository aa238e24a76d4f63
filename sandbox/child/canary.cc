#include "sandbox/child/canary.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <vector>

#include "sandbox/attempt.h"

namespace pratique::sandbox::child {

Result<std::int64_t> try_call(Bytes payload, int fd) {
    const Attempt attempt = TRY(decode_attempt(payload));
    std::vector<std::byte> data(attempt.data.begin(), attempt.data.end());
    std::array<long, 6> arguments{};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Argument& argument = attempt.arguments[i];
        switch (argument.meaning) {
            case Argument::Meaning::number: arguments[i] = static_cast<long>(argument.value); break;
            case Argument::Meaning::data: arguments[i] = std::bit_cast<long>(data.data()); break;
            case Argument::Meaning::input: arguments[i] = fd; break;
        }
    }
    const long result = ::syscall(attempt.number, arguments[0], arguments[1], arguments[2],
                                  arguments[3], arguments[4], arguments[5]);
    return result == -1 ? -std::int64_t{errno} : std::int64_t{result};
}

}  // namespace pratique::sandbox::child
