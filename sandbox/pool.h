// Workers that wait, locked, for the one file that each of them will get: a start costs a
// millisecond, a request to a worker that waits a tenth of it. For hosts that load now and then and
// cannot wait; a scan of many files starts its workers itself.
#pragma once

#include <memory>
#include <variant>

#include "sandbox/session.h"

namespace pratique::sandbox {

/// Thread-safe. Starts workers from a thread of its own, which ends with the pool.
class Pool {
public:
    /// Keeps `ready` workers waiting. Those take memory (about a megabyte each) and no time.
    Pool(Options options, std::size_t ready);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    /// Ends the workers that wait. Those that were taken are their takers'.
    ~Pool();

    /// A worker of its own for the caller: one that waited, else one that is started now. One that
    /// died while it waited is passed over. Errors: those of Session::start.
    std::variant<Session, Outcome> take();

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace pratique::sandbox
