// The policy table as the kernel applies it, line by line and from both sides.
#include <cstring>

#include "policy_rows.h"
#include "sandbox/call_names.h"
#include "sandbox/output.h"
#include "talk.h"

using namespace worker_test;
using policy_rows::Row;

namespace {

/// What becomes of the call in a worker of its own.
std::string attempt(Profile profile, const Row& row, int file) {
    Options chosen = options();
    chosen.profile = profile;
    Session session = start(chosen);
    auto output = Output::make(4096);
    const int memory = profile == Profile::single ? std::get<Output>(output).descriptor() : -1;
    const std::string scratch(64, '\0');
    Attempt attempt{.number = row.call, .arguments = {}, .data = as_bytes(scratch)};
    std::ranges::copy(row.arguments, attempt.arguments.begin());
    const auto payload = encode(attempt);
    const auto result = ask(session, {kCanary, 1, payload, file, memory});
    if (const auto* outcome = std::get_if<Outcome>(&result)) {
        return std::string(name(outcome->failure)) + " " + outcome->detail;
    }
    const auto value = static_cast<std::int64_t>(number(std::get<std::string>(result)));
    return value < 0 && value > -4096 ? ::strerrorname_np(static_cast<int>(-value)) : "works";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy)

BOOST_AUTO_TEST_CASE(what_the_table_allows_is_done) {
    const Descriptor file = file_of("x");
    for (const Profile profile : {Profile::stream, Profile::single}) {
        for (const Row& row : policy_rows::allowed(profile)) {
            const std::string expected = row.result == 0 ? "works" : ::strerrorname_np(row.result);
            BOOST_TEST_CONTEXT(name(profile) << ": " << context(row)) {
                BOOST_TEST(attempt(profile, row, file.get()) == expected);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_next_to_it_is_denied) {
    const Descriptor file = file_of("x");
    for (const Profile profile : {Profile::stream, Profile::single}) {
        for (const Row& row : policy_rows::forbidden(profile)) {
            BOOST_TEST_CONTEXT(name(profile) << ": " << context(row)) {
                BOOST_TEST(attempt(profile, row, file.get()) ==
                           "denied_syscall " + call_name(static_cast<std::uint32_t>(row.call)));
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
