#include "sandbox/protocol.h"

#include <boost/test/unit_test.hpp>

#include "sandbox/attempt.h"
#include "sandbox/conversation.h"

using namespace pratique;
using namespace pratique::sandbox;

namespace {

std::vector<std::byte> frame(std::uint32_t kind, std::uint64_t id, Bytes payload = {},
                             std::uint32_t flags = 0) {
    WireWriter out;
    out.raw(encode_header({kind, flags, id, payload})).raw(payload);
    return out.take();
}

void feed(FrameReader& reader, Bytes bytes) {
    std::ranges::copy(bytes, reader.room(bytes.size()).begin());
    reader.filled(bytes.size());
}

std::vector<std::byte> hello() {
    return encode(Isolation{.seccomp = Seccomp::notify,
                            .no_new_privs = true,
                            .caps_dropped = true,
                            .mdwe = false,
                            .namespaces = false,
                            .landlock_abi = 7,
                            .missing = {{Layer::mdwe, 22}, {Layer::namespaces, 1}}});
}

Conversation greeted() {
    Conversation talk;
    const auto payload = hello();
    BOOST_TEST(bool(talk.take({kHello, 0, 0, payload})));
    return talk;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol)

BOOST_AUTO_TEST_CASE(frames_come_out_as_they_went_in_however_they_are_cut) {
    std::vector<std::byte> stream;
    for (const std::string_view payload : {"", "a", "a longer payload"}) {
        const auto one = frame(kApplication, payload.size(), as_bytes(payload), kHasDescriptor);
        stream.insert(stream.end(), one.begin(), one.end());
    }
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        FrameReader reader;
        std::string seen;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            feed(reader, slice(stream, at, piece));
            for (auto next = reader.next(); next.value(); next = reader.next()) {
                BOOST_TEST(next.value()->id == next.value()->payload.size());
                BOOST_TEST(next.value()->flags == 1U);
                seen += std::string(text(next.value()->payload)) + "|";
            }
        }
        BOOST_TEST(seen == "|a|a longer payload|");
    }
}

BOOST_AUTO_TEST_CASE(a_header_is_checked_before_its_payload_is_awaited) {
    const auto good = frame(kApplication, 1, as_bytes("x"));
    const auto broken = [&good](std::size_t at, std::byte value) {
        std::vector<std::byte> copy = good;
        copy[at] = value;
        copy.resize(kHeaderBytes);
        FrameReader reader;
        feed(reader, copy);
        const auto next = reader.next();
        return next ? std::string("none") : std::string(name(next.error().code));
    };
    BOOST_TEST(broken(0, std::byte{0}) == "bad_magic");
    BOOST_TEST(broken(8, std::byte{2}) == "bad_header");
    BOOST_TEST(broken(14, std::byte{0x11}) == "limit_bytes");
    BOOST_TEST(broken(12, std::byte{2}) == "none");  // merely longer
}

BOOST_AUTO_TEST_CASE(messages_are_read_as_they_were_written) {
    const auto isolation = decode_hello(hello());
    BOOST_TEST((isolation->seccomp == Seccomp::notify));
    BOOST_TEST(!isolation->mdwe);
    BOOST_TEST((isolation->tier() == Tier::strong));
    BOOST_TEST((isolation->missing.at(0).layer == Layer::mdwe));
    BOOST_TEST(isolation->missing.at(0).error == 22);
    const Config sent{.profile = Profile::single,
                      .min_tier = Tier::basic,
                      .layers = {Layer::landlock, Layer::seccomp},
                      .parent = 1,
                      .memory_bytes = 2,
                      .address_bytes = 3,
                      .output_bytes = 4,
                      .cpu_seconds = 5};
    const auto config = decode_config(encode(sent));
    BOOST_TEST((config->profile == sent.profile));
    BOOST_TEST((config->min_tier == sent.min_tier));
    BOOST_TEST((config->layers == sent.layers));
    BOOST_TEST(config->parent == 1U);
    BOOST_TEST(config->memory_bytes == 2U);
    BOOST_TEST(config->address_bytes == 3U);
    BOOST_TEST(config->output_bytes == 4U);
    BOOST_TEST(config->cpu_seconds == 5U);
}

BOOST_AUTO_TEST_CASE(attempts_are_read_as_they_were_written) {
    const auto bytes = encode(Attempt{.number = 9,
                                      .arguments = {{{Argument::Meaning::data, 4}}},
                                      .data = as_bytes("8 bytes."),
                                      .words = {{0, {Argument::Meaning::result, 5}}}});
    Reader in(bytes);
    const auto attempt = decode_attempt(in);
    BOOST_TEST(in.at_end());
    BOOST_TEST(attempt->number == 9);
    BOOST_TEST((attempt->arguments[0].meaning == Argument::Meaning::data));
    BOOST_TEST(text(attempt->data) == "8 bytes.");
    BOOST_TEST((attempt->words.at(0).argument.meaning == Argument::Meaning::result));
    BOOST_TEST(attempt->words.at(0).argument.value == 5U);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        Reader cut(slice(bytes, 0, length));
        BOOST_TEST(!decode_attempt(cut));
    }
    const auto outside = encode(
        Attempt{.number = 9, .arguments = {}, .data = as_bytes("8 bytes."), .words = {{1, {}}}});
    Reader beyond(outside);
    BOOST_TEST((decode_attempt(beyond).error().code == Errc::truncated));
}

BOOST_AUTO_TEST_CASE(every_cut_or_longer_message_is_refused) {
    auto payload = hello();
    for (std::size_t length = 0; length < payload.size(); ++length) {
        BOOST_TEST(!decode_hello(slice(payload, 0, length)));
    }
    payload.push_back({});
    BOOST_TEST((decode_hello(payload).error().code == Errc::trailing_bytes));
    payload = hello();
    payload[0] = std::byte{99};  // another version
    BOOST_TEST((decode_hello(payload).error().code == Errc::bad_header));
    payload = hello();
    payload[13] = std::byte{200};  // more missing layers than there are layers
    BOOST_TEST((decode_hello(payload).error().code == Errc::bad_header));
}

BOOST_AUTO_TEST_CASE(a_hello_does_not_contradict_itself) {
    const Isolation good = *decode_hello(hello());
    const auto refused = [](const Isolation& isolation) {
        const auto decoded = decode_hello(encode(isolation));
        return !decoded && decoded.error().code == Errc::bad_header;
    };
    BOOST_TEST(!refused(good));
    for (const Layer layer :
         {Layer::seccomp, Layer::no_new_privs, Layer::capabilities, Layer::landlock}) {
        Isolation both = good;  // there, and missing
        both.missing.push_back({layer, 1});
        BOOST_TEST(refused(both));
    }
    Isolation neither = good;
    neither.missing = {{Layer::mdwe, 22}};
    BOOST_TEST(refused(neither));
    neither = good;
    neither.landlock_abi = 0;
    BOOST_TEST(refused(neither));
}

BOOST_AUTO_TEST_CASE(a_tier_is_what_its_layers_make_it) {
    Isolation isolation{.seccomp = Seccomp::notify,
                        .no_new_privs = true,
                        .caps_dropped = true,
                        .mdwe = true,
                        .namespaces = true,
                        .landlock_abi = 1,
                        .missing = {}};
    BOOST_TEST(name(isolation.tier()) == "full");
    isolation.missing = {{Layer::identity, 22}};
    BOOST_TEST(name(isolation.tier()) == "strong");
    isolation.landlock_abi = 0;
    BOOST_TEST(name(isolation.tier()) == "basic");
    isolation.caps_dropped = false;
    BOOST_TEST(name(isolation.tier()) == "none");
}

BOOST_AUTO_TEST_CASE(the_worker_speaks_only_when_it_may) {
    Conversation talk;
    talk.asked(1);
    BOOST_TEST(!talk.take({kDone, 0, 1, {}}));  // before hello
    BOOST_TEST(!talk.take({kListener, 0, 0, as_bytes("x")}));
    BOOST_TEST(bool(talk.take({kListener, 0, 0, {}})));
    BOOST_TEST(!talk.take({kListener, 0, 0, {}}));
    const auto payload = hello();
    BOOST_TEST(bool(talk.take({kHello, 0, 0, payload})));
    BOOST_TEST(!talk.take({kHello, 0, 0, payload}));
    BOOST_TEST(!talk.take({kListener, 0, 0, {}}));
    BOOST_TEST(!talk.take({kDone, 0, 2, {}}));               // not asked
    BOOST_TEST(!talk.take({kDone, kHasDescriptor, 1, {}}));  // it has none to give
    BOOST_TEST(!talk.take({kDone, 0, 1, as_bytes("x")}));
    BOOST_TEST(!talk.take({kConfig, 0, 1, {}}));
    BOOST_TEST(!talk.take({kCanary, 0, 1, {}}));
    BOOST_TEST(!talk.take({99, 0, 1, {}}));
    BOOST_TEST(bool(talk.take({kApplication, 0, 1, as_bytes("x")})));
    BOOST_TEST(bool(talk.take({kDone, 0, 1, {}})));
    BOOST_TEST(!talk.take({kDone, 0, 1, {}}));  // again
}

BOOST_AUTO_TEST_CASE(answers_come_in_the_order_of_the_requests) {
    Conversation talk = greeted();
    talk.asked(1);
    talk.asked(2);
    BOOST_TEST(!talk.take({kApplication, 0, 2, {}}));
    BOOST_TEST(bool(talk.take({kDone, 0, 1, {}})));
    BOOST_TEST(bool(talk.take({kApplication, 0, 2, {}})));
    BOOST_TEST(talk.unanswered().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_has_a_largest_size_and_empty_frames_count) {
    Conversation talk = greeted();
    talk.asked(1);
    talk.asked(2);
    const std::vector<std::byte> full(kMaxPayload);
    for (int i = 0; i < 63; ++i) BOOST_TEST_REQUIRE(bool(talk.take({kApplication, 0, 1, full})));
    BOOST_TEST((talk.take({kApplication, 0, 1, full}).error().code == Errc::limit_bytes));
    Conversation small = greeted();
    small.asked(1);
    std::uint64_t frames = 0;
    while (small.take({kApplication, 0, 1, {}})) ++frames;
    BOOST_TEST(frames == kMaxReplyBytes / kHeaderBytes);
}

BOOST_AUTO_TEST_CASE(after_last_words_there_is_silence) {
    for (const std::uint32_t kind : {kExhausted, kAborted}) {
        Conversation talk = greeted();
        talk.asked(1);
        BOOST_TEST(!talk.take({kind, 0, 0, as_bytes("x")}));
        BOOST_TEST(bool(talk.take({kind, 0, 0, {}})));
        BOOST_TEST(!talk.take({kDone, 0, 1, {}}));
    }
    Conversation talk = greeted();
    BOOST_TEST(!talk.take({kDenied, 0, 0, {}}));
    const std::vector<std::byte> denied(16);
    BOOST_TEST(bool(talk.take({kDenied, 0, 0, denied})));
    BOOST_TEST(!talk.take({kDenied, 0, 0, denied}));
    BOOST_TEST(!talk.take({kRefused, 0, 0, {}}));
}

BOOST_AUTO_TEST_SUITE_END()
