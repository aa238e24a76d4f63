#include "sandbox/session.h"

#include <map>
#include <numeric>

#include "remains.h"

using namespace worker_test;

BOOST_FIXTURE_TEST_SUITE(session, NothingRemains)

BOOST_AUTO_TEST_CASE(a_locked_worker_answers) {
    Session session = start();
    BOOST_TEST((session.isolation().tier() >= Tier::strong));
    BOOST_TEST(answer(session, {.kind = kEcho, .id = 5, .payload = as_bytes("hello")}) == "hello");
    BOOST_TEST(session.pending() == 0U);
    BOOST_TEST(session.finish().ok());
    BOOST_TEST(session.usage().peak_bytes > 0U);
    BOOST_TEST(session.errors() == "");
}

BOOST_AUTO_TEST_CASE(a_worker_reads_and_maps_the_files_that_it_is_handed) {
    const std::string content(100'000, '\x03');
    const Descriptor file = file_of(content);
    Session session = start();
    BOOST_TEST(number(answer(session, {kRead, 1, {}, file.get()})) == 300'000U);
    const std::uint64_t size = content.size();
    const Bytes payload = std::as_bytes(std::span(&size, 1));
    BOOST_TEST(number(answer(session, {kMap, 2, payload, file.get()})) == 300'000U);
    BOOST_TEST(session.finish().ok());
}

BOOST_AUTO_TEST_CASE(two_thousand_files_flow_through_one_worker) {
    constexpr std::uint64_t count = 2'000;
    std::map<std::uint64_t, Descriptor> open;
    Session session = start();
    std::uint64_t next = 0;
    std::uint64_t answered = 0;
    std::size_t most_open = 0;
    while (answered < count) {
        if (session.room() >= kBatch && next < count) {
            std::vector<Request> batch;
            for (; batch.size() < kBatch && next < count; ++next) {
                const auto file =
                    open.emplace(next, file_of(std::string(next % 50 + 1, '\x02'))).first;
                batch.push_back({kRead, next, {}, file->second.get()});
            }
            BOOST_TEST_REQUIRE(session.submit(batch).ok());
        }
        most_open = std::max(most_open, open.size());
        const auto received = session.receive();
        BOOST_TEST_REQUIRE(std::holds_alternative<Reply>(received));
        const Reply& reply = std::get<Reply>(received);
        BOOST_TEST_REQUIRE(reply.id == answered);
        if (reply.done()) {
            open.erase(reply.id);
            ++answered;
        } else {
            BOOST_TEST_REQUIRE(number(words(reply)) == 2 * (answered % 50 + 1));
        }
    }
    BOOST_TEST(most_open > kBatch);  // requests were sent ahead
    BOOST_TEST(most_open <= kWindow);
    BOOST_TEST(session.finish().ok());
}

BOOST_AUTO_TEST_CASE(the_worker_gives_descriptors_back) {
    const Descriptor file = file_of("x");
    Session session = start();
    for (std::uint64_t id = 0; id < 600; ++id) {
        BOOST_TEST_REQUIRE(number(answer(session, {kDescriptor, id, {}, file.get()})) == 6U);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_may_have_parts_and_a_payload_its_full_size) {
    Session session = start();
    const std::string large(kMaxPayload, 'z');
    BOOST_TEST(submit(session, {.kind = kTwoParts, .id = 9, .payload = as_bytes(large)}).ok());
    for (const std::uint32_t kind : {kEcho, kSum}) {
        const auto part = session.receive();
        BOOST_TEST_REQUIRE(std::holds_alternative<Reply>(part));
        BOOST_TEST(std::get<Reply>(part).kind == kind);
        BOOST_TEST((words(std::get<Reply>(part)) == large));
    }
    BOOST_TEST(std::get<Reply>(session.receive()).done());
    BOOST_TEST(session.finish().ok());
}

BOOST_AUTO_TEST_CASE(large_requests_and_large_answers_do_not_block_each_other) {
    Session session = start();
    const std::string large(kMaxPayload, 'y');
    std::vector<Request> batch;
    for (std::uint64_t id = 0; id < 32; ++id) batch.push_back({kEcho, id, as_bytes(large), -1});
    BOOST_TEST(session.submit(batch).ok());
    std::size_t done = 0;
    while (session.pending() > 0) {
        const auto next = session.receive();
        BOOST_TEST_REQUIRE(std::holds_alternative<Reply>(next));
        if (std::get<Reply>(next).done()) ++done;
    }
    BOOST_TEST(done == batch.size());
}

BOOST_AUTO_TEST_CASE(requests_that_break_the_rules_are_not_sent) {  // 156
    Session session = start();
    const Descriptor writable(::memfd_create("test", MFD_CLOEXEC));
    const Descriptor folder(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Descriptor path(::open("/", O_PATH | O_CLOEXEC));
    const Descriptor device(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (const int fd : {writable.get(), folder.get(), path.get(), device.get(), 987}) {
        BOOST_TEST((submit(session, {kRead, 1, {}, fd}).failure == Failure::setup_failed));
    }
    const std::string too_large(kMaxPayload + 1, 'x');
    BOOST_TEST(!submit(session, {kEcho, 1, as_bytes(too_large), -1}).ok());
    BOOST_TEST(!submit(session, {.kind = kConfig, .id = 1, .payload = {}}).ok());
    BOOST_TEST(session.pending() == 0U);
    std::vector<Request> many(kWindow + 1, {.kind = kEcho, .id = 1, .payload = {}});
    BOOST_TEST(!session.submit(many).ok());
    BOOST_TEST(!std::get<Outcome>(session.receive()).ok());  // nothing was asked
    BOOST_TEST(answer(session, {kEcho, 3, as_bytes("still"), -1}) == "still");
}

BOOST_AUTO_TEST_CASE(the_outcome_names_the_request_in_work) {
    for (const std::uint32_t deadly : {kSegfault, kAbort, kSocket, kBusy, kExit}) {
        Options chosen = options();
        chosen.request_timeout = std::chrono::milliseconds(200);
        Session session = start(chosen);
        std::vector<Request> batch;
        for (std::uint64_t id = 100; id < 110; ++id) {
            batch.push_back({id == 107 ? deadly : kEcho, id, {}, -1});
        }
        BOOST_TEST(session.submit(batch).ok());
        std::variant<Reply, Outcome> last;
        do {
            last = session.receive();
        } while (std::holds_alternative<Reply>(last));
        BOOST_TEST_CONTEXT("kind " << deadly) {
            BOOST_TEST_REQUIRE(std::get<Outcome>(last).request.has_value());
            BOOST_TEST(*std::get<Outcome>(last).request == 107U);
            BOOST_TEST(session.unanswered().back() == 109U);
        }
        BOOST_TEST(!std::get<Outcome>(session.receive()).ok());  // it stays over
        BOOST_TEST(session.room() == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
