#include "api/snapshot.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <csignal>

#include "files.h"
#include "sandbox/loader/load.h"

using namespace api_test;
using Place = Snapshot::Place;

BOOST_TEST_DONT_PRINT_LOG_VALUE(Snapshot::Place)
BOOST_TEST_DONT_PRINT_LOG_VALUE(GapReason)

namespace {

Snapshot taken(int fd, const SnapshotOptions& options = {}) {
    auto result = take_snapshot(fd, options);
    if (const auto* gap = std::get_if<Gap>(&result)) BOOST_FAIL(gap->message);
    return std::move(std::get<Snapshot>(result));
}

Gap refused(int fd, const SnapshotOptions& options = {}) {
    auto result = take_snapshot(fd, options);
    BOOST_REQUIRE(std::holds_alternative<Gap>(result));
    return std::get<Gap>(result);
}

std::uint64_t blocks(int fd) {
    struct stat info {};
    BOOST_REQUIRE(::fstat(fd, &info) == 0);
    return static_cast<std::uint64_t>(info.st_blocks) * 512;
}

constexpr std::size_t kLarge = 48 * kMiB;

void check_rejects_while(const std::function<void(const std::string&)>& act) {
    const Folder folder;
    const std::string path = folder.write("model", noise(kLarge));
    for (const std::uint64_t in_memory : {4 * kGiB, std::uint64_t{0}}) {
        const Descriptor fd = open_at(path);
        const Meanwhile writer([&] { act(path); });
        // With a digest by one thread, without it by several.
        const bool digest = in_memory == 0;
        const auto result =
            take_snapshot(fd.get(), {.most_in_memory = in_memory, .digest = digest});
        if (const auto* gap = std::get_if<Gap>(&result)) {
            BOOST_TEST((gap->reason == GapReason::changed), gap->message);
        } else {
            // Only blocks that are shared are had in one instant, and so between two writes.
            BOOST_TEST((std::get<Snapshot>(result).place == Place::clone));
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot)

BOOST_AUTO_TEST_CASE(copies_and_hashes_every_byte) {
    const Folder folder;
    const std::size_t block = 256 * kKiB;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, block - 1, block, block + 1,
                                   4 * kMiB - 1, 4 * kMiB, 4 * kMiB + 1, 9 * kMiB + 77}) {
        const std::string data = noise(size);
        const Descriptor fd = open_at(folder.write("model", data));
        for (const std::uint64_t in_memory : {4 * kGiB, std::uint64_t{0}}) {
            const Snapshot snapshot = taken(fd.get(), {.most_in_memory = in_memory});
            BOOST_TEST_CONTEXT(size << " bytes") {
                BOOST_TEST((content(snapshot.fd.get()) == data));
                BOOST_TEST(snapshot.sha256 == sha256(data));
                BOOST_TEST(snapshot.stamp.size == size);
            }
        }
        const Snapshot unhashed = taken(fd.get(), {.digest = false});
        BOOST_TEST((content(unhashed.fd.get()) == data));
        BOOST_TEST(unhashed.sha256.empty());
    }
}

BOOST_AUTO_TEST_CASE(several_threads_copy_every_byte_and_its_checksums) {
    const Folder folder;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{256 * kKiB},
                                   std::size_t{256 * kKiB + 1}, std::size_t{33 * kMiB + 5}}) {
        const std::string data = noise(size);
        const Descriptor fd = open_at(folder.write("model", data));
        const Snapshot copy = taken(fd.get(), {.digest = false, .checksums = true});
        BOOST_TEST((content(copy.fd.get()) == data));
        BOOST_TEST(copy.sha256.empty());
        BOOST_TEST_REQUIRE(copy.blocks.size() == (size + 256 * kKiB - 1) / (256 * kKiB));
        for (std::size_t block = 0; block < copy.blocks.size(); ++block) {
            const Bytes bytes = slice(as_bytes(data), block * 256 * kKiB, 256 * kKiB);
            BOOST_TEST(copy.blocks[block] == loader::crc32(bytes));
        }
        BOOST_TEST(taken(fd.get(), {.digest = false}).blocks.empty());
    }
}

BOOST_AUTO_TEST_CASE(memory_is_sealed) {
    const Folder folder;
    const Descriptor fd = open_at(folder.write("model", noise(5000)));
    const Snapshot snapshot = taken(fd.get());
    BOOST_TEST((snapshot.place == Place::memory));
    check_sealed(snapshot.fd.get());
}

BOOST_AUTO_TEST_CASE(what_is_larger_than_the_limit_goes_to_disk_and_has_no_name) {
    const Folder folder, elsewhere;
    const std::string data = noise(5001);
    const Descriptor fd = open_at(folder.write("model", data));
    BOOST_TEST((taken(fd.get(), {.most_in_memory = 5001}).place == Place::memory));
    const Snapshot snapshot = taken(fd.get(), {.most_in_memory = 5000, .folder = elsewhere.path()});
    BOOST_TEST((snapshot.place != Place::memory));
    check_cannot_write(snapshot.fd.get());
    struct stat info {};
    BOOST_REQUIRE(::fstat(snapshot.fd.get(), &info) == 0);
    BOOST_TEST(info.st_nlink == 0U);
    BOOST_TEST((info.st_mode & 07777U) == 0600U);
    BOOST_TEST(std::filesystem::is_empty(elsewhere.path()));
    struct stat where {};
    BOOST_REQUIRE(::stat(elsewhere.path().c_str(), &where) == 0);
    BOOST_TEST(info.st_dev == where.st_dev);
}

BOOST_AUTO_TEST_CASE(a_copy_on_disk_does_not_depend_on_the_umask) {
    const Folder folder;
    const Descriptor fd = open_at(folder.write("model", noise(10)));
    const mode_t before = ::umask(0777);
    const Snapshot snapshot = taken(fd.get(), {.most_in_memory = 0, .folder = folder.path()});
    ::umask(before);
    struct stat info {};
    BOOST_REQUIRE(::fstat(snapshot.fd.get(), &info) == 0);
    BOOST_TEST((info.st_mode & 07777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(file_systems_without_unnamed_files_get_one_whose_name_is_taken_away) {
    const Folder folder;
    DescriptorOrGap made = open_unlinked(folder.path());
    BOOST_REQUIRE(std::holds_alternative<Descriptor>(made));
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
    const int fd = std::get<Descriptor>(made).get();
    BOOST_TEST(write_all(fd, as_bytes("abc"), 0) == 0);
    DescriptorOrGap again = reopen_to_read(fd);
    BOOST_REQUIRE(std::holds_alternative<Descriptor>(again));
    BOOST_TEST(content(std::get<Descriptor>(again).get()) == "abc");
    check_cannot_write(std::get<Descriptor>(again).get());
}

BOOST_AUTO_TEST_CASE(stays_what_it_was_when_the_file_changes_later) {
    const Folder folder;
    const std::string data = noise(300'000);
    const std::string path = folder.write("model", data);
    const Descriptor fd = open_at(path);
    const Snapshot in_memory = taken(fd.get());
    const Snapshot on_disk = taken(fd.get(), {.most_in_memory = 0, .folder = folder.path()});
    folder.write("model", noise(299'999) + "!");
    std::filesystem::resize_file(path, 10);
    BOOST_TEST((content(in_memory.fd.get()) == data));
    BOOST_TEST((content(on_disk.fd.get()) == data));
}

BOOST_AUTO_TEST_CASE(neither_uses_nor_moves_the_offset) {
    const Folder folder;
    const std::string data = noise(1000);
    const Descriptor fd = open_at(folder.write("model", data));
    BOOST_REQUIRE(::lseek(fd.get(), 900, SEEK_SET) == 900);
    BOOST_TEST((content(taken(fd.get()).fd.get()) == data));
    BOOST_TEST(::lseek(fd.get(), 0, SEEK_CUR) == 900);
}

BOOST_AUTO_TEST_CASE(holes_stay_holes) {
    const Folder folder;
    const std::string path = folder.write("model", "front");
    std::filesystem::resize_file(path, 64 * kMiB);
    const Descriptor fd = open_at(path, O_RDWR);
    BOOST_REQUIRE(::pwrite(fd.get(), "back", 4, 64 * kMiB - 4) == 4);
    std::string expected(64 * kMiB, '\0');
    expected.replace(0, 5, "front").replace(expected.size() - 4, 4, "back");
    for (const std::uint64_t in_memory : {4 * kGiB, std::uint64_t{0}}) {
        const Snapshot snapshot =
            taken(fd.get(), {.most_in_memory = in_memory, .folder = folder.path()});
        BOOST_TEST((content(snapshot.fd.get()) == expected));
        BOOST_TEST(snapshot.sha256 == sha256(expected));
        BOOST_TEST(blocks(snapshot.fd.get()) <= kMiB);
    }
}

BOOST_AUTO_TEST_CASE(a_byte_behind_zeros_in_one_block_is_kept) {
    const Folder folder;
    std::string data(2001, '\0');
    data[1000] = 'x';
    const Descriptor fd = open_at(folder.write("model", data));
    BOOST_TEST((content(taken(fd.get()).fd.get()) == data));
    const Descriptor other = open_at(folder.write("model", std::string(1, 'x')));
    BOOST_TEST(content(taken(other.get()).fd.get()) == "x");
}

BOOST_AUTO_TEST_CASE(rewritten_meanwhile) {
    check_rejects_while([](const std::string& path) {
        const Descriptor fd = open_at(path, O_WRONLY);
        BOOST_REQUIRE(::pwrite(fd.get(), "rewritten", 9, kLarge / 2) == 9);
    });
}

BOOST_AUTO_TEST_CASE(cut_meanwhile) {
    check_rejects_while([](const std::string& path) {
        BOOST_REQUIRE(::truncate(path.c_str(), kLarge / 2) == 0);
        BOOST_REQUIRE(::truncate(path.c_str(), kLarge) == 0);
    });
}

BOOST_AUTO_TEST_CASE(grown_meanwhile) {
    check_rejects_while([](const std::string& path) {
        const Descriptor fd = open_at(path, O_WRONLY | O_APPEND);
        BOOST_REQUIRE(::write(fd.get(), "more", 4) == 4);
    });
}

BOOST_AUTO_TEST_CASE(punched_meanwhile) {
    check_rejects_while([](const std::string& path) {
        const Descriptor fd = open_at(path, O_RDWR);
        const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        BOOST_REQUIRE(::fallocate(fd.get(), mode, kMiB, kMiB) == 0);
    });
}

BOOST_AUTO_TEST_CASE(replaced_meanwhile_is_still_the_file_that_was_opened) {
    const Folder folder;
    const std::string old = noise(kLarge);
    const std::string path = folder.write("model", old);
    for (int i = 0; i < 4; ++i) {
        const Descriptor fd = open_at(path);
        const std::string expected = sha256(content(fd.get()));
        std::atomic<bool> begun = false;
        std::thread other([&] {
            while (!begun) std::this_thread::yield();
            const std::string next = folder.write("next", noise(kLarge - 1));
            std::filesystem::rename(next, path);
        });
        begun = true;
        const auto result = take_snapshot(fd.get(), {});
        other.join();
        if (const auto* gap = std::get_if<Gap>(&result)) {
            BOOST_TEST((gap->reason == GapReason::changed));
        } else {
            BOOST_TEST(std::get<Snapshot>(result).sha256 == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(nothing_but_regular_files) {
    const Folder folder;
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const Descriptor in(ends[0]), out(ends[1]);
    const Descriptor directory = open_at(folder.path());
    const Descriptor device = open_at("/dev/zero");
    for (const int fd : {in.get(), directory.get(), device.get(), -1}) {
        BOOST_TEST((refused(fd).reason == GapReason::special_file));
    }
}

BOOST_AUTO_TEST_CASE(descriptors_that_cannot_read) {
    const Folder folder;
    const std::string path = folder.write("model", noise(10));
    const Descriptor only_writes = open_at(path, O_WRONLY);
    const Descriptor only_names = open_at(path, O_PATH);
    for (const int fd : {only_writes.get(), only_names.get()}) {
        BOOST_TEST((refused(fd).reason == GapReason::unreadable));
    }
    // One that could write does not hand that on.
    const Descriptor both = open_at(path, O_RDWR);
    check_sealed(taken(both.get()).fd.get());
}

BOOST_AUTO_TEST_CASE(sizes_that_are_not_those_of_the_content) {
    // Size 0, and content.
    const Descriptor status = open_at("/proc/self/status");
    const Gap more = refused(status.get());
    BOOST_TEST((more.reason == GapReason::special_file), more.message);
    // A page of size, and a few bytes.
    const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
    if (!std::filesystem::exists(path)) {
        BOOST_TEST_MESSAGE("skipped: no /sys");
        return;
    }
    const Gap fewer = refused(open_at(path).get());
    BOOST_TEST((fewer.reason == GapReason::special_file), fewer.message);
}

BOOST_AUTO_TEST_CASE(folders_that_take_no_files) {
    const Folder folder;
    const Descriptor fd = open_at(folder.write("model", noise(10)));
    for (const std::string& where : {folder / "missing", folder / "model", std::string("/proc")}) {
        const Gap gap = refused(fd.get(), {.most_in_memory = 0, .folder = where});
        BOOST_TEST((gap.reason == GapReason::unreadable), gap.message);
        BOOST_TEST(gap.message.find(where) != std::string::npos, gap.message);
    }
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_a_limit) {
    const Folder folder;
    std::filesystem::create_directory(folder / "small");
    const std::string small = folder / "small";
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=1m") != 0) {
        BOOST_TEST_MESSAGE("skipped: a file system of one megabyte takes root");
        return;
    }
    const Descriptor fd = open_at(folder.write("model", noise(8 * kMiB)));
    const Gap gap = refused(fd.get(), {.most_in_memory = 0, .folder = small});
    BOOST_TEST((gap.reason == GapReason::limit), gap.message);
    BOOST_TEST(std::filesystem::space(small).available == kMiB);
    BOOST_TEST(::umount(small.c_str()) == 0);
}

BOOST_AUTO_TEST_CASE(a_file_size_limit_is_no_signal) {
    const Folder folder;
    const Descriptor fd = open_at(folder.write("model", noise(100'000)));
    rlimit before{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit small{65'536, before.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const Gap in_memory = refused(fd.get());
    const Gap on_disk = refused(fd.get(), {.most_in_memory = 0});
    BOOST_TEST(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    BOOST_TEST((in_memory.reason == GapReason::limit));
    BOOST_TEST((on_disk.reason == GapReason::limit));
}

BOOST_AUTO_TEST_CASE(interrupted_a_thousand_times_a_second) {
    const Folder folder;
    const std::string data = noise(kLarge);
    const Descriptor fd = open_at(folder.write("model", data));
    struct sigaction action {};
    struct sigaction before {};
    action.sa_handler = [](int) {};  // and no SA_RESTART
    BOOST_REQUIRE(::sigaction(SIGALRM, &action, &before) == 0);
    const itimerval often{{0, 1000}, {0, 1000}};
    BOOST_REQUIRE(::setitimer(ITIMER_REAL, &often, nullptr) == 0);
    const Snapshot snapshot = taken(fd.get());
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
    BOOST_TEST(snapshot.sha256 == sha256(data));
}

BOOST_AUTO_TEST_CASE(leaves_no_descriptor_open) {
    const Folder folder;
    const Descriptor fd = open_at(folder.write("model", noise(5 * kMiB)));
    const Descriptor status = open_at("/proc/self/status");
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 3; ++i) {
        const Snapshot in_memory = taken(fd.get());
        const Snapshot on_disk = taken(fd.get(), {.most_in_memory = 0});
        BOOST_TEST(open_descriptors() == before + 2);
        refused(status.get());
        refused(fd.get(), {.most_in_memory = 0, .folder = folder / "missing"});
        BOOST_TEST(open_descriptors() == before + 2);
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(no_descriptors_left) {
    const Folder folder;
    const Descriptor fd = open_at(folder.write("model", noise(5000)));
    rlimit before{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    // One at a time: each step of the way must fail as a gap.
    const Descriptor next = open_at("/dev/null");
    for (int more = 0; more < 2; ++more) {
        const rlimit few{static_cast<rlim_t>(next.get() + 1 + more), before.rlim_max};
        BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
        const auto in_memory = take_snapshot(fd.get(), {});
        const auto on_disk =
            take_snapshot(fd.get(), {.most_in_memory = 0, .folder = folder.path()});
        BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
        for (const auto* result : {&in_memory, &on_disk}) {
            BOOST_REQUIRE(std::holds_alternative<Gap>(*result));
            BOOST_TEST((std::get<Gap>(*result).reason == GapReason::unreadable));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_file_system_that_shares_blocks_copies_nothing) {
    const Folder folder;
    const std::string data = noise(3 * kMiB);
    const std::string path = folder.write("model", data);
    const Descriptor fd = open_at(path);
    const Snapshot snapshot = taken(fd.get(), {.most_in_memory = 0, .folder = folder.path()});
    if (snapshot.place != Place::clone) {
        BOOST_TEST_MESSAGE("skipped: no reflinks in " << folder.path());
        return;
    }
    BOOST_TEST(snapshot.sha256 == sha256(data));
    folder.write("model", noise(100));
    BOOST_TEST((content(snapshot.fd.get()) == data));
    check_cannot_write(snapshot.fd.get());
}

BOOST_AUTO_TEST_SUITE_END()
