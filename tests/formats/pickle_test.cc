#include <boost/test/unit_test.hpp>
#include <deque>

#include "formats/pickle/machine.h"

using namespace pratique;
using namespace pratique::pickle;
using namespace std::string_literals;

namespace {

/// A Program refers to its stream, so the streams of this file are kept.
Program run(std::string stream, RunOptions options = {}) {
    static std::deque<std::string> streams;
    return pickle::run(as_bytes(streams.emplace_back(std::move(stream))), 0, Limits{}, options);
}

std::vector<EffectKind> kinds(const Program& program) {
    std::vector<EffectKind> out;
    for (const Effect& effect : program.effects) out.push_back(effect.kind);
    return out;
}

bool has_note(const Program& program, NoteKind kind) {
    for (const Note& note : program.notes) {
        if (note.kind == kind) return true;
    }
    return false;
}

Errc code(const Program& program) { return program.error.value().code; }

}  // namespace

BOOST_AUTO_TEST_SUITE(pickle_)

BOOST_AUTO_TEST_CASE(a_call_is_an_import_and_a_call_in_order) {
    const std::string stream = "cos\nsystem\n(S'id'\ntR."s;
    const Program program = run(stream);
    BOOST_TEST(!program.error);
    BOOST_TEST((kinds(program) == std::vector{EffectKind::import_, EffectKind::call}));
    const Value callee = program.item(program.effects[1].subject, 0);
    BOOST_TEST((callee == program.effects[0].subject));
    const Value arguments = program.item(program.effects[1].subject, 1);
    BOOST_TEST(program.text(program.item(arguments, 0)).value() == "id");
    BOOST_TEST(program.effects[1].at == stream.size() - 2);
    BOOST_TEST((program.root == program.effects[1].subject));
}

BOOST_AUTO_TEST_CASE(stack_global_takes_its_names_from_anywhere) {
    const Program program = run("\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x30\x30h\x00h\x01\x93."s);
    BOOST_TEST_REQUIRE(program.effects.size() == 1U);
    const auto names = program.items(program.effects[0].subject);
    BOOST_TEST(program.text(names[0]).value() == "os");
    BOOST_TEST(program.text(names[1]).value() == "system");
}

BOOST_AUTO_TEST_CASE(effects_before_a_broken_end_still_count) {
    for (const std::string& end : {""s, "\xff"s, "X\xff\xff\xff\x7f"s, "0000"s, "h\x63"s, "t"s,
                                   "X\x01\x00\x00\x00\xff"s, "\x80\x09"s, "T\xff\xff\xff\xff"s}) {
        const Program program = run("cos\nsystem\n(S'id'\ntR" + end);
        BOOST_TEST(program.error.has_value());
        BOOST_TEST(program.effects.size() == 2U);
        BOOST_TEST(!program.root);
    }
}

BOOST_AUTO_TEST_CASE(every_way_to_call_is_an_effect) {
    using enum EffectKind;
    const auto check = [](const std::string& stream, std::vector<EffectKind> expected) {
        const Program program = run(stream);
        BOOST_TEST_CONTEXT(stream) {
            BOOST_TEST((kinds(program) == expected));
            BOOST_TEST(!program.error);
        }
    };
    check("(S'id'\nios\nsystem\n."s, {import_, instantiate});
    check("(cos\nsystem\nS'id'\no."s, {import_, instantiate});
    check("ca\nb\n)\x81."s, {import_, construct});
    check("ca\nb\n)}\x92."s, {import_, construct});
    check("ca\nb\n}b."s, {import_, set_state});
    check("ca\nb\nK\x01\x61."s, {import_, append});
    check("ca\nb\n(K\x01K\x02\x65."s, {import_, append});
    check("ca\nb\nK\x01K\x02s."s, {import_, set_item});
    check("ca\nb\n(K\x01\x90."s, {import_, add_item});
    check("Pid\n."s, {persistent});
    check("K\x07Q."s, {persistent});
    check("\x82\x07."s, {extension});
    check("]K\x01\x61}K\x01K\x02s\x8f(K\x01\x90\x87."s, {});
}

BOOST_AUTO_TEST_CASE(plain_values_refuse_what_python_refuses) {
    BOOST_TEST((code(run("K\x01)R."s)) == Errc::wrong_type));
    BOOST_TEST((code(run(")K\x01\x61."s)) == Errc::wrong_type));
    BOOST_TEST((code(run("}]K\x01s."s)) == Errc::unhashable));
    BOOST_TEST((code(run("}(K\x01u."s)) == Errc::odd_items));
    BOOST_TEST((code(run("0."s)) == Errc::stack_underflow));
    BOOST_TEST((code(run("(K\x01(\x30\x30\x30."s)) == Errc::stack_underflow));
    BOOST_TEST((code(run("t."s)) == Errc::mark_missing));
    BOOST_TEST((code(run("K\x01K\x02\x93."s)) == Errc::wrong_type));
}

BOOST_AUTO_TEST_CASE(memoize_counts_filled_slots_as_c_does) {
    // PUT 5, then MEMOIZE: one slot is filled, so the next goes to slot 1.
    const Program program = run("\x8c\x01\x61q\x05\x30\x8c\x01\x62\x94\x30h\x01."s);
    BOOST_TEST(!program.error);
    BOOST_TEST(program.text(program.root).value() == "b");
}

BOOST_AUTO_TEST_CASE(a_huge_memo_index_costs_nothing) {
    const Program program = run("Nr\xff\xff\xff\x7fj\xff\xff\xff\x7f\x86."s);
    BOOST_TEST(!program.error);
    BOOST_TEST(has_note(program, NoteKind::memo_index));
}

BOOST_AUTO_TEST_CASE(disputed_text_numbers_are_noted_and_bad_ones_refused) {
    const auto noted = [](const std::string& s) {
        const Program program = run(s);
        return !program.error && has_note(program, NoteKind::text_number);
    };
    BOOST_TEST(noted("I0x10\n."s));
    BOOST_TEST(noted("I010\n."s));
    BOOST_TEST(noted("L0x10L\n."s));
    BOOST_TEST(noted("F1e999\n."s));
    BOOST_TEST(noted("Np+5\n."s));
    BOOST_TEST(noted("Np 1_0\n."s));
    for (const std::string& plain : {"I01\n."s, "I-7\n."s, "L12L\n."s, "Finf\n."s, "F1.5e3\n."s}) {
        const Program program = run(plain);
        BOOST_TEST(!program.error);
        BOOST_TEST(program.notes.empty());
    }
    for (const std::string& bad : {"Iz\n."s, "I\n."s, "F0x1p3\n."s, "Np-1\n."s, "L--1\n."s}) {
        BOOST_TEST((code(run(bad)) == Errc::bad_number));
    }
    BOOST_TEST(has_note(run("I12"s), NoteKind::text_line));
}

BOOST_AUTO_TEST_CASE(escaped_text_is_resolved) {
    const Program string = run("S'\\x6f\\163'\n."s);
    BOOST_TEST(string.text(string.root).value() == "os");
    const Program unicode = run("V\\u006f\\U00000073\xe9\n."s);
    BOOST_TEST(unicode.text(unicode.root).value() == "os\xc3\xa9");
    BOOST_TEST((code(run("Sos\n."s)) == Errc::bad_text));
}

BOOST_AUTO_TEST_CASE(frames_are_followed_and_their_lies_noted) {
    const auto framed = [](char length) {
        std::string stream = "\x80\x04\x95?\0\0\0\0\0\0\0\x8c\x02os\x94."s;
        stream[3] = length;
        return stream;
    };
    BOOST_TEST(run(framed(6)).notes.empty());
    BOOST_TEST(has_note(run(framed(3)), NoteKind::frame_crossed));
    BOOST_TEST(has_note(run(framed(7)), NoteKind::frame_crossed));
    BOOST_TEST(!!run(framed(7)).root);
    const Program cut = run(framed(6).substr(0, 14));
    BOOST_TEST(!cut.root);
    BOOST_TEST(cut.notes.empty());
}

BOOST_AUTO_TEST_CASE(plain_data_is_folded_and_the_rest_is_not) {
    std::string batch = "(";
    for (int i = 0; i < 1000; ++i) batch += "K\x01K\x02\x86\x94";
    std::string stream = "\x80\x04]\x94";
    for (int i = 0; i < 100; ++i) stream += batch + "e";
    const Program folded = run(stream + "h\x05h\x70\x86\x86.");
    BOOST_TEST(!folded.error);
    BOOST_TEST(folded.nodes.size() < 1100U);
    const Program kept = run(stream + ".", {.fold = false});
    BOOST_TEST(kept.nodes.size() == 100'001U);
    BOOST_TEST(kept.items(kept.root).size() == 100'000U);
    const Program hook = run("\x80\x04]\x94" + batch + "e(}\x8c\x08__hash__K\x01s\x65.");
    BOOST_TEST(hook[hook.root].plain == false);
}

BOOST_AUTO_TEST_CASE(folding_spares_what_is_still_referred_to) {
    // An older list is filled with a tuple of the batch: the batch must stay.
    std::string batch = "(";
    for (int i = 0; i < 100; ++i) batch += "K\x01";
    const Program program =
        run("\x80\x04]\x94]\x94" + batch + "e(h\x00K\x01K\x02\x86\x61\x30K\x05\x65\x30h\x00."s);
    BOOST_TEST_REQUIRE(!program.error);
    const Value inner = program.item(program.root, 0);
    BOOST_TEST(program.items(inner).size() == 2U);
}

BOOST_AUTO_TEST_CASE(expansion_and_collisions_are_noted) {
    std::string bomb = "N";
    for (int i = 0; i < 60; ++i) bomb += "2\x86";
    BOOST_TEST(has_note(run(bomb + "."), NoteKind::expansion));
    std::string keys = "}(";
    for (unsigned i = 0; i < 200; ++i) {
        // i * (2^61 - 1) has hash 0 for every i
        const std::uint64_t low = static_cast<std::uint64_t>(i) * ((1ULL << 61) - 1);
        keys += "\x8a\x09";
        for (int k = 0; k < 8; ++k) keys += static_cast<char>(low >> (8 * k));
        keys += static_cast<char>(i * ((1ULL << 61) - 1.0) / 18446744073709551616.0);
        keys += "N";
    }
    BOOST_TEST(has_note(run(keys + "u."), NoteKind::hash_collision));
}

BOOST_AUTO_TEST_CASE(joblib_arrays_are_stepped_over_when_asked) {
    const std::string wrapper =
        "\x80\x04"
        "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x05\0\0\0shapeK\x02\x85"
        "X\x05\0\0\0dtypecnumpy\ndtype\nX\x02\0\0\0f4\x89\x88\x87Rub"s;
    const std::string stream = wrapper + "\xff\xff\xff\xff.\xff\xff\xff" + ".";
    const Program joblib = run(stream, {.raw_arrays = true});
    BOOST_TEST(!joblib.error);
    BOOST_TEST_REQUIRE(joblib.raw_arrays.size() == 1U);
    BOOST_TEST(joblib.raw_arrays[0].end - joblib.raw_arrays[0].begin == 8U);
    BOOST_TEST((code(run(stream)) == Errc::bad_opcode));
}

BOOST_AUTO_TEST_SUITE_END()
