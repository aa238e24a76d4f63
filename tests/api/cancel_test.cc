// A caller who gives up: no file that was not read may look as if it was, and nothing that moves
// many bytes goes on. The descriptor is set from the start: what would not ask would do its work.
#include "base/cancel.h"

#include <sys/eventfd.h>

#include "api/gate/admitted.h"
#include "api/scan.h"
#include "api/sign.h"
#include "api/snapshot.h"
#include "api/source.h"
#include "api/spool.h"
#include "api/tensor_digest.h"
#include "api/worker_path.h"
#include "api/write/file.h"
#include "files.h"
#include "signing/files/hash.h"

using namespace api_test;

namespace {

const Descriptor& given_up() {
    static const Descriptor event(::eventfd(1, EFD_CLOEXEC));
    return event;
}

/// Several pieces of any of those who ask between them.
constexpr std::size_t kLong = 40 * kMiB;

std::string long_file(const Folder& folder) { return folder.write("long", noise(kLong)); }

bool gave_up(const Gap& gap) { return gap.message == "the caller gave up"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(what_a_cancelled_scan_did_not_read_has_a_gap) {
    const Folder folder;
    std::vector<std::string> paths;
    for (int i = 0; i < 40; ++i) {
        paths.push_back(folder.write("plain" + std::to_string(i) + ".txt", "nothing\n"));
    }
    ScanOptions options;
    options.sandbox.worker = worker_path();
    options.sandbox.cancel = given_up().get();
    const ScanReport report = scan(paths, options);
    BOOST_TEST(report.files.size() == paths.size());
    for (const ScannedFile& file : report.files) {
        BOOST_TEST(!file.path.empty());
        BOOST_TEST(file.report.gaps.size() == 1U);
    }
    BOOST_TEST((report.verdict() == scanner::Verdict::incomplete));
}

BOOST_AUTO_TEST_CASE(only_what_is_set_cancels) {
    const Descriptor event(::eventfd(0, EFD_CLOEXEC));
    BOOST_TEST(!is_cancelled(-1));
    BOOST_TEST(!is_cancelled(event.get()));
    BOOST_TEST(is_cancelled(given_up().get()));
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_given_up) {
    const Folder folder;
    const Descriptor file = open_at(long_file(folder));
    for (const bool digest : {false, true}) {  // by several threads, and by one and a hasher
        const auto taken = take_snapshot(file.get(), {.folder = folder.path(), .digest = digest},
                                         given_up().get());
        BOOST_REQUIRE(std::holds_alternative<Gap>(taken));
        BOOST_TEST(gave_up(std::get<Gap>(taken)));
    }
    BOOST_TEST(std::holds_alternative<Snapshot>(take_snapshot(file.get(), {})));
}

BOOST_AUTO_TEST_CASE(copies_of_several_files_are_given_up) {
    const Folder folder;
    std::vector<Opened> files(1);
    files.front().fd = open_at(long_file(folder));
    files.front().stamp = stamp(files.front().fd.get()).value();
    std::vector<std::uint64_t> offsets;
    const auto joined = join_files(files, 4096, offsets, given_up().get());
    BOOST_REQUIRE(std::holds_alternative<Gap>(joined));
    BOOST_TEST(gave_up(std::get<Gap>(joined)));
}

BOOST_AUTO_TEST_CASE(a_stream_that_says_nothing_is_given_up) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const Descriptor reading(ends[0]);
    const Descriptor writing(ends[1]);
    const auto spooled = spool(reading.get(), {kMiB, {}, "the pipe", given_up().get()});
    BOOST_REQUIRE(std::holds_alternative<Gap>(spooled));
    BOOST_TEST(gave_up(std::get<Gap>(spooled)));
}

BOOST_AUTO_TEST_CASE(hashing_is_given_up) {
    const Folder folder;
    const std::string path = long_file(folder);
    const Descriptor file = open_at(path);
    BOOST_TEST(digest_of(file.get(), given_up().get()).empty());
    BOOST_TEST(!digest_of(file.get()).empty());
    for (const unsigned threads : {1U, 2U}) {
        const auto hashed = signing::hash_file(file.get(), "long",
                                               {.threads = threads, .cancel = given_up().get()});
        BOOST_REQUIRE(!hashed);
        BOOST_TEST((hashed.error().reason == signing::Reason::interrupted));
    }
}

BOOST_AUTO_TEST_CASE(digests_of_tensors_are_given_up) {
    const std::string source = noise(kLong);
    loader::Tensor tensor;
    tensor.dtype = loader::Scalar::uint8;
    tensor.shape = {kLong};
    const std::vector<const loader::Tensor*> one = {&tensor};
    const auto of_source = [&](std::uint32_t) { return as_bytes(source); };
    BOOST_TEST(!tensor_digests(one, of_source, given_up().get()));
    BOOST_TEST(!!tensor_digests(one, of_source));
}

BOOST_AUTO_TEST_CASE(what_was_admitted_is_not_handed_out) {
    const Folder folder;
    const Descriptor file = open_at(long_file(folder));
    {
        const auto copy = AdmittedCopy::create(folder / "out");
        BOOST_REQUIRE(copy);
        BOOST_TEST(!(*copy)->add("long", file.get(), kLong, given_up().get()));
    }
    BOOST_TEST(names_in(folder.path()) == std::vector<std::string>{"long"});
}

BOOST_AUTO_TEST_CASE(nothing_is_written_any_more) {
    const Folder folder;
    const auto done = write_whole(folder / "out", "text", false, given_up().get());
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().reason == signing::Reason::interrupted));
    auto made = TargetFile::create(folder / "out", false);
    auto& file = *std::get<std::unique_ptr<TargetFile>>(made);
    BOOST_TEST(!!file.write(as_bytes(std::string("text"))));
    BOOST_TEST(!!file.prepare());
    file.heed(given_up().get());
    BOOST_TEST(!file.commit());
    BOOST_TEST(names_in(folder.path()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
