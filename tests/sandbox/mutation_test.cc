// The tests of the policy tested: whatever is taken out of the table, or widened in it, some row of
// policy_rows.cc notices. The rows' verdicts on the table as it is are computed here too, and
// policy_test.cc sees the same from the kernel, so the computation can be trusted.
#include <seccomp.h>

#include "bpf.h"
#include "policy_rows.h"
#include "sandbox/policy/compile.h"
#include "talk.h"

using namespace worker_test;
using policy::Policy;
using policy_rows::Row;

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kHere = SCMP_ARCH_X86_64;
#else
constexpr std::uint32_t kHere = SCMP_ARCH_AARCH64;
#endif

Policy table(Profile profile) {
    return profile == Profile::single ? policy::single() : policy::stream();
}

seccomp_data call_of(const Row& row, Profile profile) {
    seccomp_data call{static_cast<int>(row.call), kHere, 0x400000, {}};
    for (std::size_t i = 0; i < row.arguments.size(); ++i) {
        switch (row.arguments[i].meaning) {
            case Argument::Meaning::number: call.args[i] = row.arguments[i].value; break;
            case Argument::Meaning::input:
                call.args[i] = profile == Profile::single ? kInput : kFirstInput;
                break;
            case Argument::Meaning::data: call.args[i] = 0x7f12'3456'7000; break;  // an address
            case Argument::Meaning::result: BOOST_FAIL("a row is one call");
        }
    }
    return call;
}

/// Rows of this policy that do not come out as they should: the first, or nothing.
std::string first_wrong(const Policy& changed, Profile profile) {
    const auto first = policy::compile(changed, policy::Denial::notify, kHere);
    const auto seal = policy::compile_seal(changed, kHere);
    const auto verdict = [&](const Row& row, bool sealed) {
        const seccomp_data call = call_of(row, profile);
        const std::uint32_t action = bpf::run(first, call);
        return sealed ? bpf::stricter(action, bpf::run(seal, call)) : action;
    };
    const auto denied = [](std::uint32_t action) {
        return action == SECCOMP_RET_USER_NOTIF || action == SECCOMP_RET_TRAP;
    };
    for (const bool sealed : {true, false}) {
        for (const Row& row :
             sealed ? policy_rows::allowed(profile) : policy_rows::allowed_while_arming(profile)) {
            const std::uint32_t action = verdict(row, sealed);
            const auto error = static_cast<std::uint32_t>(row.result);
            // An errno is the filter's or that of the kernel behind it; the table says which.
            const bool refused = std::ranges::any_of(table(profile).rules, [&](const auto& rule) {
                return rule.error != 0 && seccomp_syscall_resolve_name(rule.call) == row.call;
            });
            if (action != (refused ? SECCOMP_RET_ERRNO | error : SECCOMP_RET_ALLOW)) {
                return "allowed: " + context(row);
            }
        }
        for (const Row& row : sealed ? policy_rows::forbidden(profile)
                                     : policy_rows::forbidden_while_arming(profile)) {
            if (!denied(verdict(row, sealed))) return "forbidden: " + context(row);
        }
    }
    return "";
}

std::string describe(const policy::Rule& rule) {
    std::string out = rule.call;
    for (const policy::Condition& condition : rule.conditions) {
        out += " [" + std::to_string(condition.argument) + "] & " + std::to_string(condition.mask) +
               " == " + std::to_string(condition.value);
    }
    return out;
}

/// All tables that differ from this list of rules in one place, with the place.
struct Mutation {
    std::string what;
    std::vector<policy::Rule> rules;
};

std::vector<Mutation> mutations(const std::vector<policy::Rule>& rules) {
    std::vector<Mutation> out;
    const auto add = [&](std::string what, std::size_t index, auto&& change) {
        out.push_back({what + ": " + describe(rules[index]), rules});
        change(out.back().rules);
    };
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto at = static_cast<std::ptrdiff_t>(i);
        if (seccomp_syscall_resolve_name_arch(kHere, rules[i].call) < 0) continue;
        add("without rule", i, [&](auto& copy) { copy.erase(copy.begin() + at); });
        if (rules[i].error != 0) add("allowed", i, [&](auto& copy) { copy[i].error = 0; });
        for (std::size_t c = 0; c < rules[i].conditions.size(); ++c) {
            const auto condition = static_cast<std::ptrdiff_t>(c);
            add("without condition " + std::to_string(c), i, [&](auto& copy) {
                copy[i].conditions.erase(copy[i].conditions.begin() + condition);
            });
            if (rules[i].conditions[c].mask <= UINT32_MAX) continue;
            add("condition " + std::to_string(c) + " in 32 bits", i,
                [&](auto& copy) { copy[i].conditions[c].mask &= UINT32_MAX; });
        }
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mutation)

BOOST_AUTO_TEST_CASE(the_table_itself_is_right) {
    for (const Profile profile : {Profile::stream, Profile::single}) {
        BOOST_TEST(first_wrong(table(profile), profile) == "");
    }
}

BOOST_AUTO_TEST_CASE(no_line_of_the_table_can_be_taken_away_unnoticed) {
    std::size_t tried = 0;
    for (const Profile profile : {Profile::stream, Profile::single}) {
        const Policy whole = table(profile);
        for (const bool arming : {false, true}) {
            for (const Mutation& mutation : mutations(arming ? whole.arming : whole.rules)) {
                Policy changed = whole;
                (arming ? changed.arming : changed.rules) = mutation.rules;
                ++tried;
                BOOST_TEST_CONTEXT(name(profile) << (arming ? ", arming " : " ") << mutation.what) {
                    BOOST_TEST(first_wrong(changed, profile) != "");
                }
            }
        }
    }
    BOOST_TEST(tried > 150U);
}

BOOST_AUTO_TEST_CASE(other_architectures_are_not_judged_but_killed) {
    for (const Profile profile : {Profile::stream, Profile::single}) {
        const auto filter = policy::compile(table(profile), policy::Denial::notify, kHere);
        seccomp_data call{1, SCMP_ARCH_X86, 0, {5, 0, 0}};
        BOOST_TEST(bpf::run(filter, call) == SECCOMP_RET_KILL_PROCESS);
#if defined(__x86_64__)
        call = {0x40000000 | 1, kHere, 0, {5, 0, 0}};  // x32's write
        BOOST_TEST(bpf::run(filter, call) == SECCOMP_RET_KILL_PROCESS);
#endif
    }
}

BOOST_AUTO_TEST_SUITE_END()
