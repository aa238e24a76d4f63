// 156: inputs that are no files, and files that change while a worker holds them. What the worker
// may not have is refused before it is sent; what changes under it costs at most this worker.
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>

#include "liar.h"
#include "remains.h"

using namespace worker_test;
namespace fs = std::filesystem;

namespace {

struct Input {
    const char* what;
    Descriptor fd;
};

Descriptor open_file(const fs::path& path, int flags) {
    return Descriptor(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK));
}

/// A file of a folder, to be changed under the worker.
class Victim {
public:
    static constexpr std::uint64_t kSize = 1'000'000;

    Victim() { write(std::string(kSize, '\x01')); }

    void write(const std::string& content) const {
        std::ofstream(path_, std::ios::binary) << content;
    }
    const fs::path& path() const { return path_; }
    Descriptor open() const { return open_file(path_, O_RDONLY); }

private:
    Folder folder_;
    fs::path path_ = folder_.path / "victim";
};

const std::uint64_t kWholeSize = Victim::kSize;
const Bytes kWhole = std::as_bytes(std::span(&kWholeSize, 1));

}  // namespace

BOOST_FIXTURE_TEST_SUITE(input, NothingRemains)

BOOST_AUTO_TEST_CASE(what_is_no_file_to_read_is_not_sent) {
    const Folder folder;
    const fs::path file = folder.path / "file";
    const fs::path fifo = folder.path / "fifo";
    std::ofstream(file) << "content";
    BOOST_TEST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    std::vector<Input> inputs;
    inputs.push_back({"to write", open_file(file, O_WRONLY)});
    inputs.push_back({"to read and write", open_file(file, O_RDWR)});
    inputs.push_back({"to append", open_file(file, O_WRONLY | O_APPEND)});
    inputs.push_back({"a path to a file", open_file(file, O_PATH)});
    inputs.push_back({"a path to a folder", open_file(folder.path, O_PATH | O_DIRECTORY)});
    inputs.push_back({"a folder", open_file(folder.path, O_RDONLY | O_DIRECTORY)});
    inputs.push_back({"a FIFO", open_file(fifo, O_RDONLY)});
    inputs.push_back({"a FIFO, both ways", open_file(fifo, O_RDWR)});
    inputs.push_back({"a device", open_file("/dev/zero", O_RDONLY)});
    inputs.push_back({"a terminal", open_file("/dev/ptmx", O_RDONLY | O_NOCTTY)});
    inputs.push_back({"a socket", Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))});
    inputs.push_back({"a file in memory", Descriptor(::memfd_create("test", MFD_CLOEXEC))});
    Session session = start();
    for (const Input& input : inputs) {
        BOOST_TEST_CONTEXT(input.what) {
            BOOST_TEST_REQUIRE(input.fd.get() >= 0);
            const Outcome outcome = submit(session, {kRead, 1, {}, input.fd.get()});
            BOOST_TEST(name(outcome.failure) == "setup_failed");
            BOOST_TEST(session.pending() == 0U);
        }
    }
    const int closed = open_file(file, O_RDONLY).get();
    BOOST_TEST(!submit(session, {kRead, 1, {}, closed}).ok());
    BOOST_TEST(answer(session, {kEcho, 2, as_bytes("still"), -1}) == "still");
}

BOOST_AUTO_TEST_CASE(the_offset_of_the_host_does_not_move) {
    const Victim victim;
    const Descriptor file = victim.open();
    BOOST_TEST_REQUIRE(::lseek(file.get(), 500, SEEK_SET) == 500);
    Session session = start();
    BOOST_TEST(number(answer(session, {kRead, 1, {}, file.get()})) == Victim::kSize);
    BOOST_TEST(::lseek(file.get(), 0, SEEK_CUR) == 500);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_short_costs_its_worker) {
    const Victim victim;
    const Descriptor file = victim.open();
    Session session = start();
    fs::resize_file(victim.path(), 1000);
    BOOST_TEST(number(answer(session, {kRead, 1, {}, file.get()})) == 1000U);
    const auto result = ask(session, {kMap, 2, kWhole, file.get()});
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    const Outcome& outcome = std::get<Outcome>(result);
    BOOST_TEST(name(outcome.failure) == "crashed");
    BOOST_TEST(outcome.signal == SIGBUS);
    BOOST_TEST((outcome.request == 2U));
}

BOOST_AUTO_TEST_CASE(what_else_happens_to_a_file_harms_nobody) {
    struct Row {
        const char* what;
        void (*change)(const Victim&);
        std::uint64_t sum;
    };
    for (const Row& row : {
             Row{"grown",
                 [](const Victim& victim) {
                     std::ofstream(victim.path(), std::ios::app) << std::string(500, '\x02');
                 },
                 Victim::kSize + 1000},
             Row{"replaced",
                 [](const Victim& victim) {
                     const fs::path other = victim.path().string() + ".new";
                     std::ofstream(other) << "other";
                     fs::rename(other, victim.path());
                 },
                 Victim::kSize},
             Row{"unlinked", [](const Victim& victim) { fs::remove(victim.path()); },
                 Victim::kSize},
             Row{"swapped for a link",
                 [](const Victim& victim) {
                     fs::remove(victim.path());
                     fs::create_symlink("/etc/passwd", victim.path());
                 },
                 Victim::kSize},
             Row{"with a hole punched",
                 [](const Victim& victim) {
                     const Descriptor file = open_file(victim.path(), O_WRONLY);
                     if (::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                                     400'000) != 0) {
                         BOOST_FAIL("fallocate");
                     }
                 },
                 Victim::kSize - 400'000},
         }) {
        const Victim victim;
        const Descriptor file = victim.open();
        Session session = start();
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_TEST(number(answer(session, {kRead, 1, {}, file.get()})) == Victim::kSize);
            row.change(victim);
            BOOST_TEST(number(answer(session, {kRead, 2, {}, file.get()})) == row.sum);
            const auto mapped = ask(session, {kMap, 3, kWhole, file.get()});
            BOOST_TEST(std::holds_alternative<std::string>(mapped));
            BOOST_TEST(session.finish().ok());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_host_may_close_its_descriptor_once_it_is_answered) {
    const Victim victim;
    Session session = start();
    for (std::uint64_t id = 0; id < 10; ++id) {
        const Descriptor file = victim.open();
        BOOST_TEST(number(answer(session, {kRead, id, {}, file.get()})) == Victim::kSize);
    }
}

BOOST_AUTO_TEST_SUITE_END()
