// A worker that was taken over, or never was one, cannot make the parent hang, or believe it.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "talk.h"

using namespace worker_test;
namespace fs = std::filesystem;

namespace {

/// A folder that is gone after the test.
struct Folder {
    fs::path path;
    Folder() {
        std::string name = (fs::temp_directory_path() / "pratique-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) BOOST_FAIL("mkdtemp");
        path = name;
    }
    ~Folder() { fs::remove_all(path); }

    std::string liar(const std::string& name) const {
        const fs::path copy = path / name;
        fs::copy_file(TEST_LIAR, copy, fs::copy_options::skip_existing);
        return copy.string();
    }
};

Options impatient(const std::string& worker) {
    return {.worker = worker,
            .request_timeout = std::chrono::milliseconds(300),
            .start_timeout = std::chrono::milliseconds(300)};
}

struct Case {
    const char* name;
    Failure failure;
};

constexpr auto kBeforeHello = std::to_array<Case>({
    {"hangs", Failure::timeout},
    {"stops", Failure::timeout},
    {"leaves", Failure::setup_failed},
    {"crashes", Failure::crashed},
    {"weak", Failure::sandbox_unavailable},
    {"unlocked", Failure::sandbox_unavailable},
    {"answers_first", Failure::protocol_violation},
    {"mute_hello", Failure::protocol_violation},
    {"long_frame", Failure::protocol_violation},
    {"refuses", Failure::sandbox_unavailable},
    {"refuses_nonsense", Failure::protocol_violation},
    {"flags", Failure::protocol_violation},
});

constexpr auto kAfterHello = std::to_array<Case>({
    {"greets_twice", Failure::protocol_violation},
    {"hangs_up", Failure::closed_early},
    {"drips", Failure::protocol_violation},
    {"trickles", Failure::timeout},
    {"polite", Failure::timeout},
});

void write_file(const fs::path& path, std::string_view content, fs::perms mode) {
    std::ofstream(path) << content;
    fs::permissions(path, mode);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(liar)

BOOST_AUTO_TEST_CASE(no_session_starts_with_a_lie) {
    const Folder folder;
    for (const Case& row : kBeforeHello) {
        const Outcome outcome = start_failure(impatient(folder.liar(row.name)));
        BOOST_TEST_CONTEXT(row.name << ": " << outcome.detail) {
            BOOST_TEST(name(outcome.failure) == name(row.failure));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_weak_lock_passes_where_it_is_asked_for) {
    const Folder folder;
    Options chosen = impatient(folder.liar("weak"));
    chosen.min_tier = Tier::basic;
    Session session = start(chosen);
    BOOST_TEST((session.isolation().tier() == Tier::basic));
    BOOST_TEST_REQUIRE(session.isolation().missing.size() == 1U);
    BOOST_TEST((session.isolation().missing[0].layer == Layer::landlock));
}

BOOST_AUTO_TEST_CASE(no_session_goes_on_with_a_lie) {
    const Folder folder;
    for (const Case& row : kAfterHello) {
        Session session = start(impatient(folder.liar(row.name)));
        const auto result = ask(session, {.kind = kEcho, .id = 1, .payload = {}});
        BOOST_TEST_CONTEXT(row.name) {
            BOOST_TEST_REQUIRE(std::holds_alternative<Outcome>(result));
            BOOST_TEST(name(std::get<Outcome>(result).failure) == name(row.failure));
            // It never said what it was working on; then it was the oldest request.
            BOOST_TEST((std::get<Outcome>(result).request == 1U));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_worker_that_does_not_leave_is_ended) {
    const Folder folder;
    Session session = start(impatient(folder.liar("polite")));
    BOOST_TEST(name(session.finish().failure) == "timeout");
    BOOST_TEST(::kill(session.pid(), 0) != 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_worker_program_is_not_run) {
    const Folder folder;
    constexpr fs::perms runs =
        fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec;
    write_file(folder.path / "script", "#!/bin/sh\nexit 0\n", runs);
    write_file(folder.path / "text", "hello", runs);
    fs::copy_file(TEST_WORKER, folder.path / "plain");
    fs::permissions(folder.path / "plain", fs::perms::owner_read);
    fs::copy_file(TEST_WORKER, folder.path / "open");
    fs::permissions(folder.path / "open", fs::perms::all);
    fs::copy_file(TEST_WORKER, folder.path / "setuid");
    fs::permissions(folder.path / "setuid", runs | fs::perms::set_uid);
    for (const char* name : {"script", "text", "plain", "open", "setuid", "nowhere", ""}) {
        const Outcome outcome = start_failure({.worker = folder.path / name});
        BOOST_TEST_CONTEXT(name << ": " << outcome.detail) {
            BOOST_TEST(sandbox::name(outcome.failure) == "helper_missing");
        }
    }
    BOOST_TEST(name(start_failure({.worker = "test_worker"}).failure) == "helper_missing");
    BOOST_TEST(name(start_failure({.worker = ""}).failure) == "helper_missing");
}

BOOST_AUTO_TEST_SUITE_END()
