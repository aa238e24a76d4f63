// One file, once, and memory that comes back.
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstring>

#include "sandbox/output.h"
#include "talk.h"

using namespace worker_test;

namespace {

Output output_of(std::uint64_t size) {
    auto made = Output::make(size);
    BOOST_TEST_REQUIRE(std::holds_alternative<Output>(made));
    return std::get<Output>(std::move(made));
}

/// An output that a worker was asked to fill by `kind`, and how that went.
std::variant<Sealed, Outcome> filled(std::uint32_t kind, std::uint64_t size) {
    const Descriptor file = file_of("input");
    Output output = output_of(size);
    Session session = start(one_file());
    const Request request{
        .kind = kind, .id = 1, .payload = {}, .fd = file.get(), .output = output.descriptor()};
    const auto result = ask(session, request);
    if (const auto* outcome = std::get_if<Outcome>(&result)) return *outcome;
    if (const Outcome end = session.finish(); !end.ok()) return end;
    return std::move(output).seal();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(single)

BOOST_AUTO_TEST_CASE(it_reads_its_input_and_fills_its_output) {
    auto result = filled(kFill, 3 * kMiB);
    BOOST_TEST_REQUIRE(std::holds_alternative<Sealed>(result));
    const Sealed& sealed = std::get<Sealed>(result);
    BOOST_TEST(sealed.bytes().size() == 3 * kMiB);
    BOOST_TEST(std::ranges::all_of(sealed.bytes().first(kMiB),
                                   [](std::byte byte) { return byte == std::byte{0x5a}; }));
    BOOST_TEST((sealed.bytes().back() == std::byte{0}));
}

BOOST_AUTO_TEST_CASE(what_came_back_cannot_be_changed_by_anyone) {
    auto result = filled(kFill, 2 * kMiB);
    const Sealed& sealed = std::get<Sealed>(result);
    const int fd = sealed.descriptor();
    BOOST_TEST(::pwrite(fd, "x", 1, 0) == -1);
    BOOST_TEST(::ftruncate(fd, 1) == -1);
    BOOST_TEST((::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED));
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const Descriptor again(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    BOOST_TEST(::pwrite(again.get(), "x", 1, 0) == -1);
    constexpr int all = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    BOOST_TEST((::fcntl(fd, F_GET_SEALS) & all) == all);
}

BOOST_AUTO_TEST_CASE(it_cannot_give_back_more_than_was_made_for_it) {
    // The worker writes a MiB, and says what the kernel answered to the last byte.
    auto result = filled(kFill, kMiB - 1);
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    BOOST_TEST(name(std::get<Outcome>(result).failure) == "crashed");
    // With a limit below the output's size it is the limit that ends it.
    const Descriptor file = file_of("input");
    const Output output = output_of(2 * kMiB);
    Options chosen = one_file();
    chosen.output_bytes = 4096;
    Session session = start(chosen);
    const auto limited = ask(session, {kFill, 1, {}, file.get(), output.descriptor()});
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(limited));
    BOOST_TEST(name(std::get<Outcome>(limited).failure) == "output_cap");
}

BOOST_AUTO_TEST_CASE(while_someone_can_still_write_it_is_not_sealed) {
    Output output = output_of(4096);
    void* writer =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, output.descriptor(), 0);
    BOOST_TEST_REQUIRE(writer != MAP_FAILED);
    auto result = std::move(output).seal();
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    BOOST_TEST(name(std::get<Outcome>(result).failure) == "setup_failed");
    ::munmap(writer, 4096);
}

BOOST_AUTO_TEST_CASE(a_host_with_a_limit_of_file_sizes_lives_to_hear_of_it) {
    BOOST_TEST(in_a_copy([] {
                   const rlimit size{4096, 4096};
                   ::setrlimit(RLIMIT_FSIZE, &size);
                   const auto made = Output::make(8192);
                   return std::holds_alternative<Outcome>(made) ? 0 : 1;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(an_empty_output_is_sealed_too) {
    auto result = output_of(0).seal();
    BOOST_TEST_REQUIRE(std::holds_alternative<Sealed>(result));
    BOOST_TEST(std::get<Sealed>(result).bytes().empty());
}

BOOST_AUTO_TEST_CASE(it_serves_once) {
    const Descriptor file = file_of("x");
    const Output output = output_of(4096);
    Session session = start(one_file());
    BOOST_TEST(session.room() == 1U);
    BOOST_TEST(answer(session, {kEcho, 1, as_bytes("a"), file.get(), output.descriptor()}) == "a");
    BOOST_TEST(session.room() == 0U);
    BOOST_TEST(!submit(session, {kEcho, 2, {}, file.get(), output.descriptor()}).ok());
    BOOST_TEST(session.finish().ok());
}

BOOST_AUTO_TEST_CASE(requests_that_break_its_rules_are_not_sent) {
    const Descriptor file = file_of("x");
    const Descriptor loose(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    Output output = output_of(4096);
    Session session = start(one_file());
    BOOST_TEST(!submit(session, {kEcho, 1, {}, file.get(), -1}).ok());
    BOOST_TEST(!submit(session, {kEcho, 1, {}, -1, output.descriptor()}).ok());
    BOOST_TEST(!submit(session, {kEcho, 1, {}, file.get(), loose.get()}).ok());
    BOOST_TEST(!submit(session, {kEcho, 1, {}, file.get(), file.get()}).ok());
    Session stream = start();
    BOOST_TEST(!submit(stream, {kEcho, 1, {}, file.get(), output.descriptor()}).ok());
    BOOST_TEST(answer(session, {kEcho, 1, as_bytes("a"), file.get(), output.descriptor()}) == "a");
}

BOOST_AUTO_TEST_CASE(a_denied_call_is_the_kernels_word_and_has_its_name) {
    const Descriptor file = file_of("x");
    const Output output = output_of(4096);
    Session session = start(one_file());
    const auto result = ask(session, {kSocket, 1, {}, file.get(), output.descriptor()});
    BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
    BOOST_TEST(name(std::get<Outcome>(result).failure) == "denied_syscall");
    BOOST_TEST(std::get<Outcome>(result).detail == "socket");
}

BOOST_AUTO_TEST_SUITE_END()
