#include "signing/files/hash.h"

#include <sys/mman.h>

#include <array>

#include "base/digest.h"
#include "base/text.h"
#include "model_files.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;
using Texts = std::vector<std::string>;

namespace {

/// Bytes that look like nothing and differ everywhere.
std::string noise(std::size_t size, std::uint64_t state = 7) {
    std::string out(size, '\0');
    for (char& c : out) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        c = static_cast<char>(state >> 56);
    }
    return out;
}

std::string sha256(std::string_view content) { return sha256_hex(as_bytes(content)); }

Descriptor open_at(const std::string& path, int flags = O_RDONLY) {
    Descriptor out(::open(path.c_str(), flags | O_CLOEXEC));
    BOOST_REQUIRE_MESSAGE(out, path);
    return out;
}

Texts digests(const Measured& measured) {
    Texts out;
    for (const auto& digest : measured.digests) out.push_back(hex(digest));
    return out;
}

Measured hashed(int fd, const HashOptions& options = {}) {
    auto out = hash_file(fd, "file", options);
    BOOST_REQUIRE_MESSAGE(out, refusal(out));
    return std::move(out).value();
}

/// "name digest…" of each file.
Texts hashed(const Model& model, const HashOptions& options = {}) {
    const auto judged = hash_model(model, options);
    BOOST_REQUIRE_MESSAGE(judged, refusal(judged));
    Texts out;
    for (const Measured& file : judged.value()) {
        out.push_back(file.name);
        for (const std::string& digest : digests(file)) out.back() += " " + digest;
    }
    return out;
}

/// Digests of the shards of `content`, by their definition.
Texts shards(const std::string& content, std::size_t size) {
    Texts out;
    for (std::size_t at = 0; at < content.size(); at += size) {
        out.push_back(sha256(std::string_view(content).substr(at, size)));
    }
    return out;
}

constexpr std::size_t kLarge = 24 * kMiB + 77;

/// A file that `act` changes again and again must be refused, whichever thread reads it. On a busy
/// machine the other thread may sleep all the while; then it is tried again.
void check_unstable_while(const std::function<void(const std::string&)>& act) {
    const Folder folder;
    const std::string path = folder.write("file", noise(kLarge));
    for (const unsigned threads : {1U, 2U, 4U}) {
        for (const std::uint64_t shard : {std::uint64_t{0}, kMiB}) {
            const HashOptions options{.shard_size = shard, .threads = threads};
            const Descriptor fd = open_at(path);
            const Meanwhile writer([&] { act(path); });
            std::string refused = "none";
            for (int tries = 0; tries < 100 && refused == "none"; ++tries) {
                refused = refusal(hash_file(fd.get(), "file", options));
            }
            BOOST_TEST(refused == "unstable_file: file");
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hash)

BOOST_AUTO_TEST_CASE(algorithms_are_spelt_as_in_oms) {
    for (const HashAlgorithm algorithm : {HashAlgorithm::sha256, HashAlgorithm::blake2b}) {
        BOOST_TEST((hash_algorithm(name(algorithm)) == algorithm));
    }
    BOOST_TEST(name(HashAlgorithm::sha256) == "sha256");
    BOOST_TEST(name(HashAlgorithm::blake2b) == "blake2b");
    BOOST_TEST(digest_size(HashAlgorithm::sha256) == 32U);
    BOOST_TEST(digest_size(HashAlgorithm::blake2b) == 64U);
    for (const char* other :
         {"", "SHA256", "sha-256", "sha1", "sha512", "md5", "blake2", "blake3"}) {
        BOOST_TEST(!hash_algorithm(other).has_value());
    }
}

BOOST_AUTO_TEST_CASE(published_vectors) {
    const Folder folder;
    const Descriptor fd = open_at(folder.write("abc", "abc"));
    // FIPS 180-2, appendix B.1; RFC 7693, appendix A.
    BOOST_TEST(digests(hashed(fd.get())) ==
                   Texts{"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
               boost::test_tools::per_element());
    BOOST_TEST(digests(hashed(fd.get(), {.algorithm = HashAlgorithm::blake2b})) ==
                   Texts{"ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                         "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_byte_of_every_size) {
    const Folder folder;
    const std::size_t block = 256 * kKiB;
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, block - 1, block, block + 1, 2 * block, 4 * kMiB - 1,
          4 * kMiB, 4 * kMiB + 1, 9 * kMiB + 77}) {
        const std::string data = noise(size);
        const Descriptor fd = open_at(folder.write("file", data));
        for (const unsigned threads : {0U, 1U, 2U, 5U}) {
            const Measured measured = hashed(fd.get(), {.threads = threads});
            BOOST_TEST(digests(measured) == Texts{sha256(data)}, boost::test_tools::per_element());
            BOOST_TEST(measured.size == size);
            BOOST_TEST(measured.name == "file");
        }
    }
}

BOOST_AUTO_TEST_CASE(shards_are_hashed_one_by_one) {
    const Folder folder;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{10},
                                   std::size_t{1000}, 40 * kMiB + 5}) {
        const std::string data = noise(size);
        const Descriptor fd = open_at(folder.write("file", data));
        for (const std::size_t shard : {std::size_t{1}, std::size_t{3}, std::size_t{10}, 70 * kKiB,
                                        5 * kMiB, 17 * kMiB, 100 * kMiB}) {
            if (size / shard > 1000) continue;
            const Texts expected = shards(data, shard);
            for (const unsigned threads : {1U, 3U}) {
                const Measured measured =
                    hashed(fd.get(), {.shard_size = shard, .threads = threads});
                BOOST_TEST(digests(measured) == expected, boost::test_tools::per_element());
                BOOST_TEST(measured.size == size);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_largest_shard_size_is_the_whole_file) {
    const Folder folder;
    const std::string data = noise(5 * kMiB);
    const Descriptor fd = open_at(folder.write("file", data));
    BOOST_TEST(digests(hashed(fd.get(), {.shard_size = ~std::uint64_t{0}})) == Texts{sha256(data)},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(more_shards_than_any_manifest_holds) {
    const Folder folder;
    folder.write("a", "");
    folder.write("b", "");
    std::filesystem::resize_file(folder / "a", 600'000);
    std::filesystem::resize_file(folder / "b", 400'001);
    const Model model = opened(folder.path());
    BOOST_TEST(refusal(hash_model(model, {.shard_size = 1})) == "too_large: b");
    std::filesystem::resize_file(folder / "b", std::uint64_t{1} << 42);
    BOOST_TEST(refusal(hash_model(opened(folder.path()), {.shard_size = 1})) == "too_large: b");
}

BOOST_AUTO_TEST_CASE(files_of_a_model_stay_in_their_order) {
    const Folder folder;
    make_folder(folder / "sub");
    Texts whole, sharded;
    for (int i = 0; i < 300; ++i) {
        const std::string name = (i % 2 == 0 ? "" : "sub/") + std::to_string(1000 + i);
        // Most are small, some are large, and some hold nothing.
        const std::size_t size = i % 50 == 7 ? 5 * kMiB : static_cast<std::size_t>(i % 10) * 3000;
        const std::string data = noise(size, static_cast<std::uint64_t>(i));
        folder.write(name, data);
        whole.push_back(name + " " + sha256(data));
        sharded.push_back(name);
        for (const std::string& digest : shards(data, 100'000)) sharded.back() += " " + digest;
    }
    std::sort(whole.begin(), whole.end());
    std::sort(sharded.begin(), sharded.end());
    const Model model = opened(folder.path());
    for (const unsigned threads : {0U, 1U, 2U, 8U}) {
        BOOST_TEST(hashed(model, {.threads = threads}) == whole, boost::test_tools::per_element());
        BOOST_TEST(hashed(model, {.shard_size = 100'000, .threads = threads}) == sharded,
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(an_empty_model_and_a_model_of_one_file) {
    const Folder folder;
    BOOST_TEST(hashed(opened(folder.path())).empty());
    const std::string path = folder.write("file", "abc");
    BOOST_TEST(hashed(opened(path)) == Texts{"file " + sha256("abc")},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_several_refusals_the_first_file_is_named) {
    const Folder folder;
    for (const char* name : {"a", "c", "d", "e"}) folder.write(name, "abc");
    folder.write("b", noise(100));  // before "a" in the queue, as they are larger
    folder.write("z", noise(9 * kMiB));
    const Model model = opened(folder.path());
    remove(folder / "z");
    for (const unsigned threads : {1U, 4U}) {
        BOOST_TEST(refusal(hash_model(model, {.threads = threads})) == "missing_file: z");
    }
    for (const char* name : {"b", "d", "e"}) remove(folder / name);
    make_link("a", folder / "b");
    for (const unsigned threads : {1U, 4U}) {
        BOOST_TEST(refusal(hash_model(model, {.threads = threads})) == "link: b");
        BOOST_TEST(refusal(hash_model(model, {.shard_size = 50, .threads = threads})) == "link: b");
    }
}

BOOST_AUTO_TEST_CASE(a_size_that_is_not_the_one_that_was_listed) {
    const Folder folder;
    folder.write("file", "abc");
    folder.write("empty", "");
    const Model model = opened(folder.path());
    folder.write("file", "ab");
    BOOST_TEST(refusal(hash_model(model, {})) == "unstable_file: file");
    folder.write("file", "abcd");
    BOOST_TEST(refusal(hash_model(model, {})) == "unstable_file: file");
    folder.write("file", "abC");
    BOOST_TEST(refusal(hash_model(model, {})) == "none");
    // What has no shards is looked at, too.
    folder.write("empty", "x");
    BOOST_TEST(refusal(hash_model(model, {.shard_size = 10})) == "unstable_file: empty");
    remove(folder / "empty");
    BOOST_TEST(refusal(hash_model(model, {.shard_size = 10})) == "missing_file: empty");
}

BOOST_AUTO_TEST_CASE(rewritten_meanwhile) {
    check_unstable_while([](const std::string& path) {
        const Descriptor fd = open_at(path, O_WRONLY);
        BOOST_REQUIRE(::pwrite(fd.get(), "rewritten", 9, kLarge / 2) == 9);
    });
}

BOOST_AUTO_TEST_CASE(grown_meanwhile) {
    check_unstable_while([](const std::string& path) {
        const Descriptor fd = open_at(path, O_WRONLY | O_APPEND);
        BOOST_REQUIRE(::write(fd.get(), "more", 4) == 4);
    });
}

BOOST_AUTO_TEST_CASE(cut_meanwhile) {
    check_unstable_while([](const std::string& path) {
        BOOST_REQUIRE(::truncate(path.c_str(), kLarge / 2) == 0);
        BOOST_REQUIRE(::truncate(path.c_str(), kLarge) == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_size_that_is_not_that_of_the_content) {
    // Size 0, and content.
    const Descriptor status = open_at("/proc/self/status");
    BOOST_TEST(refusal(hash_file(status.get(), "status", {})) == "unstable_file: status");
    // A page of size, and a few bytes.
    const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
    if (!std::filesystem::exists(path)) {
        BOOST_TEST_MESSAGE("skipped: no /sys");
        return;
    }
    const Descriptor setting = open_at(path);
    BOOST_TEST(refusal(hash_file(setting.get(), "setting", {})) == "unstable_file: setting");
}

BOOST_AUTO_TEST_CASE(sealed_memory_is_a_file_like_others) {
    const std::string data = noise(5 * kMiB);
    const Descriptor memory(::memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    BOOST_REQUIRE(::write(memory.get(), data.data(), data.size()) ==
                  static_cast<ssize_t>(data.size()));
    BOOST_REQUIRE(::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) ==
                  0);
    BOOST_TEST(digests(hashed(memory.get())) == Texts{sha256(data)},
               boost::test_tools::per_element());
    BOOST_TEST(::lseek(memory.get(), 0, SEEK_CUR) == static_cast<off_t>(data.size()));
}

BOOST_AUTO_TEST_CASE(descriptors_that_are_no_files_or_cannot_read) {
    const Folder folder;
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const Descriptor in(ends[0]), out(ends[1]);
    const Descriptor directory = open_at(folder.path()), device = open_at("/dev/zero");
    for (const int fd : {in.get(), directory.get(), device.get(), -1}) {
        BOOST_TEST(refusal(hash_file(fd, "x", {})) == "special_file: x");
    }
    const std::string path = folder.write("file", noise(10));
    const Descriptor only_writes = open_at(path, O_WRONLY), only_names = open_at(path, O_PATH);
    for (const int fd : {only_writes.get(), only_names.get()}) {
        BOOST_TEST(refusal(hash_file(fd, "x", {})) == "unreadable: x");
    }
}

BOOST_AUTO_TEST_CASE(few_descriptors_are_open_at_one_time) {
    const Folder folder;
    for (int i = 0; i < 200; ++i) folder.write(std::to_string(i), noise(3000));
    const Model model = opened(folder.path());
    const std::size_t before = open_descriptors();
    {
        const FewDescriptors few(6);
        BOOST_TEST(hashed(model, {.threads = 4}).size() == 200U);
        BOOST_TEST(hashed(model, {.shard_size = 2000, .threads = 4}).size() == 200U);
    }
    remove(folder / "7");
    BOOST_TEST(refusal(hash_model(model, {})) == "missing_file: 7");
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(without_descriptors_nothing_is_read) {
    const Folder folder;
    folder.write("file", "abc");
    const Model model = opened(folder.path());
    const FewDescriptors few(0);
    std::vector<Descriptor> taken;
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken.emplace_back(fd);
    BOOST_TEST(refusal(hash_model(model, {})) == "unreadable: file");
}

BOOST_AUTO_TEST_SUITE_END()
