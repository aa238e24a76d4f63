#include "sandbox/child/canary.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "sandbox/attempt.h"

namespace pratique::sandbox::child {
namespace {

class Trial {
public:
    explicit Trial(int fd) : fd_(fd) {}

    /// The kernel's answer: a value, or a negated errno.
    std::int64_t call(const Attempt& attempt) {
        data_.assign(attempt.data.begin(), attempt.data.end());
        for (const Attempt::Word& word : attempt.words) {
            using Raw = std::array<std::byte, sizeof(std::uint64_t)>;
            const auto raw = std::bit_cast<Raw>(resolve(word.argument));
            std::ranges::copy(raw, std::span(data_).subspan(word.offset, raw.size()).begin());
        }
        std::array<long, 6> arguments{};
        std::ranges::transform(attempt.arguments, arguments.begin(), [this](const Argument& one) {
            return static_cast<long>(resolve(one));
        });
        const long returned = ::syscall(attempt.number, arguments[0], arguments[1], arguments[2],
                                        arguments[3], arguments[4], arguments[5]);
        result_ = returned == -1 ? -std::int64_t{errno} : std::int64_t{returned};
        return result_;
    }

    std::vector<std::byte> answer() const {
        return WireWriter().u64(static_cast<std::uint64_t>(result_)).raw(data_).take();
    }

private:
    std::uint64_t resolve(const Argument& argument) const {
        switch (argument.meaning) {
            case Argument::Meaning::number: break;
            case Argument::Meaning::data: return address() + argument.value;
            case Argument::Meaning::input: return static_cast<std::uint64_t>(fd_);
            case Argument::Meaning::result: return static_cast<std::uint64_t>(result_);
        }
        return argument.value;
    }

    std::uint64_t address() const {
        const std::byte* first = data_.data();
        std::uint64_t number = 0;
        std::memcpy(&number, &first, sizeof(number));
        return number;
    }

    int fd_;
    std::vector<std::byte> data_;
    std::int64_t result_ = 0;
};

}  // namespace

Result<std::vector<std::byte>> try_calls(Bytes payload, int fd) {
    Reader in(payload);
    Trial trial(fd);
    for (std::int64_t result = 0; result >= 0 && !in.at_end();) {
        result = trial.call(TRY(decode_attempt(in)));
    }
    return trial.answer();
}

}  // namespace pratique::sandbox::child
