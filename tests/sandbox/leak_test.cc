// What a host has and its worker must not: descriptors (134), memory (135), a working directory
// (136), a terminal (137), signal settings (138), odd limits (139), and descriptors of ours in
// other programs that the host starts (163).
#include <pty.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <map>
#include <sstream>
#include <thread>

#include "liar.h"
#include "proc.h"
#include "remains.h"

using namespace worker_test;
namespace fs = std::filesystem;

namespace {

std::string of_worker(const Session& session, const char* entry) {
    std::error_code error;
    return fs::read_symlink("/proc/" + std::to_string(session.pid()) + entry, error).string();
}

/// What a descriptor of the worker leads to, for each it has.
std::map<int, std::string> descriptors_of(const Session& session) {
    std::map<int, std::string> out;
    const std::string folder = "/proc/" + std::to_string(session.pid()) + "/fd";
    for (const auto& entry : fs::directory_iterator(folder)) {
        out[std::stoi(entry.path().filename())] = fs::read_symlink(entry.path()).string();
    }
    return out;
}

/// Sixteen random letters, made when the test runs: no program can have them in its data.
std::string secret() {
    std::array<unsigned char, 16> random{};
    if (::getrandom(random.data(), random.size(), 0) != ssize_t{random.size()}) BOOST_FAIL("seed");
    std::string out;
    for (const unsigned char byte : random) out += static_cast<char>('a' + byte % 26);
    return out;
}

/// How often `needle` stands in the memory of the worker, and how many bytes were looked at.
struct Search {
    std::size_t found = 0;
    std::uint64_t bytes = 0;
};

Search search(const Session& session, const std::string& needle) {
    const std::string process = "/proc/" + std::to_string(session.pid());
    std::ifstream maps(process + "/maps");
    const Descriptor memory(::open((process + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
    Search out;
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t begin = 0, end = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) BOOST_FAIL(line);
        std::string content(end - begin, '\0');
        const ssize_t count =
            ::pread(memory.get(), content.data(), content.size(), static_cast<off_t>(begin));
        if (count <= 0) continue;  // [vvar], guard pages
        out.bytes += static_cast<std::uint64_t>(count);
        for (auto at = content.find(needle); at != std::string::npos;
             at = content.find(needle, at + 1)) {
            ++out.found;
        }
    }
    return out;
}

/// Whether the kernel says that the worker is locked.
bool looks_locked(int pid) {
    return status_line(pid, "Seccomp:") == "2" && status_line(pid, "NoNewPrivs:") == "1" &&
           status_line(pid, "CapEff:") == "0000000000000000" &&
           status_line(pid, "Umask:") == "0077" &&
           status_line(pid, "SigBlk:") == "0000000000000000";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(leak, NothingRemains)

BOOST_AUTO_TEST_CASE(no_descriptor_of_the_host_is_open_in_the_worker) {  // 134
    const Folder folder;
    std::ofstream(folder.path / "secret") << "secret";
    std::vector<Descriptor> hosts;  // none of them closes on exec
    for (int i = 0; i < 500; ++i) hosts.emplace_back(::dup(STDERR_FILENO));
    hosts.emplace_back(::open("/", O_RDONLY | O_DIRECTORY));
    hosts.emplace_back(::open((folder.path / "secret").c_str(), O_RDWR));
    hosts.emplace_back(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{AF_UNIX, ""};
    BOOST_TEST_REQUIRE(::bind(hosts.back().get(), reinterpret_cast<const sockaddr*>(&address),
                              sizeof(sa_family_t)) == 0);
    BOOST_TEST_REQUIRE(::listen(hosts.back().get(), 1) == 0);
    Session session = start();
    BOOST_TEST(answer(session, {.kind = kReport, .id = 1, .payload = {}}) ==
               "fds: 0 1 2 3 4 5; variables: 0; folder: /");
    if (::geteuid() != 0) return;  // its /proc/…/fd is for root only
    const auto open = descriptors_of(session);
    BOOST_TEST(open.size() == 6U);
    for (const int fd : {0, 1, 3, 4}) BOOST_TEST(open.at(fd) == "/dev/null");
    BOOST_TEST(open.at(2).starts_with("pipe:"));
    BOOST_TEST(open.at(5).starts_with("socket:"));
}

BOOST_AUTO_TEST_CASE(no_memory_of_the_host_is_in_the_worker) {  // 135
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("skipped: only root reads the memory of a locked worker");
        return;
    }
    const std::string word = secret();
    const std::string heap(std::string(1 << 20, 'x') + word);
    std::array<char, 32> stack{};
    std::ranges::copy(word, stack.begin());
    ::setenv("PRATIQUE_SECRET", word.c_str(), 1);
    Session session = start();
    BOOST_TEST(answer(session, {kEcho, 1, as_bytes("hello"), -1}) == "hello");
    const Search before = search(session, word);
    BOOST_TEST(before.found == 0U);
    BOOST_TEST(before.bytes > kMiB);
    BOOST_TEST(fs::is_empty("/proc/" + std::to_string(session.pid()) + "/environ") == true);
    // The search finds what is there.
    BOOST_TEST(answer(session, {kEcho, 2, as_bytes(word), -1}) == word);
    BOOST_TEST(search(session, word).found > 0U);
    BOOST_TEST(std::string_view(stack.data()) == heap.substr(1 << 20));
    ::unsetenv("PRATIQUE_SECRET");
}

BOOST_AUTO_TEST_CASE(the_worker_is_in_no_folder_of_the_host) {  // 136
    const Folder folder;
    fs::permissions(folder.path, fs::perms::owner_all);
    const fs::path before = fs::current_path();
    fs::current_path(folder.path);
    Session session = start();
    BOOST_TEST(answer(session, {.kind = kReport, .id = 1, .payload = {}}).ends_with("folder: /"));
    if (::geteuid() == 0) {
        // From where we stand, which may be a chroot, the root may have another name.
        BOOST_TEST(of_worker(session, "/cwd") == of_worker(session, "/root"));
        BOOST_TEST(of_worker(session, "/cwd").find(folder.path.filename()) == std::string::npos);
    }
    fs::current_path(before);
}

BOOST_AUTO_TEST_CASE(the_worker_has_no_terminal) {  // 137
    BOOST_TEST(in_a_copy([] {
                   int master = -1;
                   const pid_t host = ::forkpty(&master, nullptr, nullptr, nullptr);
                   if (host == 0) {
                       const int terminal = ::open("/dev/tty", O_RDWR);  // not closed on exec
                       if (terminal < 0) ::_exit(1);
                       Session session = start();
                       // Field 7 of stat is the controlling terminal, 5 and 6 group and session.
                       std::ifstream in("/proc/" + std::to_string(session.pid()) + "/stat");
                       std::string line;
                       std::getline(in, line);
                       std::istringstream fields(line.substr(line.rfind(')') + 1));
                       std::string state;
                       int parent = 0, group = 0, leader = 0, tty = 0;
                       fields >> state >> parent >> group >> leader >> tty;
                       if (parent != ::getpid() || tty != 0) ::_exit(2);
                       if (group != session.pid() || leader != session.pid()) ::_exit(3);
                       // Ctrl-C at the terminal is for the host, who has decided to ignore it.
                       ::signal(SIGINT, SIG_IGN);
                       ::kill(0, SIGINT);
                       const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
                       ::_exit(std::holds_alternative<std::string>(result) ? 0 : 4);
                   }
                   int status = 0;
                   if (::waitpid(host, &status, 0) != host) return 5;
                   return WIFEXITED(status) ? WEXITSTATUS(status) : 6;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(signal_settings_do_not_leak) {  // 138
    BOOST_TEST(in_a_copy([] {
                   for (const int number : {SIGSYS, SIGXCPU, SIGXFSZ, SIGPIPE, SIGTERM, SIGSEGV}) {
                       ::signal(number, SIG_IGN);
                   }
                   sigset_t all;
                   ::sigfillset(&all);
                   ::sigprocmask(SIG_SETMASK, &all, nullptr);
                   Session session = start();
                   if (!looks_locked(session.pid())) return 1;
                   const auto ignored =
                       std::stoull(status_line(session.pid(), "SigIgn:"), nullptr, 16);
                   for (const int number : {SIGSYS, SIGXCPU, SIGXFSZ, SIGPIPE, SIGTERM}) {
                       if ((ignored >> (number - 1) & 1) != 0) return 10 + number;
                   }
                   Options chosen = options();
                   chosen.cpu_seconds = 1;
                   if (ending(kBusy, chosen).detail != "CPU time") return 2;
                   if (ending(kSocket).syscall < 0) return 3;
                   return ending(kSegfault).signal == SIGSEGV ? 0 : 4;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(the_host_may_have_odd_limits) {  // 139
    for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
#if defined(__SANITIZE_ADDRESS__)
        if (resource == RLIMIT_AS || resource == RLIMIT_DATA) continue;  // its shadow is larger
#endif
        for (const rlim_t value : {rlim_t{0}, rlim_t{1}, rlim_t{4096}, rlim_t{1} << 20,
                                   rlim_t{1} << 32, RLIM_INFINITY}) {
            const int result = in_a_copy([=] {
                rlimit limit{value, value};
                if (resource == RLIMIT_CPU && value < 4096) limit = {60, 60};  // ends us
                if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return 0;
                for (const Tier tier : {Tier::strong, Tier::full}) {
                    auto started = Session::start({.worker = TEST_WORKER, .min_tier = tier});
                    const auto* session = std::get_if<Session>(&started);
                    if (session == nullptr) continue;
                    if (session->isolation().tier() < tier) return 1;
                    if (!looks_locked(session->pid())) return 2;
                }
                return 0;
            });
            // 120: not even the host has memory.
            const bool memory = resource == RLIMIT_AS || resource == RLIMIT_DATA;
            BOOST_TEST((result == 0 || (memory && result == 120)),
                       "limit " << resource << " = " << value << ": " << result);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_host_may_have_an_odd_umask) {  // 139
    for (const mode_t mask : {0U, 0777U}) {
        BOOST_TEST(in_a_copy([mask] {
                       ::umask(mask);
                       Session session = start();
                       if (!looks_locked(session.pid())) return 1;
                       return ::umask(mask) == mask ? 0 : 2;
                   }) == 0);
    }
}

BOOST_AUTO_TEST_CASE(programs_that_the_host_starts_get_no_descriptor_of_ours) {  // 163
    const Liar liar;
    liar.told("descriptors\n");
    for (int fd = 3; fd < 1024; ++fd) {  // what this test inherited is not meant
        if (::fcntl(fd, F_GETFD) >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    std::string path = liar.program();
    const auto leaked = [&path] {
        std::array<char*, 2> arguments{path.data(), nullptr};
        std::array<char*, 1> environment{nullptr};
        pid_t pid = -1;
        int status = -1;
        if (::posix_spawn(&pid, path.c_str(), nullptr, nullptr, arguments.data(),
                          environment.data()) != 0 ||
            ::waitpid(pid, &status, 0) != pid) {
            return -1;
        }
        return status;
    };
    BOOST_TEST_REQUIRE(leaked() == 0);
    const int open = ::fcntl(STDERR_FILENO, F_DUPFD, 100);
    BOOST_TEST(leaked() != 0);  // the program sees what there is to see
    ::close(open);
    std::atomic<bool> stop = false;
    std::vector<std::thread> starters;
    for (int i = 0; i < 2; ++i) {
        starters.emplace_back([&stop] {
            while (!stop) {
                const Descriptor file = file_of("x");
                Session session = start();
                if (!submit(session, {kRead, 1, {}, file.get()}).ok()) return;
                while (session.pending() > 0 && std::holds_alternative<Reply>(session.receive())) {
                }
            }
        });
    }
    int wrong = 0;
    for (int i = 0; i < 1000; ++i) wrong += leaked() == 0 ? 0 : 1;
    stop = true;
    for (std::thread& starter : starters) starter.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
