// Hosts that a worker must not depend on, or leak from: many threads, many descriptors, odd
// signals, no descriptors left, a sudden death.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "talk.h"

using namespace worker_test;

namespace {

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

std::string status_line(int pid, const std::string& key, const char* file = "/status") {
    std::ifstream in("/proc/" + std::to_string(pid) + file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(key)) return line.substr(line.find_first_not_of(" \t", key.size()));
    }
    return "";
}

/// Makes `call` fail with `error` for this process, and for all that it starts.
bool forbid(std::uint32_t call, std::uint32_t error) {
    std::array<sock_filter, 4> code{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{code.size(), code.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

Failure echo() {
    auto started = Session::start(options());
    if (const auto* outcome = std::get_if<Outcome>(&started)) return outcome->failure;
    auto& session = std::get<Session>(started);
    const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
    if (const auto* outcome = std::get_if<Outcome>(&result)) return outcome->failure;
    return session.finish().failure;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(host)

BOOST_AUTO_TEST_CASE(the_worker_sees_its_own_descriptors_and_nothing_else) {
    std::vector<Descriptor> secrets;
    for (int i = 0; i < 500; ++i) secrets.emplace_back(::dup(STDERR_FILENO));
    secrets.emplace_back(::open("/", O_RDONLY | O_DIRECTORY));
    secrets.emplace_back(::socket(AF_INET, SOCK_STREAM, 0));
    BOOST_TEST(secrets[499].get() > 500);
    ::setenv("PRATIQUE_SECRET", "1", 1);
    Session session = start();
    BOOST_TEST(answer(session, {.kind = kReport, .id = 1, .payload = {}}) ==
               "fds: 0 1 2 3 4 5; variables: 0; folder: /");
}

BOOST_AUTO_TEST_CASE(a_locked_process_looks_locked_from_outside) {
    rlimit before{};
    ::getrlimit(RLIMIT_CORE, &before);
    const rlimit keeps_dumps{before.rlim_max, before.rlim_max};
    ::setrlimit(RLIMIT_CORE, &keeps_dumps);
    Session session = start();
    ::setrlimit(RLIMIT_CORE, &before);
    BOOST_TEST(status_line(session.pid(), "Seccomp:") == "2");
    BOOST_TEST(status_line(session.pid(), "NoNewPrivs:") == "1");
    BOOST_TEST(status_line(session.pid(), "CapEff:") == "0000000000000000");
    BOOST_TEST(status_line(session.pid(), "CapPrm:") == "0000000000000000");
    BOOST_TEST(status_line(session.pid(), "Threads:") == "1");
    BOOST_TEST(status_line(session.pid(), "SigIgn:") == "0000000000000000");
    BOOST_TEST(status_line(session.pid(), "SigBlk:") == "0000000000000000");
    BOOST_TEST(status_line(session.pid(), "Umask:") == "0077");
    BOOST_TEST(::getsid(session.pid()) == session.pid());
    for (const char* limit : {"Max core file size", "Max file size", "Max processes",
                              "Max locked memory", "Max msgqueue size"}) {
        BOOST_TEST_CONTEXT(limit) {
            BOOST_TEST(status_line(session.pid(), limit, "/limits").starts_with("0 "));
        }
    }
    BOOST_TEST(status_line(session.pid(), "Max open files", "/limits").starts_with("198 "));
    BOOST_TEST(status_line(session.pid(), "Max cpu time", "/limits").starts_with("600 "));
}

BOOST_AUTO_TEST_CASE(two_hundred_sessions_leave_no_descriptor_behind) {
    echo();  // the starter's thread, and whatever else is made once
    const std::size_t before = open_descriptors();
    constexpr std::array kinds{kEcho, kSegfault, kSocket, kExit, kGarbage, kAbort};
    for (std::size_t i = 0; i < 180; ++i) ending(kinds[i % kinds.size()]);
    for (int i = 0; i < 10; ++i) start_failure({.worker = "/nowhere"});
    for (int i = 0; i < 10; ++i) {
        start_failure({.worker = TEST_WORKER, .min_tier = Tier::full});
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(more_isolation_than_there_is_cannot_be_had) {
    BOOST_TEST(in_a_copy([] {
                   if (!forbid(SYS_unshare, EPERM)) return 1;
                   const Outcome full =
                       start_failure({.worker = TEST_WORKER, .min_tier = Tier::full});
                   if (full.failure != Failure::sandbox_unavailable) return 2;
                   if (full.detail.find("namespaces") == std::string::npos) return 3;
                   const Session session = start();
                   if (session.isolation().tier() != Tier::strong) return 4;
                   const auto& missing = session.isolation().missing;
                   return missing.size() == 1 && missing[0].layer == Layer::namespaces &&
                                  missing[0].error == EPERM
                              ? 0
                              : 5;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(a_missing_layer_is_an_error_or_is_reported) {
    struct Row {
        long call;
        Layer layer;
        Failure strong, basic;
    };
    for (const Row& row :
         {Row{SYS_landlock_create_ruleset, Layer::landlock, Failure::sandbox_unavailable,
              Failure::none},
          Row{SYS_landlock_restrict_self, Layer::landlock, Failure::sandbox_unavailable,
              Failure::none},
          Row{SYS_seccomp, Layer::seccomp, Failure::sandbox_unavailable,
              Failure::sandbox_unavailable},
          Row{SYS_capset, Layer::capabilities, Failure::setup_failed, Failure::setup_failed},
          Row{SYS_setsid, Layer::session, Failure::setup_failed, Failure::setup_failed}}) {
        BOOST_TEST_CONTEXT(name(row.layer)) {
            BOOST_TEST(in_a_copy([&row] {
                           if (!forbid(static_cast<std::uint32_t>(row.call), ENOSYS)) return 1;
                           const Outcome strong = start_failure(options());
                           if (strong.failure != row.strong) return 2;
                           if (strong.detail.find(name(row.layer)) == std::string::npos) return 3;
                           const auto basic =
                               Session::start({.worker = TEST_WORKER, .min_tier = Tier::basic});
                           if (row.basic != Failure::none) {
                               const auto* outcome = std::get_if<Outcome>(&basic);
                               return outcome != nullptr && outcome->failure == row.basic ? 0 : 4;
                           }
                           const auto* session = std::get_if<Session>(&basic);
                           if (session == nullptr) return 5;
                           if (session->isolation().tier() != Tier::basic) return 6;
                           const auto& missing = session->isolation().missing;
                           return missing.size() == 1 && missing[0].layer == row.layer &&
                                          missing[0].error == ENOSYS
                                      ? 0
                                      : 7;
                       }) == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_call_of_the_start_may_fail) {
    for (const long call :
         {SYS_socketpair, SYS_pipe2, SYS_memfd_create, SYS_clone, SYS_execveat, SYS_close_range,
#ifdef SYS_dup2
          SYS_dup2,
#endif
          SYS_ftruncate, SYS_prctl, SYS_sendto}) {
        BOOST_TEST_CONTEXT("call " << call) {
            BOOST_TEST(in_a_copy([call] {
                           const std::size_t before = open_descriptors();
                           if (!forbid(static_cast<std::uint32_t>(call), EPERM)) return 1;
                           if (echo() == Failure::none) return 2;
                           return open_descriptors() == before ? 0 : 3;
                       }) == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(sigchld_may_be_ignored) {
    BOOST_TEST(in_a_copy([] {
                   ::signal(SIGCHLD, SIG_IGN);
                   if (echo() != Failure::none) return 1;
                   Session session = start();
                   const auto result = ask(session, {.kind = kSegfault, .id = 1, .payload = {}});
                   const auto* outcome = std::get_if<Outcome>(&result);
                   return outcome != nullptr && outcome->failure == Failure::crashed ? 0 : 2;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(another_thread_may_reap_everything) {
    BOOST_TEST(in_a_copy([] {
                   std::atomic<bool> stop = false;
                   std::thread reaper([&stop] {
                       while (!stop) {
                           while (::waitpid(-1, nullptr, WNOHANG) > 0) {
                           }
                           ::usleep(200);
                       }
                   });
                   int wrong = 0;
                   for (int i = 0; i < 20; ++i) {
                       if (ending(kSegfault).failure != Failure::crashed) ++wrong;
                       if (echo() != Failure::none) ++wrong;
                   }
                   stop = true;
                   reaper.join();
                   return wrong;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(interrupted_calls_go_on) {
    BOOST_TEST(in_a_copy([] {
                   struct sigaction action {};
                   action.sa_handler = [](int) {};  // without SA_RESTART
                   ::sigaction(SIGALRM, &action, nullptr);
                   const itimerval often{{0, 500}, {0, 500}};
                   ::setitimer(ITIMER_REAL, &often, nullptr);
                   for (int i = 0; i < 20; ++i) {
                       if (echo() != Failure::none) return 1;
                   }
                   return 0;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(no_descriptor_left_is_an_error_and_no_leak) {
    BOOST_TEST(in_a_copy([] {
                   echo();
                   const std::size_t before = open_descriptors();
                   bool failed = false;
                   for (rlim_t limit = 3; limit < 40; ++limit) {
                       const rlimit files{limit, 4096};
                       ::setrlimit(RLIMIT_NOFILE, &files);
                       const Failure failure = echo();
                       const rlimit again{4096, 4096};
                       ::setrlimit(RLIMIT_NOFILE, &again);
                       if (failure == Failure::setup_failed)
                           failed = true;
                       else if (failure != Failure::none)
                           return 1;
                       if (open_descriptors() != before) return 2;
                   }
                   return failed && echo() == Failure::none ? 0 : 3;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(low_numbers_may_be_closed_in_the_host) {
    BOOST_TEST(in_a_copy([] {
                   for (int fd = 0; fd < 10; ++fd) ::close(fd);
                   return echo() == Failure::none ? 0 : 1;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(the_thread_that_starts_a_session_may_end) {
    std::vector<Session> sessions;
    for (int i = 0; i < 8; ++i) {
        std::thread([&sessions] {
            auto started = Session::start(options());
            if (auto* session = std::get_if<Session>(&started)) {
                sessions.push_back(std::move(*session));
            }
        }).join();
    }
    BOOST_TEST(sessions.size() == 8U);
    ::usleep(50'000);
    for (Session& session : sessions) {
        BOOST_TEST(answer(session, {kEcho, 1, as_bytes("here"), -1}) == "here");
    }
}

BOOST_AUTO_TEST_CASE(threads_may_allocate_while_workers_start) {
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&stop] {
            while (!stop) {
                std::vector<std::string> churn(100, std::string(1000, 'x'));
                std::this_thread::yield();
            }
        });
    }
    std::atomic<int> good = 0;
    std::vector<std::thread> starters;
    for (int i = 0; i < 4; ++i) {
        starters.emplace_back([&good] {
            for (int n = 0; n < 10; ++n) good += echo() == Failure::none ? 1 : 0;
        });
    }
    for (std::thread& starter : starters) starter.join();
    stop = true;
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(good == 40);
}

BOOST_AUTO_TEST_CASE(a_worker_dies_with_its_host) {
    std::array<int, 2> pair{};
    BOOST_TEST_REQUIRE(::pipe2(pair.data(), O_CLOEXEC) == 0);
    const pid_t host = ::fork();
    if (host == 0) {
        Session session = start();
        const Request busy{.kind = kBusy, .id = 1, .payload = {}};
        const bool sent = session.submit({&busy, 1}).ok();
        const int pid = sent ? session.pid() : -1;
        if (::write(pair[1], &pid, sizeof(pid)) > 0) ::pause();
        ::_exit(1);
    }
    int worker = -1;
    BOOST_TEST_REQUIRE(::read(pair[0], &worker, sizeof(worker)) == sizeof(worker));
    BOOST_TEST_REQUIRE(worker > 0);
    const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, worker, 0)));
    BOOST_TEST_REQUIRE(pidfd.get() >= 0);
    ::kill(host, SIGKILL);
    ::waitpid(host, nullptr, 0);
    pollfd gone{pidfd.get(), POLLIN, 0};
    BOOST_TEST(::poll(&gone, 1, 1'000) == 1);
    ::close(pair[0]);
    ::close(pair[1]);
}

BOOST_AUTO_TEST_SUITE_END()
