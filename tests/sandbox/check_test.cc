#include "sandbox/check.h"

#include <cstring>
#include <map>
#include <set>

#include "sandbox/attempt.h"
#include "sandbox/call_names.h"
#include "talk.h"

using namespace worker_test;

namespace {

std::string describe(const std::variant<std::string, Outcome>& result) {
    if (const auto* payload = std::get_if<std::string>(&result)) {
        const auto value = static_cast<std::int64_t>(number(*payload));
        return value < 0 ? ::strerrorname_np(static_cast<int>(-value)) : "works";
    }
    const Outcome& outcome = std::get<Outcome>(result);
    if (outcome.failure == Failure::closed_early) return "exit";
    if (outcome.failure == Failure::crashed) return outcome.detail;
    return (outcome.failure == Failure::denied_syscall ? "denied " : "?") +
           std::to_string(outcome.syscall);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(every_attempt_ends_as_expected) {
    const std::vector<CheckRow> rows = sandbox::check(options());
    BOOST_TEST(rows.size() > 30U);
    for (const CheckRow& row : rows) {
        BOOST_TEST_CONTEXT(row.attempt << ": expected " << row.expected << ", got " << row.got) {
            BOOST_TEST(row.ok);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_other_call_is_denied) {
    // Each number that any kernel may give to a call, with arguments that no rule foresees. What
    // is listed here is all that is not denied then; a new call of a new kernel is denied too.
    const std::map<std::string, std::string> others = {
        {"pread64", "EINVAL"},
        {"munmap", "EINVAL"},
        {"brk", "works"},
        {"open", "EACCES"},
        {"openat", "EACCES"},
        {"newfstatat", "EACCES"},
        {"readlink", "EACCES"},
        {"readlinkat", "EACCES"},
        {"ioctl", "ENOTTY"},
        {"fcntl", "EBADF"},
        {"sched_getaffinity", "ENOSYS"},
        {"sysinfo", "ENOSYS"},
        {"exit_group", "exit"},
    };
    // x86-64: the way back from a user-space probe. Newer kernels let it pass every filter, and it
    // does nothing but raise SIGILL or fail anywhere else than in a probe.
    const std::set<std::string> probes = {"call 335", "call 336"};
    constexpr Argument none{Argument::Meaning::number, ~std::uint64_t{0}};
    for (std::uint32_t number = 0; number < 500; ++number) {
        const auto payload = encode(Attempt{
            .number = number, .arguments = {none, none, none, none, none, none}, .data = {}});
        Session session = start();
        const auto result = ask(session, {.kind = kCanary, .id = 1, .payload = payload});
        const auto expected = others.find(call_name(number));
        BOOST_TEST_CONTEXT(call_name(number)) {
            if (probes.contains(call_name(number))) {
                BOOST_TEST(describe(result) != "works");
            } else if (expected == others.end()) {
                BOOST_TEST(describe(result) == "denied " + std::to_string(number));
            } else {
                BOOST_TEST(describe(result) == expected->second);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(without_a_worker_one_row_says_why) {
    const std::vector<CheckRow> rows = sandbox::check({.worker = "/nowhere/worker"});
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(!rows[0].ok);
    BOOST_TEST(rows[0].got.starts_with("helper_missing"));
}

BOOST_AUTO_TEST_SUITE_END()
