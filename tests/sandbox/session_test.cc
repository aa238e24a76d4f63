#include "sandbox/session.h"

#include <boost/test/unit_test.hpp>

#include "worker_kinds.h"

using namespace pratique;
using namespace pratique::sandbox;

BOOST_AUTO_TEST_SUITE(session)

BOOST_AUTO_TEST_CASE(a_worker_answers) {
    auto started = Session::start({.worker = TEST_WORKER});
    auto* session = std::get_if<Session>(&started);
    if (!session)
        BOOST_TEST_MESSAGE(std::get<Outcome>(started).detail
                           << name(std::get<Outcome>(started).failure));
    BOOST_TEST_REQUIRE(session);
    const Request request{.kind = worker_test::kEcho, .id = 5, .payload = as_bytes("hello")};
    BOOST_TEST(session->submit({&request, 1}).ok());
    auto answer = session->receive();
    BOOST_TEST_REQUIRE(std::get_if<Reply>(&answer));
    BOOST_TEST(text(std::get<Reply>(answer).payload) == "hello");
    answer = session->receive();
    BOOST_TEST(std::get<Reply>(answer).done());
    BOOST_TEST(session->finish().ok());
}

BOOST_AUTO_TEST_SUITE_END()
