// A good session, recorded from the real worker and played back by a liar: cut off after each of
// its bytes (142), and with each of its bits flipped (143). Whatever comes of it, no answer counts
// that was not given in full, to the question that was asked, by a worker that said it was locked.
#include <poll.h>
#include <sys/socket.h>

#include <bit>
#include <climits>
#include <cstring>

#include "liar.h"
#include "remains.h"
#include "sandbox/outgoing.h"
#include "sandbox/start.h"

using namespace worker_test;

namespace {

struct Part {
    std::uint64_t id = 0;
    std::uint32_t kind = 0;
    std::string payload;
    bool operator==(const Part&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Part& part) {
    return out << part.id << ":" << part.kind << ":" << hex(part.payload);
}

/// Numbers that a flipped bit can turn into each other.
std::vector<Request> questions() {
    return {
        {kEcho, 5, as_bytes("hello"), -1}, {kTwoParts, 7, as_bytes("ab"), -1}, {kEcho, 6, {}, -1}};
}

/// All that the real worker says to these questions, until it has left; but without its listener, a
/// frame that brings a descriptor.
std::string record() {
    auto started = start_worker(options());
    auto& worker = std::get<Worker>(started);
    Outgoing outgoing;
    for (const Request& question : questions()) {
        outgoing.add({question.kind, 0, question.id, question.payload}, -1, -1);
    }
    BOOST_TEST_REQUIRE((outgoing.send(worker.control.get()) == Outgoing::Sent::all));
    ::shutdown(worker.control.get(), SHUT_WR);
    std::string said;
    for (std::array<char, 4096> buffer;;) {
        const ssize_t count = ::recv(worker.control.get(), buffer.data(), buffer.size(), 0);
        if (count <= 0) break;
        said.append(buffer.data(), static_cast<std::size_t>(count));
    }
    const auto ending = worker.process.wait(std::chrono::seconds(10));
    BOOST_TEST_REQUIRE((ending && ending->known && ending->code == 0 && ending->signal == 0));
    return said.substr(4, 4) == std::string("\x0a\0\0\0", 4) ? said.substr(kHeaderBytes) : said;
}

struct Heard {
    Outcome outcome;
    Tier tier = Tier::none;  ///< of a session that started
    std::vector<Part> parts;
};

Heard hear(const Options& chosen) {
    Heard heard;
    auto started = Session::start(chosen);
    if (const auto* outcome = std::get_if<Outcome>(&started)) {
        heard.outcome = *outcome;
        return heard;
    }
    auto& session = std::get<Session>(started);
    heard.tier = session.isolation().tier();
    const auto asked = questions();
    heard.outcome = session.submit(asked);
    while (heard.outcome.ok() && session.pending() > 0) {
        const auto next = session.receive();
        if (const auto* outcome = std::get_if<Outcome>(&next)) {
            heard.outcome = *outcome;
            return heard;
        }
        const Reply& reply = std::get<Reply>(next);
        heard.parts.push_back({reply.id, reply.kind, std::string(words(reply))});
    }
    heard.outcome = session.finish();
    return heard;
}

/// Where a byte lies: in which frame, and there in which field.
struct Place {
    enum Field { magic, kind, flags, length, id, payload } field = magic;
    std::size_t frame = 0;
    std::size_t offset = 0;  ///< in the frame
};

std::vector<Place> places(const std::string& session) {
    std::vector<Place> out;
    for (std::size_t frame = 0; out.size() < session.size(); ++frame) {
        std::uint32_t length = 0;
        std::memcpy(&length, &session[out.size() + 12], sizeof(length));
        for (std::size_t at = 0; at < kHeaderBytes + length; ++at) {
            const auto field = at < 16             ? static_cast<Place::Field>(at / 4)
                               : at < kHeaderBytes ? Place::id
                                                   : Place::payload;
            out.push_back({field, frame, at});
        }
    }
    return out;
}

int bits_between(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return INT_MAX;
    int count = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        count += std::popcount(static_cast<unsigned>(static_cast<unsigned char>(a[i] ^ b[i])));
    }
    return count;
}

/// What was heard is what was recorded, as far as it goes, but for the part that holds the bit. A
/// wrong length may cut a part short, or take in what follows; then what comes next is no frame.
void compare(const Heard& heard, const std::vector<Part>& good, const Place& place) {
    BOOST_TEST_REQUIRE(heard.parts.size() <= good.size());
    for (std::size_t i = 0; i < heard.parts.size(); ++i) {
        const bool here = place.frame == i + 1;  // frame 0 is hello
        BOOST_TEST(heard.parts[i].id == good[i].id);
        if (!here || place.field != Place::kind) BOOST_TEST(heard.parts[i].kind == good[i].kind);
        if (here && place.field == Place::length) {
            BOOST_TEST(i + 1 == heard.parts.size());
            continue;
        }
        BOOST_TEST(bits_between(heard.parts[i].payload, good[i].payload) ==
                   (here && place.field == Place::payload ? 1 : 0));
    }
    if (heard.outcome.ok()) BOOST_TEST(heard.parts.size() == good.size());
}

/// Whether a session with this bit flipped may still end well: only where the floor does not
/// know what the bit means, or where it says how well the worker is locked, and still well enough.
bool may_pass(const Place& place, const std::vector<Part>& good) {
    constexpr std::size_t landlock = kHeaderBytes + 9;
    constexpr std::size_t rows = kHeaderBytes + 14;  // of missing layers: one byte, and an errno
    if (place.frame == 0) {
        const bool version = place.offset >= landlock && place.offset < landlock + 4;
        return version || (place.offset >= rows && (place.offset - rows) % 5 != 0);
    }
    const bool reply = good[place.frame - 1].kind >= kApplication;
    return reply && (place.field == Place::payload || place.field == Place::kind);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replay, NothingRemains)

BOOST_AUTO_TEST_CASE(the_whole_of_it_is_a_good_session) {
    const std::string session = record();
    const Liar liar;
    const Heard whole = hear(liar.plays(say(session), 10'000));
    BOOST_TEST(whole.outcome.ok(), whole.outcome.detail);
    BOOST_TEST((whole.tier >= Tier::strong));
    BOOST_TEST(whole.parts == (std::vector<Part>{{5, kEcho, "hello"},
                                                 {5, kDone, ""},
                                                 {7, kEcho, "ab"},
                                                 {7, kSum, "ab"},
                                                 {7, kDone, ""},
                                                 {6, kEcho, ""},
                                                 {6, kDone, ""}}),
               boost::test_tools::per_element());
    const Heard crumbs = hear(liar.plays("trickle 1 " + hex(session) + "\n", 10'000));
    BOOST_TEST(crumbs.outcome.ok(), crumbs.outcome.detail);
    BOOST_TEST(crumbs.parts == whole.parts, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_may_end_after_each_byte) {  // 142
    const std::string session = record();
    const auto where = places(session);
    const Liar liar;
    const auto good = hear(liar.plays(say(session), 10'000)).parts;
    for (std::size_t size = 0; size < session.size(); ++size) {
        for (const bool crash : {false, true}) {
            const std::string end = crash ? "crash\n" : "exit 0\n";
            const std::string begin = size == 0 ? "" : say(session.substr(0, size));
            const Heard heard = hear(liar.plays(begin + end, 10'000));
            BOOST_TEST_CONTEXT(size << " bytes, then " << end << heard.outcome.detail) {
                const Place& place = where[size];
                const Failure expected = crash              ? Failure::crashed
                                         : place.frame == 0 ? Failure::setup_failed
                                                            : Failure::closed_early;
                BOOST_TEST(name(heard.outcome.failure) == name(expected));
                BOOST_TEST(heard.parts.size() == std::max<std::size_t>(place.frame, 1) - 1);
                compare(heard, good, {Place::magic, SIZE_MAX, 0});
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(each_of_its_bits_may_be_flipped) {  // 143
    const std::string session = record();
    const auto where = places(session);
    const Liar liar;
    const auto good = hear(liar.plays(say(session), 10'000)).parts;
    std::size_t passed = 0;
    for (std::size_t bit = 0; bit < 8 * session.size(); ++bit) {
        std::string flipped = session;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        const Place& place = where[bit / 8];
        const Heard heard = hear(liar.plays(say(flipped), 10'000));
        BOOST_TEST_CONTEXT("bit " << bit % 8 << " of byte " << place.offset << " of frame "
                                  << place.frame << ": " << heard.outcome.detail) {
            // The liar leaves at the end of its script: that time runs out means that we hang.
            BOOST_TEST(name(heard.outcome.failure) != "timeout");
            BOOST_TEST((heard.tier == Tier::none || heard.tier >= Tier::strong));
            if (heard.outcome.ok()) BOOST_TEST(may_pass(place, good));
            compare(heard, good, place);
            if (heard.outcome.ok()) ++passed;
        }
    }
    // Those of payloads, of their kinds, and of the lock: most of a session is not up to anyone.
    BOOST_TEST(passed > 8 * 9U);
    BOOST_TEST(passed < 8 * session.size() / 4);
}

BOOST_AUTO_TEST_SUITE_END()
