#include "sandbox/pool.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "proc.h"
#include "sandbox/output.h"
#include "talk.h"

using namespace worker_test;

namespace {

Session taken(Pool& pool) {
    auto session = pool.take();
    BOOST_TEST_REQUIRE(std::holds_alternative<Session>(session));
    return std::get<Session>(std::move(session));
}

std::string echo_with(Session& session, std::string_view text) {
    const Descriptor file = file_of("x");
    auto output = Output::make(4096);
    return answer(session,
                  {kEcho, 1, as_bytes(text), file.get(), std::get<Output>(output).descriptor()});
}

/// Processes that this one has started and not yet reaped.
std::vector<int> children() {
    std::vector<int> out;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream in(thread.path() / "children");
        for (int pid = 0; in >> pid;) out.push_back(pid);
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(each_taker_gets_a_worker_of_his_own) {
    Pool pool(one_file(), 2);
    std::set<int> pids;
    for (int i = 0; i < 6; ++i) {
        Session session = taken(pool);
        BOOST_TEST((session.isolation().tier() >= Tier::strong));
        BOOST_TEST(echo_with(session, "hello") == "hello");
        BOOST_TEST(session.finish().ok());
        pids.insert(session.pid());
    }
    BOOST_TEST(pids.size() == 6U);
}

BOOST_AUTO_TEST_CASE(one_that_died_while_it_waited_is_passed_over) {
    Pool pool(one_file(), 2);
    std::vector<int> waiting;
    for (int i = 0; i < 1'000 && waiting.size() < 2; ++i) {
        ::usleep(1'000);
        waiting = children();
    }
    BOOST_TEST_REQUIRE(waiting.size() == 2U);
    ::kill(waiting[0], SIGKILL);
    for (int i = 0; i < 5'000 && !status_line(waiting[0], "State:").starts_with("Z"); ++i) {
        ::usleep(1'000);  // until it is dead, and nobody has looked
    }
    Session session = taken(pool);
    BOOST_TEST(session.pid() != waiting[0]);
    BOOST_TEST(echo_with(session, "still") == "still");
}

BOOST_AUTO_TEST_CASE(where_no_worker_starts_the_taker_hears_why) {
    Pool pool({.profile = Profile::single, .worker = "/nowhere/worker"}, 3);
    for (int i = 0; i < 3; ++i) {
        const auto session = pool.take();
        BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(session));
        BOOST_TEST(name(std::get<Outcome>(session).failure) == "helper_missing");
    }
}

BOOST_AUTO_TEST_CASE(many_threads_may_take) {
    Pool pool(one_file(), 4);
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 5; ++n) {
                auto session = pool.take();
                if (auto* own = std::get_if<Session>(&session)) {
                    good += echo_with(*own, "hi") == "hi" && own->finish().ok() ? 1 : 0;
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(good == 40);
}

BOOST_AUTO_TEST_SUITE_END()
