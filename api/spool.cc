#include "api/spool.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "api/words.h"
#include "base/cancel.h"
#include "base/limits.h"

namespace pratique::api {
namespace {

using scanner::Gap;
using scanner::GapReason;
using std::chrono::milliseconds;

class Spool {
public:
    Spool(int fd, const SpoolOptions& options)
        : fd_(fd), options_(options), most_(std::min(options.most, largest_file())) {}

    DescriptorOrGap run() {
        // Asked before the memory could take the number of a descriptor that is closed.
        if (::fcntl(fd_, F_GETFL) < 0) return gap_of_error(options_.what, errno);
        DescriptorOrGap memory = open_memory();
        const auto* out = std::get_if<Descriptor>(&memory);
        if (out == nullptr) return memory;
        std::vector<std::byte> buffer(kMiB);
        for (;;) {
            if (!wait()) return too_late();
            if (is_cancelled(options_.cancel)) return gave_up();
            const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
            // EAGAIN: somebody else took the bytes, or the end is not certain yet.
            if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (got < 0) return gap_of_error(options_.what, errno);
            if (got == 0) return seal(std::move(std::get<Descriptor>(memory)));
            const Bytes bytes = std::span(buffer).first(static_cast<std::size_t>(got));
            if (bytes.size() > most_ - size_) return too_long();
            if (const int error = write_all(out->get(), bytes, size_); error != 0) {
                return gap_of_error("memory for a private copy", error);
            }
            size_ += bytes.size();
        }
    }

private:
    /// Until there is something to read, the end included, or the caller gave up; false if time is
    /// up. A pipe that has had no writer yet is not at its end, which poll() knows and read() does
    /// not.
    bool wait() const {
        for (;;) {
            milliseconds left{-1};
            if (options_.patience) {
                const auto rest = began_ + *options_.patience - std::chrono::steady_clock::now();
                left = std::chrono::ceil<milliseconds>(rest);
                if (left <= milliseconds{0}) return false;
            }
            std::array<pollfd, 2> events{{{fd_, POLLIN, 0}, {options_.cancel, POLLIN, 0}}};
            const auto most = std::min<std::int64_t>(left.count(), INT32_MAX);
            const int ready = ::poll(events.data(), events.size(), static_cast<int>(most));
            // What poll() cannot answer, read() will.
            if (ready > 0 || (ready < 0 && errno != EINTR && errno != EAGAIN)) return true;
        }
    }

    Gap too_late() const {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*options_.patience).count();
        return {GapReason::timed_out, "", 0,
                std::string(options_.what) + (size_ == 0 ? " held nothing" : " had not ended") +
                    " after " + std::to_string(seconds) + " s"};
    }

    Gap too_long() const {
        return {GapReason::limit, "", 0,
                std::string(options_.what) + (most_ < options_.most
                                                  ? " is longer than a file may be for this process"
                                                  : " is longer than the memory of a worker")};
    }

    int fd_;
    SpoolOptions options_;
    std::uint64_t most_;
    std::uint64_t size_ = 0;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

DescriptorOrGap spool(int fd, const SpoolOptions& options) { return Spool(fd, options).run(); }

}  // namespace pratique::api
