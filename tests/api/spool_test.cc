#include "api/spool.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <csignal>

#include "files.h"

using namespace api_test;
using namespace std::chrono_literals;

namespace {

struct Pipe {
    Descriptor in, out;
    explicit Pipe(int flags = 0) {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC | flags) == 0);
        in.reset(ends[0]);
        out.reset(ends[1]);
    }
};

const SpoolOptions kPatient{.most = kGiB, .patience = 20s, .what = "the pipe"};

Descriptor spooled(int fd, const SpoolOptions& options = kPatient) {
    auto result = spool(fd, options);
    if (const auto* gap = std::get_if<Gap>(&result)) BOOST_FAIL(gap->message);
    return std::move(std::get<Descriptor>(result));
}

Gap refused(int fd, const SpoolOptions& options = kPatient) {
    auto result = spool(fd, options);
    BOOST_REQUIRE(std::holds_alternative<Gap>(result));
    return std::get<Gap>(result);
}

void write_out(int fd, const std::string& data) {
    std::string_view rest = data;
    while (!rest.empty()) {
        const ssize_t put = ::write(fd, rest.data(), rest.size());
        if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (put < 0) return;
        rest.remove_prefix(static_cast<std::size_t>(put));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(spooling)

BOOST_AUTO_TEST_CASE(every_byte_of_a_pipe_sealed) {
    const std::string data = noise(3 * kMiB + 5);
    for (const int flags : {0, O_NONBLOCK}) {
        Pipe pipe(flags);
        std::thread writer([&] {
            write_out(pipe.out.get(), data);
            pipe.out.reset();
        });
        const Descriptor copy = spooled(pipe.in.get());
        writer.join();
        BOOST_TEST((content(copy.get()) == data));
        check_sealed(copy.get());
        // The flags of the caller's descriptor are the caller's, who may share it with others.
        BOOST_TEST((::fcntl(pipe.in.get(), F_GETFL) & O_NONBLOCK) == flags);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_pipe_whose_writer_has_left_is_empty) {
    Pipe pipe;
    pipe.out.reset();
    BOOST_TEST(content(spooled(pipe.in.get()).get()).empty());
}

BOOST_AUTO_TEST_CASE(a_socket) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const Descriptor in(ends[0]);
    Descriptor out(ends[1]);
    write_out(out.get(), "model");
    out.reset();
    const Descriptor copy = spooled(in.get());
    BOOST_TEST(content(copy.get()) == "model");
    check_sealed(copy.get());
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_file_also_of_one_that_could_be_written_to) {
    const Folder folder;
    const std::string path = folder.write("model", "0123456789");
    const Descriptor fd = open_at(path, O_RDWR);
    BOOST_REQUIRE(::lseek(fd.get(), 4, SEEK_SET) == 4);
    const Descriptor copy = spooled(fd.get());
    BOOST_TEST(content(copy.get()) == "456789");
    check_sealed(copy.get());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read) {
    const Folder folder;
    const std::string path = folder.write("model", "x");
    const Descriptor directory = open_at(folder.path());
    const Descriptor only_names = open_at(path, O_PATH);
    const Descriptor only_writes = open_at(path, O_WRONLY);
    for (const int fd : {directory.get(), only_names.get(), only_writes.get(), -1, 9999}) {
        const Gap gap = refused(fd);
        BOOST_TEST((gap.reason == GapReason::unreadable), gap.message);
    }
}

BOOST_AUTO_TEST_CASE(one_byte_more_than_the_limit) {
    const std::string data = noise(5000);
    for (const std::uint64_t most : {5000U, 4999U}) {
        Pipe pipe;
        write_out(pipe.out.get(), data);
        pipe.out.reset();
        const auto result = spool(pipe.in.get(), {.most = most, .what = "the pipe"});
        const bool fits = most == data.size();
        BOOST_TEST(std::holds_alternative<Descriptor>(result) == fits);
        if (!fits) BOOST_TEST((std::get<Gap>(result).reason == GapReason::limit));
    }
}

BOOST_AUTO_TEST_CASE(an_endless_one_ends_at_the_limit) {
    const Descriptor zeros = open_at("/dev/zero");
    BOOST_TEST(
        (refused(zeros.get(), {.most = 10 * kMiB, .what = "zeros"}).reason == GapReason::limit));
}

BOOST_AUTO_TEST_CASE(a_writer_that_never_comes) {
    const Folder folder;
    BOOST_REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    const Descriptor fd = open_at(folder / "fifo", O_RDONLY | O_NONBLOCK);
    const auto began = std::chrono::steady_clock::now();
    const Gap gap = refused(fd.get(), {.most = kGiB, .patience = 300ms, .what = "the pipe"});
    BOOST_TEST((gap.reason == GapReason::timed_out), gap.message);
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 300ms));
}

BOOST_AUTO_TEST_CASE(a_writer_that_comes_late) {
    const Folder folder;
    const std::string path = folder / "fifo";
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const Descriptor fd = open_at(path, O_RDONLY | O_NONBLOCK);
    std::thread writer([&] {
        std::this_thread::sleep_for(200ms);
        const Descriptor out = open_at(path, O_WRONLY);
        write_out(out.get(), "late ");
        std::this_thread::sleep_for(100ms);
        write_out(out.get(), "model");
    });
    const Descriptor copy = spooled(fd.get());
    writer.join();
    BOOST_TEST(content(copy.get()) == "late model");
}

BOOST_AUTO_TEST_CASE(a_writer_that_drips_does_not_get_more_time) {
    Pipe pipe;
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        while (!stop) {
            write_out(pipe.out.get(), "x");
            std::this_thread::sleep_for(10ms);
        }
    });
    const auto began = std::chrono::steady_clock::now();
    const Gap gap = refused(pipe.in.get(), {.most = kGiB, .patience = 300ms, .what = "the pipe"});
    stop = true;
    writer.join();
    BOOST_TEST((gap.reason == GapReason::timed_out), gap.message);
    BOOST_TEST((std::chrono::steady_clock::now() - began < 10s));
}

BOOST_AUTO_TEST_CASE(a_file_size_limit_is_no_signal) {
    const Descriptor zeros = open_at("/dev/zero");
    rlimit before{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit small{65'536, before.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const Gap gap = refused(zeros.get());
    BOOST_TEST(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    BOOST_TEST((gap.reason == GapReason::limit), gap.message);
}

BOOST_AUTO_TEST_CASE(interrupted_a_thousand_times_a_second) {
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) {};  // and no SA_RESTART
    BOOST_REQUIRE(::sigaction(SIGALRM, &action, &before) == 0);
    const itimerval often{{0, 1000}, {0, 1000}};
    BOOST_REQUIRE(::setitimer(ITIMER_REAL, &often, nullptr) == 0);
    const std::string data = noise(5 * kMiB);
    Pipe pipe;
    std::thread writer([&] {
        write_out(pipe.out.get(), data);
        std::this_thread::sleep_for(100ms);
        pipe.out.reset();
    });
    const Descriptor copy = spooled(pipe.in.get());
    writer.join();
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
    BOOST_TEST((content(copy.get()) == data));
}

BOOST_AUTO_TEST_CASE(leaves_no_descriptor_open) {
    const Descriptor zeros = open_at("/dev/zero");
    const std::size_t before = open_descriptors();
    refused(zeros.get(), {.most = kMiB, .what = "zeros"});
    refused(-1);
    {
        Pipe pipe;
        pipe.out.reset();
        const Descriptor copy = spooled(pipe.in.get());
        BOOST_TEST(open_descriptors() == before + 2);
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()
