// One worker and the dialogue with it. Requests are sent ahead, many in one message together with
// their descriptors, so that the worker need not wait between small files; answers come back in
// the order of the requests. The parent never waits without a limit of time and never stores more
// than one frame. When the worker dies the session is over: the caller takes the gap for the
// request that the outcome names, and starts another session for the rest.
//
//     auto started = Session::start(options);              // Session or Outcome
//     session.submit(requests);                            // at most session.room() of them
//     while (session.pending() > 0) {
//         auto next = session.receive();                   // Reply or Outcome
//     }
//     session.finish();
//
// A session with `Options::profile` `single` takes one request, with an input and an Output that
// the worker fills; it is sealed and read once the worker has ended (sandbox/output.h). Such a
// worker can be started ahead and wait (sandbox/pool.h).
//
// A session belongs to one thread at a time; sessions are independent of each other.
#pragma once

#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "sandbox/conversation.h"
#include "sandbox/options.h"

namespace pratique::sandbox {

struct Request {
    std::uint32_t kind = 0;  ///< kApplication or above
    std::uint64_t id = 0;    ///< the caller's; unique among the unanswered ones
    Bytes payload;           ///< at most kMaxPayload; copied
    /// A regular file opened for reading only, or -1. Stays the caller's, who keeps it open
    /// until the request is answered or the session over.
    int fd = -1;
    /// `single`: the memory to fill (Output::descriptor), else -1.
    int output = -1;
};

class Session {
public:
    /// A worker that is locked at least as `options.min_tier` says, or why there is none.
    static std::variant<Session, Outcome> start(const Options& options);

    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    /// Kills the worker if it still runs.
    ~Session();

    const Isolation& isolation() const;
    int pid() const;
    /// False once the worker has ended, whatever of its answers is still to be read.
    bool alive() const;

    /// How many requests may be submitted now: less where the host may open few files.
    std::size_t room() const;
    std::size_t pending() const;
    /// Ids of the requests without a complete answer, oldest first.
    std::vector<std::uint64_t> unanswered() const;

    /// Sends the requests, or queues what the socket does not take yet: receive() goes on with
    /// it. Does not wait. A request that breaks the rules above is setup_failed, and none of
    /// this call is sent; the session goes on.
    Outcome submit(std::span<const Request> requests);

    /// The next part of the answer to the oldest request. An Outcome ends the session; asked
    /// again it is returned again. With nothing pending: setup_failed, the session goes on.
    std::variant<Reply, Outcome> receive();

    /// Lets the worker end, and says how it did. Afterwards usage() and errors() are complete.
    Outcome finish();

    /// The cost of the worker, once the session is over.
    Usage usage() const;
    /// What the worker wrote to stderr: the first 64 KiB, escaped.
    std::string errors() const;

private:
    class State;
    explicit Session(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace pratique::sandbox
