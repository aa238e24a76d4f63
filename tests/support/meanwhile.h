// Races for tests: something that goes on while the thing under test runs.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <utility>

namespace pratique::test {

/// Does one thing over and over in a thread of its own, for as long as it lives.
class Meanwhile {
public:
    explicit Meanwhile(std::function<void()> act)
        : thread_([this, act = std::move(act)] {
              for (; !stop_; ++count_) act();
          }) {
        while (count_ < 2) std::this_thread::yield();
    }
    ~Meanwhile() {
        stop_ = true;
        thread_.join();
    }
    Meanwhile(const Meanwhile&) = delete;
    Meanwhile& operator=(const Meanwhile&) = delete;

private:
    std::atomic<bool> stop_ = false;
    std::atomic<int> count_ = 0;
    std::thread thread_;
};

}  // namespace pratique::test
