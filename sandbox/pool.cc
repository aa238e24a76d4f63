#include "sandbox/pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace pratique::sandbox {

class Pool::State {
public:
    State(Options options, std::size_t ready) : options_(std::move(options)), ready_(ready) {
        refiller_ = std::thread([this] { refill(); });
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        changed_.notify_all();
        refiller_.join();
    }

    std::variant<Session, Outcome> take() {
        while (std::optional<Session> waited = next()) {
            if (waited->alive()) return std::move(*waited);
        }
        return Session::start(options_);
    }

private:
    std::optional<Session> next() {
        const std::lock_guard lock(mutex_);
        wanted_ = true;
        changed_.notify_all();
        if (waiting_.empty()) return std::nullopt;
        std::optional<Session> first(std::move(waiting_.front()));
        waiting_.pop_front();
        return first;
    }

    /// After a start that failed nothing is tried again until someone asks: the reason is his to
    /// hear, and a system that allows no worker is not to be asked without end.
    void refill() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock,
                          [this] { return closing_ || (wanted_ && waiting_.size() < ready_); });
            if (closing_) return;
            lock.unlock();
            auto started = Session::start(options_);
            lock.lock();
            if (auto* session = std::get_if<Session>(&started)) {
                waiting_.push_back(std::move(*session));
            } else {
                wanted_ = false;
            }
        }
    }

    const Options options_;
    const std::size_t ready_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Session> waiting_;
    bool wanted_ = true;
    bool closing_ = false;
    std::thread refiller_;
};

Pool::Pool(Options options, std::size_t ready)
    : state_(std::make_unique<State>(std::move(options), ready)) {}
Pool::~Pool() = default;

std::variant<Session, Outcome> Pool::take() { return state_->take(); }

}  // namespace pratique::sandbox
