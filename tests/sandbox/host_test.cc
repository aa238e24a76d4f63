// Hosts that a worker must not depend on: many threads (140), odd signals (138), interrupted calls
// (157), no descriptors left (158), calls that fail (159, 160), a sudden death (141).
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "forbid.h"
#include "liar.h"
#include "proc.h"
#include "remains.h"

using namespace worker_test;
namespace fs = std::filesystem;

namespace {

Failure echo(const Options& chosen = options()) {
    auto started = Session::start(chosen);
    if (const auto* outcome = std::get_if<Outcome>(&started)) return outcome->failure;
    auto& session = std::get<Session>(started);
    const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
    if (const auto* outcome = std::get_if<Outcome>(&result)) return outcome->failure;
    return session.finish().failure;
}

/// A session with data in both directions and with files, each answer compared.
/// `protocol_violation` if one is wrong.
Failure whole_session(int file, std::uint64_t sum, const Options& chosen = options()) {
    auto started = Session::start(chosen);
    if (const auto* outcome = std::get_if<Outcome>(&started)) return outcome->failure;
    auto& session = std::get<Session>(started);
    const std::string large(kMaxPayload, 'y');
    std::vector<Request> batch;
    for (std::uint64_t id = 0; id < 40; ++id) {
        if (id % 8 == 0) {
            batch.push_back({kEcho, id, as_bytes(large), -1});
        } else {
            batch.push_back({kRead, id, {}, file});
        }
    }
    if (const Outcome outcome = session.submit(batch); !outcome.ok()) return outcome.failure;
    std::size_t parts = 0;
    while (session.pending() > 0) {
        const auto next = session.receive();
        if (const auto* outcome = std::get_if<Outcome>(&next)) return outcome->failure;
        const Reply& reply = std::get<Reply>(next);
        if (reply.done()) continue;
        const bool good = reply.id % 8 == 0 ? words(reply) == large : number(words(reply)) == sum;
        if (!good) return Failure::protocol_violation;
        ++parts;
    }
    return parts == batch.size() ? session.finish().failure : Failure::protocol_violation;
}

/// Runs `work` with a signal every so many microseconds whose handler does not restart calls.
int in_a_storm(int every, const std::function<int()>& work) {
    return in_a_copy([&] {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &action, nullptr);
        const itimerval often{{0, every}, {0, every}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
        return work();
    });
}

bool misses(const Isolation& isolation, Layer layer, int error) {
    return std::ranges::any_of(isolation.missing, [&](const Missing& row) {
        return row.layer == layer && row.error == error;
    });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(host, NothingRemains)

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
                   // Before Linux 6.3 it is mdwe that is missed first.
                   if (full.detail.find("namespaces") == std::string::npos &&
                       full.detail.find("mdwe") == std::string::npos) {
                       return 3;
                   }
                   const Session session = start();
                   if (session.isolation().tier() != Tier::strong) return 4;
                   return misses(session.isolation(), Layer::namespaces, EPERM) ? 0 : 5;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(a_missing_layer_is_an_error_or_is_reported) {  // 159, 160
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
                           return misses(session->isolation(), row.layer, ENOSYS) ? 0 : 7;
                       }) == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_call_of_the_start_may_fail) {  // 159
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

BOOST_AUTO_TEST_CASE(sigchld_may_be_ignored) {  // 138
    BOOST_TEST(in_a_copy([] {
                   ::signal(SIGCHLD, SIG_IGN);
                   if (echo() != Failure::none) return 1;
                   Session session = start();
                   const auto result = ask(session, {.kind = kSegfault, .id = 1, .payload = {}});
                   const auto* outcome = std::get_if<Outcome>(&result);
                   return outcome != nullptr && outcome->failure == Failure::crashed ? 0 : 2;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(another_thread_may_reap_everything) {  // 138
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

BOOST_AUTO_TEST_CASE(interrupted_calls_go_on) {  // 157
    const Descriptor file = file_of(std::string(100'000, '\x02'));
    for (const int every : {1000, 100}) {
        const int result = in_a_storm(every, [&file] {
            for (int i = 0; i < 10; ++i) {
                const Failure failure = whole_session(file.get(), 200'000);
                if (failure != Failure::none) return 1 + static_cast<int>(failure);
            }
            return 0;
        });
        BOOST_TEST(result == 0, "every " << every << " us: " << result);
    }
}

BOOST_AUTO_TEST_CASE(interrupted_calls_do_not_hide_failures) {  // 157
    for (const int every : {1000, 100}) {
        BOOST_TEST(in_a_storm(every, [] {
                       Options chosen = options();
                       chosen.request_timeout = std::chrono::milliseconds(1'000);
                       if (ending(kSegfault, chosen).signal != SIGSEGV) return 1;
                       if (ending(kSocket, chosen).syscall != SYS_socket) return 2;
                       if (ending(kBusy, chosen).failure != Failure::timeout) return 3;
                       if (ending(kExit, chosen).failure != Failure::closed_early) return 4;
                       if (ending(kFlood, chosen).failure != Failure::output_cap) return 5;
                       return start_failure({.worker = "/nowhere"}).failure ==
                                      Failure::helper_missing
                                  ? 0
                                  : 6;
                   }) == 0);
    }
}

BOOST_AUTO_TEST_CASE(no_descriptor_left_is_an_error_and_no_leak) {  // 158
    const Descriptor file = file_of(std::string(100, '\x02'));
    BOOST_TEST(in_a_copy([&file] {
                   echo();
                   const std::size_t before = open_descriptors();
                   bool failed = false;
                   for (rlim_t limit = 3; limit < 40; ++limit) {
                       const rlimit files{limit, 4096};
                       ::setrlimit(RLIMIT_NOFILE, &files);
                       const Failure failure = whole_session(file.get(), 200);
                       const rlimit again{4096, 4096};
                       ::setrlimit(RLIMIT_NOFILE, &again);
                       if (failure == Failure::setup_failed)
                           failed = true;
                       else if (failure != Failure::none)
                           return 1;
                       if (open_descriptors() != before || has_children()) return 2;
                   }
                   return failed && echo() == Failure::none ? 0 : 3;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(too_many_descriptors_on_their_way_are_waited_for) {  // 158
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("skipped: only root can become a user whose descriptors are counted");
        return;
    }
    const Folder folder;  // the build may lie where that user may not look
    fs::permissions(folder.path, fs::perms::owner_all | fs::perms::others_exec);
    const fs::path worker = folder.path / "worker";
    fs::copy_file(TEST_WORKER, worker);
    const Descriptor file = file_of(std::string(100, '\x02'));
    BOOST_TEST(in_a_copy([&] {
                   const rlimit few{24, 4096};
                   if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 1;
                   if (::setgid(54321) != 0 || ::setuid(54321) != 0) return 2;
                   Session session = start({.worker = worker});
                   ::kill(session.pid(), SIGSTOP);
                   std::thread later([&session] {
                       ::usleep(30'000);
                       ::kill(session.pid(), SIGCONT);
                   });
                   std::vector<Request> batch;
                   for (std::uint64_t id = 0; id < kWindow; ++id) {
                       batch.push_back({kRead, id, {}, file.get()});
                   }
                   std::size_t good = 0;
                   if (!session.submit(batch).ok()) good = SIZE_MAX;
                   while (session.pending() > 0) {
                       const auto next = session.receive();
                       const auto* reply = std::get_if<Reply>(&next);
                       if (reply == nullptr) break;
                       if (!reply->done() && number(words(*reply)) == 200) ++good;
                   }
                   later.join();
                   return good == kWindow && session.finish().ok() ? 0 : 3;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(low_numbers_may_be_closed_in_the_host) {  // 158
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

BOOST_AUTO_TEST_CASE(threads_may_allocate_while_workers_start) {  // 140
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) {
        threads.emplace_back([&stop] {
            while (!stop) {
                std::vector<std::string> churn(100, std::string(1000, 'x'));
                ::usleep(2'000);  // 64 of them leave the processors something
            }
        });
    }
    std::array<std::atomic<int>, 32> seen{};  // by failure
    std::vector<std::thread> starters;
    for (int i = 0; i < 4; ++i) {
        starters.emplace_back([&seen] {
            for (int n = 0; n < 100; ++n) ++seen[static_cast<std::size_t>(echo())];
        });
    }
    for (std::thread& starter : starters) starter.join();
    stop = true;
    for (std::thread& thread : threads) thread.join();
    for (std::size_t failure = 0; failure < seen.size(); ++failure) {
        if (seen[failure] == 0) continue;
        BOOST_TEST(failure == 0U, seen[failure] << " " << name(static_cast<Failure>(failure)));
    }
}

BOOST_AUTO_TEST_CASE(a_worker_dies_with_its_host) {  // 141
    std::array<int, 2> pair{};
    BOOST_TEST_REQUIRE(::pipe2(pair.data(), O_CLOEXEC) == 0);
    const pid_t host = ::fork();
    if (host == 0) {
        auto started = Session::start(options());
        auto* session = std::get_if<Session>(&started);
        const Request busy{.kind = kBusy, .id = 1, .payload = {}};
        const bool sent = session != nullptr && session->submit({&busy, 1}).ok();
        const int pid = sent ? session->pid() : -1;
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
