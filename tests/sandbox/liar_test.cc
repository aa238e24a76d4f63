// A worker that was taken over, or never was one, cannot make the parent hang, or believe it.
// Numbers in names are those of the list of fault tests: what is said (144), how much (145), what
// is not (146 to 149, 151), the shared page (152, 155), numbers (153), which program it is (161).
#include "liar.h"

#include <csignal>

#include "base/text.h"
#include "remains.h"

using namespace worker_test;
namespace fs = std::filesystem;

namespace {

struct Case {
    const char* name;
    std::string script;
    Failure failure;
};

std::string long_header(std::uint32_t length) {
    std::string header = frame(kApplication, 1);
    std::memcpy(header.data() + 12, &length, sizeof(length));
    return header;
}

std::string wrong_version() {
    std::string greeting = hello();
    greeting[kHeaderBytes] = static_cast<char>(kVersion + 1);
    return greeting;
}

const std::string kHang = "hang\n";

std::vector<Case> before_hello() {
    using namespace std::string_literals;
    return {
        {"146 hangs", kHang, Failure::timeout},
        {"146 hangs in a frame", say(hello().substr(0, 30)) + kHang, Failure::timeout},
        {"146 hangs in a header", say(hello().substr(0, 3)) + kHang, Failure::timeout},
        {"147 hangs and ignores SIGTERM", "ignore 15\n" + kHang, Failure::timeout},
        {"148 stops", "stop\n", Failure::timeout},
        {"149 closes its socket and lives", "close 5\n" + kHang, Failure::closed_early},
        {"150 takes memory and is killed", "allocate 64\ncrash\n", Failure::crashed},
        {"151 is busy", "busy\n", Failure::timeout},
        {"leaves", "", Failure::setup_failed},
        {"leaves with another status", "exit 9\n", Failure::setup_failed},
        {"crashes", "crash\n", Failure::crashed},
        {"is weak", say(hello(claim(Seccomp::trap, 0))) + kHang, Failure::sandbox_unavailable},
        {"is not locked", say(hello(claim(Seccomp::none))) + kHang, Failure::sandbox_unavailable},
        {"144 answers before hello", say(frame(kApplication)) + kHang, Failure::protocol_violation},
        {"144 is done before hello", say(done(0)) + kHang, Failure::protocol_violation},
        {"144 hello without a word", say(frame(kHello)) + kHang, Failure::protocol_violation},
        {"144 hello with flags", say(frame(kHello, 0, "", 0x8000)) + kHang,
         Failure::protocol_violation},
        {"144 hello with an id", say(hello().replace(16, 1, "\x01")) + kHang,
         Failure::protocol_violation},
        {"144 hello and more in it", say(frame(kHello, 0, hello().substr(kHeaderBytes) + "x")),
         Failure::protocol_violation},
        {"144 length 0xffffffff", say(long_header(UINT32_MAX)) + kHang,
         Failure::protocol_violation},
        {"144 length 1 MiB + 1", say(long_header(kMaxPayload + 1)) + kHang,
         Failure::protocol_violation},
        {"144 an unknown kind", say(frame(99)) + kHang, Failure::protocol_violation},
        {"161 another version", say(wrong_version()) + kHang, Failure::protocol_violation},
        {"refuses", say(frame(kRefused, 0, "\x0b\x26\0\0\0"s)) + kHang,
         Failure::sandbox_unavailable},
        {"refuses what does not exist", say(frame(kRefused, 0, "\xff\x26\0\0\0"s)) + kHang,
         Failure::protocol_violation},
        {"145 complains without end, then nothing", "stderr 4096\n", Failure::timeout},
    };
}

std::vector<Case> after_hello() {
    const std::string part = frame(kEcho, 1, "x");
    const std::string full = frame(kEcho, 1, std::string(1000, 'x'));
    return {
        {"144 two hellos", say(hello()), Failure::protocol_violation},
        {"144 garbage", say(std::string(64, 'x')), Failure::protocol_violation},
        {"144 length 0xffffffff", say(long_header(UINT32_MAX)), Failure::protocol_violation},
        {"144 length 0 and more", say(frame(kEcho, 1) + "x" + done(1)),
         Failure::protocol_violation},
        {"144 another id", say(frame(kEcho, 2)), Failure::protocol_violation},
        {"144 a reserved kind", say(frame(kConfig, 1)), Failure::protocol_violation},
        {"144 an unknown kind", say(frame(10, 1)), Failure::protocol_violation},
        {"144 a reply that claims a descriptor", say(frame(kEcho, 1, "", kHasDescriptor)),
         Failure::protocol_violation},
        {"144 done with a payload", say(frame(kDone, 1, "x")), Failure::protocol_violation},
        {"144 done for another", say(part + done(2)), Failure::protocol_violation},
        {"144 refused after hello", say(frame(kRefused, 0, std::string(5, '\x01'))),
         Failure::protocol_violation},
        {"144 exit 0 without done", say(part) + "exit 0\n", Failure::closed_early},
        {"144 exit 0 without a word", "exit 0\n", Failure::closed_early},
        {"144 last words for a request", say(frame(kExhausted, 1)), Failure::protocol_violation},
        {"144 long last words", say(frame(kAborted, 0, "x")), Failure::protocol_violation},
        {"145 tiny frames without end", "repeat 0 " + hex(part) + "\n", Failure::output_cap},
        {"145 empty frames without end", "repeat 0 " + hex(frame(kEcho, 1)) + "\n",
         Failure::output_cap},
        {"145 half an answer, then complaints", say(part) + "stderr 4096\n", Failure::timeout},
        {"146 hangs", "", Failure::timeout},
        {"146 hangs in a frame", say(full.substr(0, 500)), Failure::timeout},
        {"146 hangs in a header", say(full.substr(0, 5)), Failure::timeout},
        {"146 hangs before done", say(full), Failure::timeout},
        {"146 trickles", "trickle 10 " + hex(full), Failure::timeout},
        {"147 hangs and ignores SIGTERM", "ignore 15\n", Failure::timeout},
        {"148 stops", "stop\n", Failure::timeout},
        {"148 stops in a frame", say(full.substr(0, 500)) + "stop\n", Failure::timeout},
        {"149 closes its socket and lives", "close 5\n", Failure::closed_early},
        {"149 closes it in a frame", say(full.substr(0, 500)) + "close 5\n", Failure::closed_early},
        {"149 leaves its socket to an heir", "heir\nexit 0\n", Failure::closed_early},
        {"151 is busy", "busy\n", Failure::timeout},
        {"151 answers half and is busy", say(part) + "busy\n", Failure::timeout},
        {"155 flickers and crashes", "progress 99\ncrash\n", Failure::crashed},
    };
}

/// Little where nothing is expected to come, much where a slow machine must not hide what does.
int patience(const Case& row) { return row.failure == Failure::timeout ? 150 : 10'000; }

void write_file(const fs::path& path, std::string_view content, fs::perms mode) {
    std::ofstream(path) << content;
    fs::permissions(path, mode);
}

constexpr fs::perms kRuns = fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(liar, NothingRemains)

BOOST_AUTO_TEST_CASE(no_session_starts_with_a_lie) {  // 144 to 151, 161
    const Liar liar;
    for (const Case& row : before_hello()) {
        const Outcome outcome = start_failure(liar.plays(row.script, patience(row)));
        BOOST_TEST_CONTEXT(row.name << ": " << outcome.detail) {
            BOOST_TEST(name(outcome.failure) == name(row.failure));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_weak_lock_passes_where_it_is_asked_for) {
    const Liar liar;
    Options chosen = liar.plays(say(hello(claim(Seccomp::trap, 0))) + kHang);
    chosen.min_tier = Tier::basic;
    Session session = start(chosen);
    BOOST_TEST((session.isolation().tier() == Tier::basic));
    BOOST_TEST_REQUIRE(session.isolation().missing.size() == 2U);
    BOOST_TEST((session.isolation().missing[1].layer == Layer::landlock));
}

BOOST_AUTO_TEST_CASE(no_session_goes_on_with_a_lie) {  // 144 to 151, 155
    const Liar liar;
    for (const Case& row : after_hello()) {
        Session session = start(
            liar.plays(say(hello()) + "request\n" + row.script + "\n" + kHang, patience(row)));
        const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
        BOOST_TEST_CONTEXT(row.name) {
            BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
            const Outcome& outcome = std::get<Outcome>(result);
            BOOST_TEST_INFO(outcome.detail);
            BOOST_TEST(name(outcome.failure) == name(row.failure));
            // What it claims to work on was never asked; then it was the oldest request.
            BOOST_TEST((outcome.request == 1U));
            BOOST_TEST(name(session.finish().failure) == name(row.failure));  // it stays over
        }
    }
}

BOOST_AUTO_TEST_CASE(more_after_all_is_done_is_an_error) {  // 144
    const Liar liar;
    const std::string good = frame(kEcho, 1, "yes") + done(1);
    for (const Case& row : std::vector<Case>{
             {"exit status 0", "drain\nexit 0\n", Failure::none},
             {"exit status 3", "drain\nexit 3\n", Failure::closed_early},
             {"a crash", "drain\ncrash\n", Failure::crashed},
             {"another reply", say(frame(kEcho, 1)) + "exit 0\n", Failure::protocol_violation},
             {"another done", say(done(1)) + "exit 0\n", Failure::protocol_violation},
             {"another hello", say(hello()) + "exit 0\n", Failure::protocol_violation},
             {"last words", say(frame(kAborted)) + "exit 0\n", Failure::crashed},
             {"last words and more", say(frame(kExhausted) + done(1)), Failure::out_of_memory},
             {"146 nothing", kHang, Failure::timeout},
             {"147 nothing, deaf to SIGTERM", "ignore 15\n" + kHang, Failure::timeout},
             {"148 a stop", "stop\n", Failure::timeout},
             {"149 no socket", "close 5\n" + kHang, Failure::closed_early},
         }) {
        Session session =
            start(liar.plays(say(hello()) + "request\n" + say(good) + row.script, patience(row)));
        BOOST_TEST_CONTEXT(row.name) {
            BOOST_TEST(answer(session, {.kind = kEcho, .id = 1, .payload = {}}) == "yes");
            const Outcome outcome = session.finish();
            BOOST_TEST_INFO(outcome.detail);
            BOOST_TEST(name(outcome.failure) == name(row.failure));
            BOOST_TEST(!outcome.request.has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(complaints_beside_good_answers_are_kept_in_part) {  // 145
    const Liar liar;
    Session session = start(liar.plays(
        say(hello()) + "request\nstderr 64\n" + say(frame(kEcho, 1, "yes") + done(1)) + "drain\n",
        20'000));
    BOOST_TEST(answer(session, {.kind = kEcho, .id = 1, .payload = {}}) == "yes");
    BOOST_TEST(session.finish().ok());
    BOOST_TEST(session.errors().size() == 64 * kKiB);
}

BOOST_AUTO_TEST_CASE(the_cap_is_where_it_is_said_to_be) {  // 145
    const Liar liar;
    const std::string mebibyte = frame(kEcho, 1, std::string(kMiB - 2 * kHeaderBytes, 'x'));
    for (const bool over : {false, true}) {
        // 64 frames that leave 24 bytes each; the last of these are for `done`.
        const std::string rest = over ? frame(kEcho, 1, std::string(63 * kHeaderBytes, 'x')) : "";
        Session session = start(liar.plays(say(hello()) + "request\nrepeat 64 " + hex(mebibyte) +
                                               "\n" + say(rest + done(1)) + "drain\n",
                                           20'000));
        const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
        BOOST_TEST(std::holds_alternative<Outcome>(result) == over);
        const Failure failure = over ? std::get<Outcome>(result).failure : session.finish().failure;
        BOOST_TEST(name(failure) == (over ? "output_cap" : "none"));
    }
}

BOOST_AUTO_TEST_CASE(a_worker_names_only_what_it_was_asked) {  // 152, 155: the shared page
    const Liar liar;
    for (const auto& [page, expected] :
         std::vector<std::pair<std::string, std::uint64_t>>{{"progress 12\n", 12},
                                                            {"progress 99\n", 11},
                                                            {"progress 18446744073709551615\n", 11},
                                                            {"progress 10\n", 11}}) {
        Session session = start(
            liar.plays(say(hello()) + "request\n" + page + say(done(10)) + "sleep 20\ncrash\n"));
        std::vector<Request> batch;
        for (const std::uint64_t id : {10U, 11U, 12U}) batch.push_back({kEcho, id, {}, -1});
        BOOST_TEST_REQUIRE(session.submit(batch).ok());
        BOOST_TEST_REQUIRE(std::holds_alternative<Reply>(session.receive()));
        const auto last = session.receive();
        BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(last));
        BOOST_TEST((std::get<Outcome>(last).request == expected), page);
    }
    Session session = start(liar.plays(say(hello()) + "request\nflicker\n"));
    const auto result = ask(session, {.kind = kEcho, .id = 5, .payload = {}});
    BOOST_TEST((std::get<Outcome>(result).request == 5U));
}

BOOST_AUTO_TEST_CASE(the_shared_page_keeps_its_size) {  // 152
    const Liar liar;
    Session session =
        start(liar.plays(say(hello()) + "request\n" + say(done(1)) + "drain\nstretch\n", 10'000));
    BOOST_TEST(answer(session, {.kind = kEcho, .id = 1, .payload = {}}) == "");
    const Outcome outcome = session.finish();
    BOOST_TEST(name(outcome.failure) == "none", outcome.detail);
}

BOOST_AUTO_TEST_CASE(numbers_from_nowhere_are_refused_or_printable) {  // 153
    const Liar liar;
    const std::string good = hello(claim(Seccomp::trap, 0)).substr(kHeaderBytes);
    // Where the fields lie: 0 version, 4 seccomp, 5 flags, 9 ABI, 13 count, 14 layer, 15 errno.
    for (const auto& [at, value] : std::vector<std::pair<std::size_t, int>>{{0, 0},
                                                                            {0, 255},
                                                                            {4, 3},
                                                                            {5, 255},
                                                                            {6, 128},
                                                                            {7, 16},
                                                                            {8, 2},
                                                                            {13, 0},
                                                                            {13, 1},
                                                                            {13, 3},
                                                                            {13, 255},
                                                                            {14, kLayers},
                                                                            {14, 255}}) {
        std::string bad = good;
        bad[at] = static_cast<char>(value);
        Options chosen = liar.plays(say(frame(kHello, 0, bad)) + kHang, 10'000);
        chosen.min_tier = Tier::basic;
        BOOST_TEST(name(start_failure(chosen).failure) == "protocol_violation",
                   "byte " << at << " = " << value);
    }
    for (const std::uint32_t number :
         {0U, 39U, 0x7fffffffU, 0x80000000U, 0x40000027U, UINT32_MAX}) {
        const std::array<std::uint32_t, 4> words{number, number, number, number};
        const std::string_view bytes = text(std::as_bytes(std::span(words)));
        for (const std::string& last :
             {frame(kDenied, 0, bytes),
              frame(kRefused, 0, std::string("\0", 1).append(bytes, 0, 4))}) {
            const Outcome outcome = start_failure(liar.plays(say(last) + kHang, 10'000));
            BOOST_TEST(!outcome.ok());
            BOOST_TEST(name(outcome.failure) != "protocol_violation");
            BOOST_TEST(is_printable(outcome.detail), hex(outcome.detail));
            BOOST_TEST(outcome.syscall >= -1);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_worker_that_does_not_leave_is_ended) {  // 146
    const Liar liar;
    Session session = start(liar.plays(say(hello()) + kHang));
    BOOST_TEST(name(session.finish().failure) == "timeout");
    BOOST_TEST(::kill(session.pid(), 0) != 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_worker_program_is_not_run) {  // 161
    const Folder folder;
    write_file(folder.path / "script", "#!/bin/sh\nexit 0\n", kRuns);
    write_file(folder.path / "text", "hello", kRuns);
    fs::copy_file(TEST_WORKER, folder.path / "plain");
    fs::permissions(folder.path / "plain", fs::perms::owner_read);
    fs::copy_file(TEST_WORKER, folder.path / "open");
    fs::permissions(folder.path / "open", fs::perms::all);
    fs::copy_file(TEST_WORKER, folder.path / "setuid");
    fs::permissions(folder.path / "setuid", kRuns | fs::perms::set_uid);
    BOOST_TEST_REQUIRE(::mkfifo((folder.path / "fifo").c_str(), 0755) == 0);
    for (const char* name :
         {"script", "text", "plain", "open", "setuid", "fifo", "nowhere", "", "text/worker"}) {
        const Outcome outcome = start_failure({.worker = folder.path / name});
        BOOST_TEST_CONTEXT(name << ": " << outcome.detail) {
            BOOST_TEST(sandbox::name(outcome.failure) == "helper_missing");
        }
    }
    BOOST_TEST(name(start_failure({.worker = "test_worker"}).failure) == "helper_missing");
    BOOST_TEST(name(start_failure({.worker = ""}).failure) == "helper_missing");
}

BOOST_AUTO_TEST_CASE(a_folder_that_everyone_writes_to_holds_no_worker) {  // 161
    const Folder folder;
    const fs::path inner = folder.path / "outer" / "inner";
    fs::create_directories(inner);
    fs::copy_file(TEST_WORKER, inner / "worker");
    fs::create_symlink(inner, folder.path / "link");
    for (const fs::path& open : {inner, inner.parent_path()}) {
        fs::permissions(open, fs::perms::all);
        for (const fs::path& way : {inner, folder.path / "link"}) {
            const Outcome outcome = start_failure({.worker = way / "worker"});
            BOOST_TEST_CONTEXT(open << " by " << way << ": " << outcome.detail) {
                BOOST_TEST(name(outcome.failure) == "helper_missing");
            }
        }
        // As /tmp is: everyone may add, but not replace.
        fs::permissions(open, fs::perms::all | fs::perms::sticky_bit);
        BOOST_TEST(name(start_failure({.worker = inner / "worker"}).failure) == "none");
        fs::permissions(open, kRuns);
    }
    // Whose the program is makes no difference: whoever names the path says that it is to be
    // trusted, and inside a container the numbers of owners mean nothing.
    if (::geteuid() == 0) {
        BOOST_TEST_REQUIRE(::chown((inner / "worker").c_str(), 12345, 12345) == 0);
        BOOST_TEST(name(start_failure({.worker = inner / "worker"}).failure) == "none");
    }
}

BOOST_AUTO_TEST_SUITE_END()
