// A fixture: after each test case no process and no descriptor is left of what it did.
#pragma once

#include <sys/wait.h>

#include <filesystem>

#include "talk.h"

namespace worker_test {

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

/// Whether this process has a child, running or not yet reaped.
inline bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0;
}

struct NothingRemains {
    // Once for the process: the thread that starts workers, and what else is made once.
    NothingRemains() {
        BOOST_TEST_REQUIRE(start().finish().ok());
        before_ = open_descriptors();
    }
    NothingRemains(const NothingRemains&) = delete;
    NothingRemains& operator=(const NothingRemains&) = delete;
    ~NothingRemains() {
        BOOST_TEST(open_descriptors() == before_);
        BOOST_TEST(!has_children());
    }

private:
    std::size_t before_ = 0;
};

}  // namespace worker_test
