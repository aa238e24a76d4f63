#include "sandbox/session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/cancel.h"
#include "base/text.h"
#include "sandbox/call_names.h"
#include "sandbox/listener.h"
#include "sandbox/outgoing.h"
#include "sandbox/output.h"
#include "sandbox/proc_file.h"
#include "sandbox/start.h"

namespace pratique::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kReadSize = 64 * kKiB;
constexpr std::size_t kErrorsKept = 64 * kKiB;
// After SIGKILL. Taking namespaces down waits for the kernel to become quiet (RCU), which a busy
// system delays.
constexpr milliseconds kDying{60'000};
// How long to wait when the system takes no descriptors: nothing tells when it will again.
constexpr milliseconds kRetry{1};

bool takes_canaries_only(const Options& options) { return options.canary_layers != Layers::all(); }

/// Layers that some systems do not have or do not allow.
constexpr Layers kUpToTheSystem{Layer::mdwe,         Layer::identity, Layer::namespaces,
                                Layer::no_new_privs, Layer::landlock, Layer::seccomp};

/// What a request breaks, or null. The worker gets no way to write, and no folder to walk from.
const char* broken_rule(const Request& request, const Options& options) {
    if (request.payload.size() > kMaxPayload) return "payload too large";
    if (request.kind < kApplication && request.kind != kCanary) return "kind is reserved";
    if (request.kind != kCanary && takes_canaries_only(options)) return "the lock has gaps";
    const bool single = options.profile == Profile::single;
    if (single != (request.output >= 0)) return "an output belongs to a single, and only there";
    if (single && request.fd < 0) return "a single needs an input";
    if (single && !is_unsealed_output(request.output)) return "the output is not an Output";
    if (request.fd < 0) return nullptr;
    const int flags = ::fcntl(request.fd, F_GETFL);
    if (flags < 0) return "descriptor is not open";
    if ((flags & (O_ACCMODE | O_PATH)) != O_RDONLY) return "descriptor is not read-only";
    struct stat status {};
    if (::fstat(request.fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return "descriptor is no regular file";
    }
    if (lies_in_proc(request.fd)) return "descriptor is a file of /proc";
    return nullptr;
}

}  // namespace

class Session::State {
public:
    State(Worker worker, const Options& options)
        : worker_(std::move(worker)), options_(options), left_(options.start_timeout) {}

    std::variant<Reply, Outcome> receive() {
        while (const std::optional<Event> event = next_event()) {
            const auto* reply = std::get_if<Reply>(&*event);
            if (reply == nullptr) {
                last_words(*event);
                continue;
            }
            if (reply->done()) left_ = options_.request_timeout;
            return *reply;
        }
        return *over_;
    }

    /// The worker's first words.
    Outcome greet() {
        while (const std::optional<Event> event = next_event()) {
            if (std::holds_alternative<Listener>(*event)) {
                if (!listener_.take(std::move(handed_over_))) {
                    return end({.failure = Failure::protocol_violation,
                                .detail = "a listener that is none"});
                }
                continue;
            }
            if (const auto* isolation = std::get_if<Isolation>(&*event)) {
                isolation_ = *isolation;
                if (worker_.group) isolation_.group = worker_.group->limits();
                greeted_ = true;
                left_ = options_.request_timeout;
                return isolation_.tier() < options_.min_tier ? end(too_weak()) : Outcome{};
            }
            last_words(*event);
        }
        return *over_;
    }

    Outcome submit(std::span<const Request> requests) {
        if (over_) return *over_;
        if (requests.size() > room()) return refused("too many requests at one time");
        for (const Request& request : requests) {
            if (const char* rule = broken_rule(request, options_)) return refused(rule);
        }
        used_ = true;
        if (conversation_.unanswered().empty()) left_ = options_.request_timeout;
        for (const Request& request : requests) {
            outgoing_.add({.kind = request.kind,
                           .flags = request.fd >= 0 ? kHasDescriptor : 0U,
                           .id = request.id,
                           .payload = request.payload},
                          request.fd, request.output);
            conversation_.asked(request.id);
        }
        outgoing_.send(worker_.control.get());  // a closed socket is receive()'s to explain
        return {};
    }

    Outcome finish() {
        if (over_) return *over_;
        ::shutdown(worker_.control.get(), SHUT_WR);
        finishing_ = true;
        left_ = options_.request_timeout;
        while (const std::optional<Event> event = next_event()) {
            if (!std::holds_alternative<Reply>(*event)) last_words(*event);
        }
        return *over_;
    }

    static Outcome refused(std::string_view why) {
        return {.failure = Failure::setup_failed, .detail = std::string(why)};
    }

    std::size_t room() const {
        if (over_) return 0;
        if (options_.profile == Profile::single) return used_ ? 0 : 1;
        return window_ - std::min(window_, conversation_.unanswered().size());
    }
    const Conversation& conversation() const { return conversation_; }
    const Isolation& isolation() const { return isolation_; }
    const Process& process() const { return worker_.process; }
    const Usage& usage() const { return usage_; }
    std::string errors() const { return escape(errors_, kErrorsKept); }
    bool over() const { return over_.has_value(); }

private:
    /// What the worker says next; nothing once the session is over.
    std::optional<Event> next_event() {
        while (!over_) {
            const Result<std::optional<Frame>> frame = frames_.next();
            if (!frame) {
                end(violated(frame.error()));
            } else if (!*frame) {
                pump();
            } else if (Result<Event> event = conversation_.take(**frame)) {
                return std::move(event).value();
            } else if (event.error().code == Errc::limit_bytes) {
                end({.failure = Failure::output_cap});
            } else {
                end(violated(event.error()));
            }
        }
        return std::nullopt;
    }

    static Outcome violated(const Error& error) {
        return {.failure = Failure::protocol_violation, .detail = std::string(meaning(error.code))};
    }

    /// Waits for the worker to say something, or for its end, or for the time to be up; and
    /// sends what was queued meanwhile.
    void pump() {
        const auto sent = outgoing_.send(worker_.control.get());
        const auto start = Clock::now();
        milliseconds patience = std::chrono::ceil<milliseconds>(std::max(left_, {}));
        if (sent == Outgoing::Sent::crowded) patience = std::min(patience, kRetry);
        const short wanted = sent == Outgoing::Sent::blocked ? POLLIN | POLLOUT : POLLIN;
        std::array<pollfd, 5> events{{{worker_.control.get(), wanted, 0},
                                      {worker_.errors.get(), POLLIN, 0},
                                      {worker_.process.descriptor(), POLLIN, 0},
                                      {listener_.descriptor(), POLLIN, 0},
                                      {options_.cancel, POLLIN, 0}}};  // poll leaves out -1
        const int ready = ::poll(events.data(), events.size(), static_cast<int>(patience.count()));
        if (ready < 0 && errno != EINTR && errno != EAGAIN) {
            end({.failure = Failure::setup_failed, .detail = "poll"});
            return;
        }
        if (ready > 0 && events[4].revents != 0) {
            end({.failure = Failure::cancelled});
            return;
        }
        if (ready > 0 && events[1].revents != 0) read_errors();
        const bool ended = ready > 0 && events[2].revents != 0;
        const bool denied = ready > 0 && events[3].revents != 0;
        if (ended || denied || (ready > 0 && (events[0].revents & ~POLLOUT) != 0)) {
            switch (read_control()) {
                case Read::some: break;
                case Read::nothing:
                    // It stands in the call that it may not make; what it said before came first.
                    if (denied) read_listener();
                    if (ended) end_of_stream();
                    break;
                case Read::end: end_of_stream(); break;
            }
        }
        if (over_) return;
        left_ -= Clock::now() - start;
        if (left_ <= Clock::duration::zero()) end({.failure = Failure::timeout});
    }

    enum class Read { some, nothing, end };

    Read read_control() {
        const auto room = frames_.room(kReadSize);
        // Descriptors are taken until the worker is locked, and never from a parser.
        const ssize_t count =
            greeted_ ? ::recv(worker_.control.get(), room.data(), room.size(), MSG_DONTWAIT)
                     : receive_with_descriptor(worker_.control.get(), room, handed_over_);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Read::nothing;
        if (count <= 0) return Read::end;
        frames_.filled(static_cast<std::size_t>(count));
        return Read::some;
    }

    /// The kernel's report of a call that the worker may not make.
    void read_listener() {
        const std::optional<DeniedCall> call = listener_.read();
        if (!call) return;
        end({.failure = Failure::denied_syscall,
             .syscall = call->number,
             .detail = call_name(static_cast<std::uint32_t>(call->number))});
    }

    void read_errors() {
        std::array<char, 16 * kKiB> buffer{};
        const ssize_t count = ::read(worker_.errors.get(), buffer.data(), buffer.size());
        if (count == 0) worker_.errors.reset();  // poll leaves out -1
        if (count <= 0) return;
        const auto kept = std::min(static_cast<std::size_t>(count), kErrorsKept - errors_.size());
        errors_.append(buffer.data(), kept);
    }

    void end_of_stream() {
        const std::optional<Ending> ending = worker_.process.wait(options_.request_timeout);
        if (!ending) {
            end({.failure = Failure::closed_early, .detail = "closed its socket and ran on"});
        } else if (finishing_ && ended_well(*ending)) {
            end(frames_.empty() ? Outcome{} : violated({Errc::truncated, 0}));
        } else if (worker_.group && worker_.group->ran_out_of_memory()) {
            end({.failure = Failure::out_of_memory,
                 .signal = ending->signal,
                 .detail = "killed by the kernel's out-of-memory killer"});
        } else if (greeted_ || ending->signal != 0) {
            end(cause(*ending));
        } else {
            end({.failure = Failure::setup_failed,
                 .detail = "ended before it was locked, with exit status " +
                           std::to_string(ending->code)});
        }
    }

    bool ended_well(const Ending& ending) const {
        return conversation_.unanswered().empty() && ending.code == 0 && ending.signal == 0;
    }

    void last_words(const Event& event) {
        if (const auto* refusal = std::get_if<Missing>(&event)) {
            end({.failure = kUpToTheSystem.has(refusal->layer) ? Failure::sandbox_unavailable
                                                               : Failure::setup_failed,
                 .detail = std::string(name(refusal->layer)) + ": " + reason(*refusal)});
        } else if (const auto* denied = std::get_if<Denied>(&event)) {
            end({.failure = Failure::denied_syscall,
                 .syscall = denied->number > INT32_MAX ? -1 : static_cast<int>(denied->number),
                 .detail = call_name(denied->number)});
        } else if (std::holds_alternative<Exhausted>(event)) {
            end({.failure = Failure::out_of_memory});
        } else {
            end({.failure = Failure::crashed, .signal = SIGABRT, .detail = "SIGABRT"});
        }
    }

    Outcome too_weak() const {
        std::string detail = "isolation is " + std::string(name(isolation_.tier())) +
                             ", needed is " + std::string(name(options_.min_tier));
        for (const Missing& row : isolation_.missing) {
            detail += "; " + std::string(name(row.layer)) + ": " + reason(row);
        }
        return {.failure = Failure::sandbox_unavailable, .detail = detail};
    }

    /// The end of the session: the first cause is kept.
    Outcome end(Outcome outcome) {
        if (over_) return *over_;
        worker_.process.kill();
        if (const auto ending = worker_.process.wait(kDying)) usage_ = ending->usage;
        for (int reads = 0; worker_.errors && reads < 8; ++reads) read_errors();
        if (!outcome.ok()) outcome.request = request_in_work();
        over_ = std::move(outcome);
        return *over_;
    }

    std::optional<std::uint64_t> request_in_work() const {
        const auto& unanswered = conversation_.unanswered();
        if (unanswered.empty()) return std::nullopt;
        std::uint64_t id = 0;
        const bool read = ::pread(worker_.progress.get(), &id, sizeof(id), 0) == sizeof(id);
        const bool known = read && std::ranges::find(unanswered, id) != unanswered.end();
        return known ? id : unanswered.front();
    }

    /// The worker holds a descriptor for each request that is not answered.
    static std::size_t window() {
        rlimit files{};
        if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return kWindow;
        const rlim_t room = files.rlim_max - std::min<rlim_t>(files.rlim_max, kFirstInput);
        return std::min<rlim_t>(kWindow, room);
    }

    Worker worker_;
    Options options_;
    const std::size_t window_ = window();
    FrameReader frames_;
    Conversation conversation_;
    Outgoing outgoing_;
    Isolation isolation_;
    DenialListener listener_;
    Descriptor handed_over_;
    bool greeted_ = false;
    bool used_ = false;
    bool finishing_ = false;
    /// Time that receive() may still wait until the oldest request is answered. The caller's own
    /// time does not count, so that a late caller does not find its worker timed out.
    Clock::duration left_;
    std::string errors_;
    Usage usage_;
    std::optional<Outcome> over_;
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

std::variant<Session, Outcome> Session::start(const Options& options) {
    if (takes_canaries_only(options) && options.min_tier != Tier::none) {
        return State::refused("a lock with gaps holds no tier");
    }
    if (is_cancelled(options.cancel)) return Outcome{.failure = Failure::cancelled};
    auto worker = start_worker(options);
    if (auto* outcome = std::get_if<Outcome>(&worker)) return *outcome;
    auto state = std::make_unique<State>(std::move(std::get<Worker>(worker)), options);
    if (state->room() == 0) return State::refused("this process may open too few files");
    Outcome greeting = state->greet();
    if (!greeting.ok()) return greeting;
    return Session(std::move(state));
}

const Isolation& Session::isolation() const { return state_->isolation(); }
bool Session::alive() const { return !state_->over() && state_->process().alive(); }
int Session::pid() const { return state_->process().pid(); }
std::size_t Session::room() const { return state_->room(); }
std::size_t Session::pending() const { return state_->conversation().unanswered().size(); }

std::vector<std::uint64_t> Session::unanswered() const {
    const auto& ids = state_->conversation().unanswered();
    return {ids.begin(), ids.end()};
}

Outcome Session::submit(std::span<const Request> requests) { return state_->submit(requests); }

std::variant<Reply, Outcome> Session::receive() {
    if (!state_->over() && pending() == 0) return State::refused("nothing was asked");
    return state_->receive();
}

Outcome Session::finish() { return state_->finish(); }
Usage Session::usage() const { return state_->usage(); }
std::string Session::errors() const { return state_->errors(); }

}  // namespace pratique::sandbox
