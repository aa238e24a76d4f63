// Every number that a kernel may give to a call, tried twice: with arguments that are all ones and
// with arguments that are all zeros, as either may be refused for a reason of its own. What is not
// in the table below is denied, and so is a new call of a new kernel. The filter is alone here, so
// that nothing else can be what stops a call.
#include <climits>
#include <csignal>
#include <map>

#include "escape.h"
#include "other_user.h"
#include "sandbox/call_names.h"

using namespace escapes;

namespace {

/// Of one call that is not simply denied.
struct Row {
    std::string_view call;
    Must ones, zeros;
};

/// The calls of which a library gets an errno and no alarm, and those of memory and time.
std::vector<Row> everywhere() {
    const Must no = denied();
    return {
        {"munmap", error(EINVAL), error(EINVAL)}, {"brk", works(), works()},
            {"clock_gettime", no, error(EFAULT)}, {"getrandom", no, works()},
            {"exit_group", leaves(255), leaves(0)}, {"open", error(EACCES), error(EACCES)},
            {"openat", error(EACCES), error(EACCES)}, {"newfstatat", error(EACCES), error(EACCES)},
            {"readlink", error(EACCES), error(EACCES)},
            {"readlinkat", error(EACCES), error(EACCES)}, {"ioctl", error(ENOTTY), error(ENOTTY)},
            {"fcntl", error(EBADF), error(EBADF)}, {"sysinfo", error(ENOSYS), error(ENOSYS)},
            {"sched_getaffinity", error(ENOSYS), error(ENOSYS)},
#if defined(__x86_64__)
            // The ways back from a probe of user space; see of_x86_64().
            {"call 335", ends_by(SIGILL) | no, ends_by(SIGILL) | no},
            {"call 336", ends_by(SIGILL) | error(ENXIO) | no, ends_by(SIGILL) | error(ENXIO) | no},
#endif
    };
}

std::vector<Row> table(Profile profile) {
    std::vector<Row> rows = everywhere();
    if (profile == Profile::stream) {
        rows.push_back({"pread64", error(EINVAL), works()});  // of any descriptor; 0 is /dev/null
    }
    return rows;
}

std::vector<std::int64_t> numbers() {
    std::vector<std::int64_t> all{-1, 9999, 0x3fffffff, INT_MIN, INT_MIN + 1, INT_MAX};
    for (std::int64_t number = 0; number <= 550; ++number) all.push_back(number);
    return all;
}

/// x86-64 keeps the bit 30 for x32, and -1 apart.
bool of_another_architecture(std::int64_t number) {
#if defined(__x86_64__)
    return number != -1 && (static_cast<std::uint64_t>(number) & 0xc0000000) != 0;
#else
    return number == INT64_MIN;
#endif
}

/// A line for each number that did not end as the table says.
std::string wrong(const Options& options, const Value& argument) {
    const bool zeros = std::get<std::uint64_t>(argument.is) == 0;
    std::map<std::string_view, Must> exceptions;
    for (const Row& row : table(options.profile))
        exceptions[row.call] = zeros ? row.zeros : row.ones;
    std::string lines;
    for (const std::int64_t number : numbers()) {
        Must must = denied();
        if (of_another_architecture(number)) must = ends_by(SIGSYS);
        const std::string name = call_name(static_cast<std::uint32_t>(number));
        if (const auto found = exceptions.find(name); found != exceptions.end()) {
            must = found->second;
        }
        const End end = try_calls({{number, Value::Words(6, argument)}}, options).end;
        if (fulfils(end, must, number)) continue;
        lines += name + ": must be " + describe(must, number) + ", is " + describe(end) + "\n";
    }
    return lines;
}

std::string wrong_with_either(const Options& options) {
    return wrong(options, -1) + wrong(options, 0);
}

std::string all_wrong(const Options& options) {
    Options filter = options;
    filter.min_tier = Tier::none;
    filter.canary_layers = {Layer::session, Layer::descriptors, Layer::no_new_privs, Layer::warm_up,
                            Layer::seccomp};
    return in_each_profile(filter, wrong_with_either);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sweep)

BOOST_AUTO_TEST_CASE(all_other_calls_are_denied) { BOOST_TEST(all_wrong(options()) == ""); }

BOOST_AUTO_TEST_CASE(all_other_calls_are_denied_to_an_ordinary_user) {
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("not root: the test before this one ran as an ordinary user");
        return;
    }
    BOOST_TEST(as_ordinary_user(all_wrong) == "");
}

BOOST_AUTO_TEST_SUITE_END()
