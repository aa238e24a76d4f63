#include "api/open.h"

#include <linux/fs.h>
#include <linux/fsverity.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "api/report/report.h"
#include "files.h"

using namespace api_test;
using namespace std::chrono_literals;

namespace {

FoundFile found(const std::string& path) { return {.path = path}; }
FoundFile given(const std::string& path) { return {.path = path, .named = true}; }

Opened opened(const FoundFile& file, const OpenOptions& options = {}) {
    Opened out = open_input(file, options);
    if (out.gap) BOOST_FAIL(out.gap->message);
    return out;
}

GapReason why(const FoundFile& file, const OpenOptions& options = {}) {
    const Opened out = open_input(file, options);
    BOOST_REQUIRE(out.gap.has_value());
    BOOST_TEST(!out.fd);
    return out.gap->reason;
}

/// Standard input for as long as it lives.
class StandardInput {
public:
    explicit StandardInput(int fd) : kept_(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10)) {
        if (fd >= 0) {
            BOOST_REQUIRE(::dup2(fd, STDIN_FILENO) == STDIN_FILENO);
        } else {
            ::close(STDIN_FILENO);
        }
    }
    ~StandardInput() { ::dup2(kept_.get(), STDIN_FILENO); }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

private:
    Descriptor kept_;
};

std::size_t files_of(const std::vector<std::string>& paths) {
    return find_files(paths).files.size();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(opening)

BOOST_AUTO_TEST_CASE(a_live_file_is_weak) {
    const Folder folder;
    const Opened file = opened(found(folder.write("model", "abc")));
    BOOST_TEST((file.binding == Binding::weak));
    BOOST_TEST(file.stamp.size == 3U);
    BOOST_TEST(file.sha256.empty());
    BOOST_TEST(file.verity.empty());
    check_cannot_write(file.fd.get());
    BOOST_TEST(opened(found(folder / "model"), {.digest = true}).sha256 == sha256("abc"));
}

BOOST_AUTO_TEST_CASE(a_copy_is_a_snapshot) {
    const Folder folder;
    const FoundFile file = found(folder.write("model", "abc"));
    const Opened copy = opened(file, {.snapshot = SnapshotOptions{}});
    BOOST_TEST((copy.binding == Binding::snapshot));
    BOOST_TEST(copy.stamp.size == 3U);
    BOOST_TEST(copy.sha256 == sha256("abc"));
    BOOST_TEST((*stamp(copy.fd.get()) == copy.stamp));
    check_sealed(copy.fd.get());
}

BOOST_AUTO_TEST_CASE(a_stamp_tells_of_every_kind_of_change) {
    const Folder folder;
    const std::string path = folder.write("model", noise(100'000));
    const Descriptor fd = open_at(path, O_RDWR);
    Stamp before = *stamp(fd.get());
    const auto changed = [&](const char* how) {
        const Stamp now = *stamp(fd.get());
        BOOST_TEST((now != before), how);
        before = now;
        std::this_thread::sleep_for(20ms);  // kernels whose clock for files is a coarse one
    };
    std::this_thread::sleep_for(20ms);
    BOOST_REQUIRE(::pwrite(fd.get(), "x", 1, 50) == 1);
    changed("rewritten");
    std::filesystem::resize_file(path, 50'000);
    changed("cut");
    std::filesystem::resize_file(path, 100'000);
    changed("grown");
    BOOST_REQUIRE(::fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8192) == 0);
    changed("punched");
    folder.write("next", "other");
    std::filesystem::rename(folder / "next", path);
    changed("replaced");
    const std::array<timespec, 2> times{{{1, 0}, {1, 0}}};
    BOOST_REQUIRE(::futimens(fd.get(), times.data()) == 0);
    changed("dated back");
    const std::byte one{};
    BOOST_REQUIRE(::pread(fd.get(), const_cast<std::byte*>(&one), 1, 0) == 1);
    BOOST_TEST((*stamp(fd.get()) == before));  // reading is no change
}

BOOST_AUTO_TEST_CASE(a_file_held_by_verity) {
    const Folder folder;
    const std::string path = folder.write("model", noise(10'000));
    const Descriptor fd = open_at(path);
    fsverity_enable_arg how{};
    how.version = 1;
    how.hash_algorithm = FS_VERITY_HASH_ALG_SHA256;
    how.block_size = 4096;
    if (::ioctl(fd.get(), FS_IOC_ENABLE_VERITY, &how) != 0) {
        BOOST_TEST_MESSAGE("skipped: no fs-verity in " << folder.path());
        return;
    }
    const Opened file = opened(found(path));
    BOOST_TEST((file.binding == Binding::verity));
    BOOST_TEST(file.verity.starts_with("sha256:"));
    BOOST_TEST(file.verity.size() == 7 + 64U);
    const Opened copy = opened(found(path), {.snapshot = SnapshotOptions{}});
    BOOST_TEST((copy.binding == Binding::snapshot));
    BOOST_TEST(copy.verity == file.verity);
}

BOOST_AUTO_TEST_CASE(links_that_a_walk_did_not_follow_are_not_followed) {
    const Folder folder;
    folder.write("model", "abc");
    std::filesystem::create_symlink("model", folder / "link");
    BOOST_TEST((why(found(folder / "link")) == GapReason::unreadable));
    BOOST_TEST(content(opened(given(folder / "link")).fd.get()) == "abc");
    // What it led to when it was found is what is opened, and a link there is somebody's trick.
    FoundFile swapped = given(folder / "elsewhere");
    swapped.target = folder / "link";
    BOOST_TEST((why(swapped) == GapReason::unreadable));
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_if_the_user_named_it) {
    const Folder folder;
    const std::string path = folder / "pipe";
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    BOOST_TEST((why(found(path)) == GapReason::special_file));
    BOOST_TEST((why(given(path), {.patience = 100ms}) == GapReason::timed_out));
    std::thread writer([&] {
        const Descriptor out = open_at(path, O_WRONLY);
        BOOST_TEST(::write(out.get(), "model", 5) == 5);
    });
    const Opened file = opened(given(path), {.digest = true});
    writer.join();
    BOOST_TEST((file.binding == Binding::snapshot));
    BOOST_TEST(file.sha256 == sha256("model"));
    check_sealed(file.fd.get());
}

BOOST_AUTO_TEST_CASE(a_pipe_that_only_has_a_number) {
    for (const std::string& data : {std::string("model"), std::string()}) {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        const Descriptor in(ends[0]);
        Descriptor out(ends[1]);
        BOOST_TEST(::write(out.get(), data.data(), data.size()) ==
                   static_cast<ssize_t>(data.size()));
        out.reset();
        const std::string path = "/dev/fd/" + std::to_string(in.get());
        const Found files = find_files({path});
        BOOST_REQUIRE(files.files.size() == 1U);
        const Opened file = opened(files.files.front(), {.patience = 5s});
        BOOST_TEST(content(file.fd.get()) == data);
        BOOST_TEST((file.binding == Binding::snapshot));
    }
}

BOOST_AUTO_TEST_CASE(neither_devices_nor_sockets_nor_folders) {
    const Folder folder;
    const Descriptor server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    (folder / "socket").copy(name.sun_path, sizeof(name.sun_path) - 1);
    const auto* address = reinterpret_cast<const sockaddr*>(&name);
    BOOST_REQUIRE(::bind(server.get(), address, sizeof(name)) == 0);
    BOOST_TEST((why(given("/dev/zero")) == GapReason::special_file));
    BOOST_TEST((why(given(folder.path())) == GapReason::special_file));
    // A socket cannot even be opened.
    BOOST_TEST((why(given(folder / "socket")) == GapReason::unreadable));
    BOOST_TEST((why(given("/proc/self/status")) == GapReason::special_file));
    BOOST_TEST((why(given(folder / "missing")) == GapReason::unreadable));
}

BOOST_AUTO_TEST_CASE(standard_input_of_every_kind) {
    const Folder folder;
    const std::string path = folder.write("model", "model");
    for (const int flags : {O_RDONLY, O_RDWR}) {
        const Descriptor file = open_at(path, flags);
        const StandardInput in(file.get());
        const Opened out = opened(given("-"), {.digest = true});
        BOOST_TEST(content(out.fd.get()) == "model");
        BOOST_TEST((out.binding == Binding::snapshot));
        BOOST_TEST(out.sha256 == sha256("model"));
        check_sealed(out.fd.get());
    }
    const Descriptor only_names = open_at(path, O_PATH);
    const Descriptor only_writes = open_at(path, O_WRONLY);
    const Descriptor directory = open_at(folder.path());
    for (const int fd : {only_names.get(), only_writes.get(), directory.get(), -1}) {
        const StandardInput in(fd);
        BOOST_TEST((why(given("-")) == GapReason::unreadable));
    }
}

BOOST_AUTO_TEST_CASE(what_can_be_read_only_once_is_found_only_once) {
    const Folder folder;
    const std::string path = folder / "pipe";
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    std::filesystem::create_hard_link(path, folder / "twin");
    std::filesystem::create_symlink("pipe", folder / "link");
    folder.write("model", "abc");
    BOOST_TEST(files_of({"-", "-"}) == 1U);
    BOOST_TEST(files_of({path, path, folder / "twin", folder / "link"}) == 1U);
    BOOST_TEST(files_of({folder / "model", folder / "model"}) == 2U);
    const Found twice = find_files({"-", "-"});
    BOOST_REQUIRE(twice.unscannable.size() == 1U);
    BOOST_TEST((twice.unscannable.front().reason == GapReason::unreadable));
    const Descriptor in = open_at(path, O_RDWR);
    const StandardInput standard(in.get());
    BOOST_TEST(files_of({"/dev/stdin", "-"}) == 1U);
    BOOST_TEST(files_of({path, "-", "/dev/fd/0"}) == 1U);
    // In a folder it is no file at all.
    BOOST_TEST(files_of({folder.path()}) == 1U);
}

BOOST_AUTO_TEST_CASE(leaves_no_descriptor_open) {
    const Folder folder;
    const std::string path = folder.write("model", "abc");
    BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    const std::size_t before = open_descriptors();
    for (const OpenOptions& options :
         {OpenOptions{.patience = 10ms}, OpenOptions{.patience = 10ms, .snapshot = {{}}}}) {
        for (const std::string& name : {path, folder / "pipe", folder / "none", folder.path()}) {
            open_input(given(name), options);
        }
        const Opened one = open_input(given(path), options);
        BOOST_TEST(open_descriptors() == before + 1);
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(the_weakest_file_names_the_report) {
    ScanReport report;
    BOOST_TEST((report.binding() == Binding::weak));
    report.files.resize(3);
    report.files[0].binding = Binding::snapshot;
    BOOST_TEST((report.binding() == Binding::snapshot));  // what was not opened is not weak
    report.files[1].binding = Binding::verity;
    report.files[1].verity = "sha256:ab";
    BOOST_TEST((report.binding() == Binding::verity));
    const std::string json = json_report(report);
    BOOST_TEST(json.find(R"("binding": "verity",)") != std::string::npos, json);
    BOOST_TEST(json.find(R"("verity": "sha256:ab")") != std::string::npos, json);
    BOOST_TEST(text_report(report, {}).find("binding verity\n") != std::string::npos);
    report.files[2].binding = Binding::weak;
    BOOST_TEST((report.binding() == Binding::weak));
}

BOOST_AUTO_TEST_SUITE_END()
