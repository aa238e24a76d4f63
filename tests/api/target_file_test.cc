#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>

#include "api/gate/admitted.h"
#include "api/write/file.h"
#include "files.h"

using namespace api_test;

namespace {

constexpr auto kWays =
    std::to_array({TargetFile::Unnamed::where_possible, TargetFile::Unnamed::never});

std::unique_ptr<TargetFile> target(const std::string& path, bool replace = false,
                                   TargetFile::Unnamed way = kWays[0]) {
    auto made = TargetFile::create(path, replace, way);
    if (const auto* why = std::get_if<std::string>(&made)) BOOST_FAIL(*why);
    return std::move(std::get<std::unique_ptr<TargetFile>>(made));
}

std::string refusal(const std::string& path, bool replace = false) {
    auto made = TargetFile::create(path, replace);
    const auto* why = std::get_if<std::string>(&made);
    return why == nullptr ? "" : *why;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target_file)

BOOST_AUTO_TEST_CASE(a_secret_is_its_owners_from_the_first_moment_on) {
    const mode_t before = ::umask(0);
    for (const auto way : kWays) {
        const Folder folder;
        const std::string path = folder / "out";
        auto made = TargetFile::create(path, false, way, TargetFile::Readers::owner);
        auto& file = *std::get<0>(made);
        const auto others = [&](const std::string& name) {
            struct stat info {};
            BOOST_REQUIRE(::stat((folder / name).c_str(), &info) == 0);
            return info.st_mode & 077U;
        };
        BOOST_TEST(bool(file.write(as_bytes("secret"))));
        for (const std::string& name : names_in(folder.path())) BOOST_TEST(others(name) == 0);
        BOOST_TEST(bool(file.commit()));
        BOOST_TEST(others("out") == 0);
        BOOST_TEST((content(open_at(path).get()) == "secret"));
        BOOST_TEST(bool(target(folder / "shared", false, way)->commit()));
        BOOST_TEST(others("shared") == 066);
    }
    ::umask(before);
}

BOOST_AUTO_TEST_CASE(a_target_appears_whole_or_not_at_all) {
    for (const auto way : kWays) {
        const Folder folder;
        const std::string path = folder / "out";
        {
            const auto file = target(path, false, way);
            BOOST_TEST(bool(file->write(as_bytes("abcdef"))));
            BOOST_TEST(!std::filesystem::exists(path));
        }
        BOOST_TEST(names_in(folder.path()).empty());
        const auto file = target(path, false, way);
        BOOST_TEST(bool(file->write(as_bytes("abcdef"))));
        BOOST_TEST(bool(file->write(as_bytes(noise(3 * kMiB)))));
        BOOST_TEST(bool(file->patch(1, as_bytes("XY"))));
        BOOST_TEST(bool(file->zeros(5000)));
        BOOST_TEST(bool(file->patch(3 * kMiB + 6, as_bytes("Z"))));
        BOOST_TEST(bool(file->commit()));
        BOOST_TEST((content(open_at(path).get()) ==
                    "aXYdef" + noise(3 * kMiB) + "Z" + std::string(4999, '\0')));
        BOOST_TEST(names_in(folder.path()) == std::vector<std::string>{"out"});
        struct stat info {};
        BOOST_REQUIRE(::stat(path.c_str(), &info) == 0);
        const mode_t mask = ::umask(0);
        ::umask(mask);
        BOOST_TEST((info.st_mode & 0777U) == (0666U & ~mask));
    }
}

BOOST_AUTO_TEST_CASE(pieces_of_every_size_stay_in_order) {
    const Folder folder;
    const std::string path = folder / "out";
    std::string wanted;
    const auto file = target(path);
    for (const std::size_t size : {std::size_t{6}, 512 * kKiB - 1, std::size_t{7}, 512 * kKiB,
                                   std::size_t{9}, 700 * kKiB, kMiB, std::size_t{1}}) {
        const std::string piece = noise(size + wanted.size()).substr(wanted.size());
        BOOST_TEST(bool(file->write(as_bytes(piece))));
        wanted += piece;
        BOOST_TEST(file->size() == wanted.size());
    }
    BOOST_TEST(bool(file->commit()));
    BOOST_TEST((content(open_at(path).get()) == wanted));
}

BOOST_AUTO_TEST_CASE(a_file_of_the_name_makes_way_on_request) {
    for (const auto way : kWays) {
        const Folder folder;
        const std::string path = folder.write("old", "old");
        BOOST_TEST(refusal(path).find("exists") != std::string::npos);
        const auto file = target(path, true, way);
        BOOST_TEST(bool(file->write(as_bytes("new"))));
        BOOST_TEST(content(open_at(path).get()) == "old");
        BOOST_TEST(bool(file->commit()));
        BOOST_TEST(content(open_at(path).get()) == "new");
        BOOST_TEST(names_in(folder.path()).size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(names_that_are_taken_stay) {
    for (const auto way : kWays) {
        const Folder folder;
        folder.write("old", "old");
        BOOST_REQUIRE(::symlink("old", (folder / "link").c_str()) == 0);
        BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
        for (const char* name : {"link", "pipe", ".", "no/such", ""}) {
            BOOST_TEST(!refusal(folder / name, true).empty(), name);
        }
        // Somebody takes the name while it is written.
        {
            const auto file = target(folder / "late", false, way);
            folder.write("late", "theirs");
            BOOST_TEST(!file->commit());
        }
        BOOST_TEST(content(open_at(folder / "late").get()) == "theirs");
        BOOST_TEST(names_in(folder.path()).size() == 4U);
    }
}

BOOST_AUTO_TEST_CASE(no_room_is_an_error_and_leaves_nothing) {
    const Folder folder;
    rlimit before{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit small{kMiB, before.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    {
        const auto file = target(folder / "out");
        BOOST_TEST(!file->write(as_bytes(noise(2 * kMiB))));
        BOOST_TEST(file->failure().find("too large") != std::string::npos);
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    BOOST_TEST(names_in(folder.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_signal_leaves_nothing) {
    for (const auto way : kWays) {
        const Folder folder;
        folder.write("out", "old");
        const pid_t child = ::fork();
        BOOST_REQUIRE(child >= 0);
        if (child == 0) {
            const auto file = target(folder / "out", true, way);
            ::raise(SIGTERM);
            for (int i = 0; i < 100; ++i) (void)file->zeros(kMiB);
            ::_exit(0);
        }
        int status = 0;
        BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
        BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
        BOOST_TEST(names_in(folder.path()) == std::vector<std::string>{"out"});
        BOOST_TEST(content(open_at(folder / "out").get()) == "old");
    }
}

extern "C" void handle_nothing(int) {}

BOOST_AUTO_TEST_CASE(a_signal_that_the_program_handles_is_not_held) {
    const Folder folder;
    struct sigaction own {};
    struct sigaction before {};
    own.sa_handler = handle_nothing;
    ::sigaction(SIGTERM, &own, &before);
    sigset_t held;
    {
        const auto file = target(folder / "out", false, TargetFile::Unnamed::never);
        ::pthread_sigmask(SIG_BLOCK, nullptr, &held);
    }
    ::sigaction(SIGTERM, &before, nullptr);
    BOOST_TEST(::sigismember(&held, SIGTERM) == 0);
    BOOST_TEST(::sigismember(&held, SIGINT) == 1);
}

BOOST_AUTO_TEST_CASE(who_ends_at_once_removes_all_that_is_not_whole) {
    const Folder folder;
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        const auto one = target(folder / "one", false, TargetFile::Unnamed::never);
        const auto two = target(folder / "two", false, TargetFile::Unnamed::never);
        const auto whole = target(folder / "whole", false, TargetFile::Unnamed::never);
        const auto copy = AdmittedCopy::create(folder / "copy");
        const Descriptor file = open_at("/proc/self/exe");
        const bool made = (*copy)->add("below/a", file.get(), 10, -1) && whole->commit();
        Temporary::remove_all();
        ::_exit(made ? 0 : 1);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    BOOST_TEST(names_in(folder.path()) == std::vector<std::string>{"whole"});
}

BOOST_AUTO_TEST_SUITE_END()
