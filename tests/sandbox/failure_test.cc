// Every way in which a locked worker can fail, and its name: 144, 145, 148 to 151, from inside the
// lock.
#include <sys/syscall.h>

#include <csignal>

#include "remains.h"

using namespace worker_test;

namespace {

struct Case {
    const char* what;
    std::uint32_t kind;
    Failure failure;
    int signal = 0;
    int syscall = -1;
};

constexpr auto kCases = std::to_array<Case>({
    {"opens a network socket", kSocket, Failure::denied_syscall, 0, SYS_socket},
        {"runs a program", kExec, Failure::denied_syscall, 0, SYS_execve},
        {"wants to be traced", kPtrace, Failure::denied_syscall, 0, SYS_ptrace},
        {"maps executable memory", kMapExec, Failure::denied_syscall, 0, SYS_mmap},
        {"asks for its own number", kStop, Failure::denied_syscall, 0, SYS_getpid},
#if defined(__x86_64__)
        {"makes an x32 call", kX32, Failure::denied_syscall},
#endif
        {"reads a bad address", kSegfault, Failure::crashed, SIGSEGV},
        {"aborts", kAbort, Failure::crashed, SIGABRT},
        {"throws", kThrow, Failure::crashed, SIGABRT},
        {"recurses without end", kOverflow, Failure::crashed, SIGSEGV},
        {"computes without end", kBusy, Failure::timeout},
        {"allocates without end", kAllocate, Failure::out_of_memory},
        {"answers without end", kFlood, Failure::output_cap},
        {"complains without end", kComplain, Failure::timeout},
        {"writes no frame", kGarbage, Failure::protocol_violation},
        {"answers what was not asked", kWrongId, Failure::protocol_violation},
        {"ends an answer twice", kEarlyDone, Failure::protocol_violation},
        {"leaves in the middle of a frame", kHalfFrame, Failure::closed_early},
        {"leaves with status 0", kExit, Failure::closed_early},
        {"leaves with another status", kExitCode, Failure::closed_early},
});

Options impatient() {
    Options chosen = options();
    chosen.request_timeout = std::chrono::milliseconds(2'000);
    chosen.memory_bytes = 64 * kMiB;
    return chosen;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(failure, NothingRemains)

BOOST_AUTO_TEST_CASE(each_has_its_name) {  // 144, 145, 150, 151
    for (const Case& row : kCases) {
        const Outcome outcome = ending(row.kind, impatient());
        BOOST_TEST_CONTEXT(row.what << ": " << outcome.detail) {
            BOOST_TEST(name(outcome.failure) == name(row.failure));
            BOOST_TEST(outcome.signal == row.signal);
            BOOST_TEST(outcome.syscall == row.syscall);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refused_file_does_not_end_the_worker) {
    BOOST_TEST(ending(kOpen).ok());  // libraries try; the answer is EACCES
}

BOOST_AUTO_TEST_CASE(cpu_time_runs_out) {  // 151
    Options chosen = options();
    chosen.cpu_seconds = 1;
    const Outcome outcome = ending(kBusy, chosen);
    BOOST_TEST(name(outcome.failure) == "timeout");
    BOOST_TEST(outcome.detail == "CPU time");
}

BOOST_AUTO_TEST_CASE(a_stopped_worker_is_ended) {  // 148
    Session session = start(impatient());
    ::kill(session.pid(), SIGSTOP);
    const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    BOOST_TEST(name(std::get<Outcome>(result).failure) == "timeout");
    BOOST_TEST(::kill(session.pid(), 0) != 0);  // dead, and reaped
}

BOOST_AUTO_TEST_CASE(killed_from_outside_is_said_to_be_that) {  // 150
    Session session = start();
    ::kill(session.pid(), SIGKILL);
    const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    BOOST_TEST(name(std::get<Outcome>(result).failure) == "killed");
    BOOST_TEST(std::get<Outcome>(result).signal == SIGKILL);
}

BOOST_AUTO_TEST_CASE(what_it_complains_is_kept_in_part_and_escaped) {  // 145
    Session session = start(impatient());
    BOOST_TEST(
        std::holds_alternative<Outcome>(ask(session, {.kind = kComplain, .id = 1, .payload = {}})));
    BOOST_TEST(session.errors().starts_with("\\x1b\\x1b"));
    BOOST_TEST(session.errors().size() <= 4 * 64 * kKiB);
    Session aborted = start();
    BOOST_TEST(
        std::holds_alternative<Outcome>(ask(aborted, {.kind = kThrow, .id = 1, .payload = {}})));
    BOOST_TEST(aborted.errors().find("terminate called") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failure_costs_no_more_time_than_it_may) {
    const auto before = std::chrono::steady_clock::now();
    ending(kBusy, impatient());
    BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_SUITE_END()
