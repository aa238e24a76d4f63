// A control group for each worker. Groups can be made wherever cgroup2 is mounted and writable;
// limits need a folder that hands the controllers on. PRATIQUE_TEST_CGROUP names a folder to use;
// without it one is made below the first mount of cgroup2, if that is allowed.
#include "sandbox/cgroup.h"

#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sandbox/check.h"
#include "talk.h"

using namespace worker_test;
namespace fs = std::filesystem;

namespace {

std::string first_mount() {
    std::ifstream in("/proc/self/mounts");
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string device, folder, type;
        words >> device >> folder >> type;
        if (type == "cgroup2") return folder;
    }
    return "";
}

/// A folder for groups, removed afterwards if it was made here.
class Delegated {
public:
    Delegated() {
        if (const char* given = std::getenv("PRATIQUE_TEST_CGROUP")) {
            path_ = given;
            return;
        }
        const std::string mount = first_mount();
        if (mount.empty()) return;
        path_ = mount + "/pratique-test-" + std::to_string(::getpid());
        made_ = ::mkdir(path_.c_str(), 0700) == 0;
        if (!made_) path_.clear();
    }
    Delegated(const Delegated&) = delete;
    Delegated& operator=(const Delegated&) = delete;
    ~Delegated() {
        if (made_) BOOST_TEST(::rmdir(path_.c_str()) == 0);
    }

    /// False, with a message, where no group can be made.
    bool there() const {
        if (path_.empty()) {
            BOOST_TEST_MESSAGE(
                "skipped: no cgroup2 that may be written to; see PRATIQUE_TEST_CGROUP");
        }
        return !path_.empty();
    }

    /// Whether groups in it have the controller's limits. Known once one was made.
    bool hands_on(const std::string& controller) const {
        std::ifstream in(path_ + "/cgroup.subtree_control");
        for (std::string word; in >> word;) {
            if (word == controller) return true;
        }
        BOOST_TEST_MESSAGE("no controller " << controller << " in " << path_);
        return false;
    }

    std::vector<std::string> groups() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(path_)) {
            if (entry.path().filename().string().starts_with("pratique-")) {
                found.push_back(entry.path());
            }
        }
        return found;
    }

    Options options() const {
        Options chosen = worker_test::options();
        chosen.cgroup = path_;
        return chosen;
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
    bool made_ = false;
};

std::string content(const std::string& path) {
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    return line;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cgroup)

BOOST_AUTO_TEST_CASE(each_worker_has_a_group_of_its_own_while_it_lives) {
    const Delegated delegated;
    if (!delegated.there()) return;
    {
        Session one = start(delegated.options());
        Session two = start(delegated.options());
        const auto groups = delegated.groups();
        BOOST_TEST_REQUIRE(groups.size() == 2U);
        std::vector<std::string> inside{content(groups[0] + "/cgroup.procs"),
                                        content(groups[1] + "/cgroup.procs")};
        std::ranges::sort(inside);
        std::vector<std::string> workers{std::to_string(one.pid()), std::to_string(two.pid())};
        std::ranges::sort(workers);
        BOOST_TEST(inside == workers);
        BOOST_TEST(one.finish().ok());
    }
    BOOST_TEST(delegated.groups().empty());
}

BOOST_AUTO_TEST_CASE(no_end_of_a_worker_leaves_its_group) {
    const Delegated delegated;
    if (!delegated.there()) return;
    Options chosen = delegated.options();
    chosen.request_timeout = std::chrono::milliseconds(200);
    for (const std::uint32_t kind : {kEcho, kSegfault, kSocket, kExit, kBusy, kGarbage}) {
        ending(kind, chosen);
        BOOST_TEST_CONTEXT("kind " << kind) { BOOST_TEST(delegated.groups().empty()); }
    }
    chosen.worker = "/bin/true";  // may be gone before it can be put there
    for (int i = 0; i < 20; ++i) BOOST_TEST(!start_failure(chosen).ok());
    chosen.worker = "/nowhere";
    BOOST_TEST(name(start_failure(chosen).failure) == "helper_missing");
    BOOST_TEST(delegated.groups().empty());
}

BOOST_AUTO_TEST_CASE(what_is_left_in_a_group_is_killed) {
    const Delegated delegated;
    if (!delegated.there()) return;
    const pid_t stray = ::fork();
    if (stray == 0) {
        ::alarm(10);  // should a requirement below fail
        for (;;) ::pause();
    }
    {
        const Session session = start(delegated.options());
        const auto groups = delegated.groups();
        BOOST_TEST_REQUIRE(groups.size() == 1U);
        BOOST_TEST(bool(std::ofstream(groups[0] + "/cgroup.procs") << stray << std::flush));
        if (!fs::exists(groups[0] + "/cgroup.kill")) {
            BOOST_TEST_MESSAGE("skipped: Linux before 5.14");
            ::kill(stray, SIGKILL);
            ::waitpid(stray, nullptr, 0);
            return;
        }
    }
    const bool dead = ::waitpid(stray, nullptr, WNOHANG) == stray;  // the destructor waited for it
    BOOST_TEST(dead);
    BOOST_TEST(delegated.groups().empty());
    if (!dead) ::kill(stray, SIGKILL);
}

BOOST_AUTO_TEST_CASE(limits_are_set_and_reported_where_the_kernel_has_them_and_only_there) {
    const Delegated delegated;
    if (!delegated.there()) return;
    Options chosen = delegated.options();
    chosen.memory_bytes = 64 * kMiB;
    const Session session = start(chosen);
    const std::string group = delegated.groups().at(0);
    const GroupLimits& limits = session.isolation().group;
    BOOST_TEST(limits.memory == fs::exists(group + "/memory.max"));
    BOOST_TEST(limits.swap == fs::exists(group + "/memory.swap.max"));
    BOOST_TEST(limits.processes == fs::exists(group + "/pids.max"));
    BOOST_TEST(limits.memory == delegated.hands_on("memory"));
    BOOST_TEST(limits.processes == delegated.hands_on("pids"));
    if (limits.memory) BOOST_TEST(content(group + "/memory.max") == "335544320");  // 64 + 256 MiB
    if (limits.swap) BOOST_TEST(content(group + "/memory.swap.max") == "0");
    if (limits.processes) BOOST_TEST(content(group + "/pids.max") == "1");
}

BOOST_AUTO_TEST_CASE(sandbox_check_says_which_of_them_hold) {
    const Delegated delegated;
    if (!delegated.there()) return;
    std::size_t rows = 0;
    const sandbox::Check tried = sandbox::check(delegated.options());
    for (const CheckRow& row : tried.rows) {
        if (row.layer != "cgroup") continue;
        ++rows;
        if (row.attempt == "limit memory from outside") {
            BOOST_TEST(row.ok == delegated.hands_on("memory"));
        }
    }
    BOOST_TEST(rows == 3U);
}

BOOST_AUTO_TEST_CASE(death_by_the_limit_of_a_group_is_out_of_memory_for_certain) {
    const Delegated delegated;
    if (!delegated.there()) return;
    Session session = start(delegated.options());
    if (!delegated.hands_on("memory")) return;
    // Lower than what the worker allows itself, or it would say so in its own words.
    const std::string group = delegated.groups().at(0);
    BOOST_TEST(bool(std::ofstream(group + "/memory.max") << 32 * kMiB << std::flush));
    const auto result = ask(session, {.kind = kAllocate, .id = 1, .payload = {}});
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    const Outcome& outcome = std::get<Outcome>(result);
    BOOST_TEST(name(outcome.failure) == "out_of_memory");
    BOOST_TEST(outcome.signal == SIGKILL);
    BOOST_TEST(outcome.detail == "killed by the kernel's out-of-memory killer");
}

BOOST_AUTO_TEST_CASE(a_kill_from_outside_is_not_taken_for_it) {
    const Delegated delegated;
    if (!delegated.there()) return;
    Session session = start(delegated.options());
    ::kill(session.pid(), SIGKILL);
    const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    BOOST_TEST(name(std::get<Outcome>(result).failure) == "killed");
}

BOOST_AUTO_TEST_CASE(without_the_option_nothing_is_reported) {
    const Session session = start();
    const GroupLimits& limits = session.isolation().group;
    BOOST_TEST((!limits.memory && !limits.swap && !limits.processes));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_used_is_an_error_with_its_reason) {
    struct Row {
        const char* folder;
        const char* reason;
    };
    for (const Row& row :
         {Row{"sys/fs/cgroup", "not an absolute path"},
          Row{"/nowhere/at/all", "No such file or directory"}, Row{"/dev/null", "Not a directory"},
          Row{"/tmp", "is no folder of cgroup2"}}) {
        Options chosen = options();
        chosen.cgroup = row.folder;
        const Outcome outcome = start_failure(chosen);
        BOOST_TEST_CONTEXT(row.folder << ": " << outcome.detail) {
            BOOST_TEST(name(outcome.failure) == "sandbox_unavailable");
            BOOST_TEST(outcome.detail.starts_with("control group: "));
            BOOST_TEST(outcome.detail.find(row.reason) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
