#include "sandbox/child/serve.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>

#include "sandbox/child/canary.h"
#include "sandbox/child/last_words.h"
#include "sandbox/child/lockdown.h"
#include "sandbox/child/outbox.h"

namespace pratique::sandbox::child {
namespace {

// Replies wait for company, but no longer than this once the request that follows is finished.
constexpr std::int64_t kPatienceNanoseconds = 5'000'000;

std::int64_t now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

/// The parent's frames and the descriptors that came with them.
class Inbox {
public:
    /// Waits for more bytes. False when the parent has closed the socket.
    bool receive() {
        const auto room = frames_.room(kReadSize);
        iovec part{room.data(), room.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control_.data();
        message.msg_controllen = control_.size();
        const ssize_t count = ::recvmsg(kControl, &message, MSG_CMSG_CLOEXEC);
        if (count < 0 && errno == EINTR) return true;
        if (count < 0 || (message.msg_flags & MSG_CTRUNC) != 0) ::_exit(kExitBadRequest);
        keep_descriptors(message);
        frames_.filled(static_cast<std::size_t>(count));
        return count > 0;
    }

    std::optional<Frame> next() {
        const Result<std::optional<Frame>> frame = frames_.next();
        if (!frame) ::_exit(kExitBadRequest);
        return *frame;
    }

    /// The next descriptor that came.
    int descriptor() {
        if (descriptors_.empty()) ::_exit(kExitBadRequest);
        const int first = descriptors_.front();
        descriptors_.pop_front();
        return first;
    }

private:
    static constexpr std::size_t kReadSize = 64 * kKiB;

    void keep_descriptors(msghdr& message) {
        for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
             part = CMSG_NXTHDR(&message, part)) {
            if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
            std::array<int, kBatch> numbers{};
            const std::size_t bytes =
                std::min(part->cmsg_len - CMSG_LEN(0), numbers.size() * sizeof(int));
            std::memcpy(numbers.data(), CMSG_DATA(part), bytes);
            descriptors_.insert(descriptors_.end(), numbers.begin(),
                                numbers.begin() + static_cast<std::ptrdiff_t>(bytes / sizeof(int)));
        }
    }

    FrameReader frames_;
    std::deque<int> descriptors_;
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(kBatch * sizeof(int))> control_{};
};

Config receive_config(Inbox& in) {
    for (;;) {
        if (const auto frame = in.next()) {
            const Result<Config> config = decode_config(frame->payload);
            if (frame->kind != kConfig || !config) refuse(Layer::setup, EPROTO);
            return *config;
        }
        if (!in.receive()) ::_exit(0);
    }
}

/// One page shared with the parent, which reads it when the worker has died without a word.
class Progress {
public:
    Progress() {
        void* page = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
                            kProgress, 0);
        if (page == MAP_FAILED) refuse(Layer::setup, errno);
        id_ = static_cast<volatile std::uint64_t*>(page);
    }
    void working_on(std::uint64_t id) { *id_ = id; }

private:
    volatile std::uint64_t* id_;
};

/// The lock has gaps that were asked for, and nothing is to be parsed behind it.
bool is_canary(const Config& config) { return config.layers != Layers::all(); }

void answer(const Service& service, const Frame& frame, int fd, int output, bool canary) {
    if (frame.kind == kCanary) {
        const Result<std::vector<std::byte>> result = try_calls(frame.payload, fd);
        if (!result) ::_exit(kExitBadRequest);
        Replies(frame.id).send(kCanaryResult, *result);
        return;
    }
    if (frame.kind < kApplication || canary) ::_exit(kExitBadRequest);
    Replies replies(frame.id);
    service.handle({frame.kind, frame.id, frame.payload, fd, output}, replies);
}

void finish(const Frame& frame) { outbox().add({.kind = kDone, .id = frame.id, .payload = {}}); }

[[noreturn]] void serve_one(const Service& service, Inbox& in, Progress& progress,
                            const Config& config) {
    std::optional<Frame> frame;
    while (!(frame = in.next())) {
        if (!in.receive()) ::_exit(0);
    }
    progress.working_on(frame->id);
    // The filter knows them by these numbers.
    if (in.descriptor() != kInput || in.descriptor() != kOutput) ::_exit(kExitBadRequest);
    if (config.layers.has(Layer::seccomp) && seal(Profile::single) != 0) ::_exit(kExitBadRequest);
    answer(service, *frame, kInput, kOutput, is_canary(config));
    finish(*frame);
    outbox().flush();
    ::_exit(0);
}

[[noreturn]] void serve_stream(const Service& service, Inbox& in, Progress& progress,
                               const Config& config) {
    do {
        std::int64_t flushed = now();
        while (const auto frame = in.next()) {
            progress.working_on(frame->id);
            const int fd = (frame->flags & kHasDescriptor) != 0 ? in.descriptor() : -1;
            answer(service, *frame, fd, -1, is_canary(config));
            if (fd >= 0) ::close(fd);
            finish(*frame);
            if (const std::int64_t time = now(); time - flushed > kPatienceNanoseconds) {
                outbox().flush();
                flushed = time;
            }
        }
        outbox().flush();
    } while (in.receive());
    ::_exit(0);
}

}  // namespace

void Replies::send(std::uint32_t kind, Bytes payload) {
    outbox().add({.kind = kind, .id = id_, .payload = payload});
}

void serve(const Service& service) {
    Inbox in;
    const Config config = receive_config(in);
    Progress progress;
    const Isolation isolation = lock_down(config, service.warm_up);
    const std::vector<std::byte> hello = encode(isolation);
    outbox().add({.kind = kHello, .payload = hello});
    outbox().flush();

    if (config.profile == Profile::single) serve_one(service, in, progress, config);
    serve_stream(service, in, progress, config);
}

}  // namespace pratique::sandbox::child
