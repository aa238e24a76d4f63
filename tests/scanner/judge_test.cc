// Each finding that a pickle can give rise to, by the smallest stream that does, beside a twin that
// differs in the one thing and is clean.
#include "pickle_builder.h"
#include "rules/findings.h"
#include "scan_support.h"
#include "zip_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;

std::string found(const std::string& stream, const Subject& subject = {"model.pkl", {}}) {
    return ids(scanner::scan(as_bytes(stream), subject, Limits{}));
}
bool has(const std::string& stream, const std::string& id) {
    return found(stream).find(id) != std::string::npos;
}

const std::string kSystem = global("os", "system");
const std::string kOrdered = global("collections", "OrderedDict");
const std::string kThing = global("acme.tools", "Thing");

struct Row {
    std::string id;
    std::string stream;
    std::string twin;  // clean; empty where there is no such thing
};

std::string frame(std::uint64_t size) { return "\x95" + le(size, 8); }

// What is called, made, imported.
std::vector<Row> rows_of_calls() {
    return {
        {"PRQ-PICKLE-001", pickled(call(kSystem, str("true"))), pickled(call(kOrdered))},
        {"PRQ-PICKLE-001", pickled("(" + str("true") + "ios\nsystem\n"),
         pickled("(icollections\nOrderedDict\n")},
        {"PRQ-PICKLE-001", pickled("(" + kSystem + str("true") + "o"),
         pickled("(" + kOrdered + "o")},
        {"PRQ-PICKLE-002", pickled(kSystem), pickled(kOrdered)},
        {"PRQ-PICKLE-003", pickled(call(global("acme.tools", "build"))), pickled(call(kOrdered))},
        {"PRQ-PICKLE-004", pickled(make(kThing)), pickled(make(kOrdered))},
        {"PRQ-PICKLE-005", pickled(kThing), pickled(kOrdered)},
        {"PRQ-PICKLE-008",
         pickled(stacked(str("collections"),
                         call(global("operator", "add"), str("Ordered"), str("Dict")))),
         pickled(stacked(str("collections"), str("OrderedDict")))},
        {"PRQ-PICKLE-009", pickled(stacked(str("collections"), kOrdered)),
         pickled(stacked(str("collections"), str("OrderedDict")))},
        {"PRQ-PICKLE-010", pickled(stacked(str("random"), str("_os.system"))),
         pickled(stacked(str("collections"), str("OrderedDict")))},
        {"PRQ-PICKLE-014",
         pickled(call(call(global("operator", "attrgetter"), str("run")), call(kThing))), ""},
        {"PRQ-PICKLE-015", pickled(set_state(kThing, dict(str("x"), num(1)))), ""},
        {"PRQ-PICKLE-015", pickled(kOrdered + str("a") + num(1) + "s"),
         pickled(call(kOrdered) + str("a") + num(1) + "s")},
        {"PRQ-PICKLE-018", pickled(make(kThing) + num(1) + "a"), pickled("]" + num(1) + "a")},
        {"PRQ-PICKLE-019",
         pickled(call(global("builtins", "list"),
                      call(global("builtins", "map"), kSystem, list(str("true"))))),
         ""},
        {"PRQ-PICKLE-020", pickled(call(call(global("acme", "f")))), ""},
        {"PRQ-PICKLE-027", pickled("\x82\x01"), ""},
        {"PRQ-PICKLE-053", pickled(make(global("__main__", "Net"))), ""},
    };
}

// How it is written.
std::vector<Row> rows_of_spelling() {
    return {
        {"PRQ-PICKLE-024", pickled(kOrdered + list() + "R"), pickled(call(kOrdered))},
        {"PRQ-PICKLE-025", pickled(call(global("_codecs", "encode"), str("x"), str("rot13")), 2),
         pickled(call(global("_codecs", "encode"), str("x"), str("latin1")), 2)},
        {"PRQ-PICKLE-026", pickled(num(7) + "Q"), pickled(num(7))},
        {"PRQ-PICKLE-032", proto(4) + frame(2) + str("abc") + ".",
         proto(4) + frame(9) + str("abc") + "."},
        {"PRQ-PICKLE-034", pickled("I 1_0\n", 2), pickled("I10\n", 2)},
        {"PRQ-PICKLE-036", pickled(global("acme tools", "x")), ""},
        {"PRQ-PICKLE-037", pickled(global("collecti\xc3\xb6ns", "OrderedDict")), pickled(kOrdered)},
        {"PRQ-PICKLE-038", pickled(stacked("Vcollections\n", "V\\u004frderedDict\n")),
         pickled(stacked("Vcollections\n", "VOrderedDict\n"))},
        {"PRQ-PICKLE-039", pickled("Nr" + le(0x7fff'ffff, 4)), pickled("Nr" + le(1, 4))},
        {"PRQ-PICKLE-042", pickled(call(global("builtins", "bytearray"), num(0x7fff'ffff))),
         pickled(call(global("builtins", "bytearray"), num(16)))},
        {"PRQ-PICKLE-044", pickled("NN"), pickled("N0N")},
        {"PRQ-PICKLE-046", pickled("N0" + proto(2) + "N"), pickled("N0N")},
        {"PRQ-PICKLE-049", pickled("N") + "trailing words", pickled("N")},
        {"PRQ-PICKLE-057", pickled("\x97", 5), pickled("N", 5)},
    };
}

// What costs more than it looks, and what carries code.
std::vector<Row> rows_of_abuse() {
    std::string sharing = "](NNe";
    for (unsigned i = 0; i < 60; ++i) sharing += "\x94](h" + le(i, 1) + "h" + le(i, 1) + "e";
    std::string colliding = "}(";
    for (std::uint64_t i = 1; i <= 5000; ++i) {
        // Multiples of 2^61 - 1 hash to 0: i * 2^61 - i, in two halves.
        const std::uint64_t low = (i << 61) - i;
        const std::uint64_t high = (i >> 3) - ((i << 61) < i ? 1 : 0);
        colliding += "\x8a\x10" + le(low, 8) + le(high, 8) + "N";
    }
    std::string distinct = "}(";
    for (std::uint32_t i = 1; i <= 5000; ++i) distinct += num(i) + "N";
    const std::string maker = global("cloudpickle.cloudpickle", "_make_function");
    return {
        {"PRQ-PICKLE-011", pickled(stacked(str("sklearn.utils"), str("bunch.load"))), ""},
        {"PRQ-PICKLE-040", pickled(sharing), pickled("](](NNe\x94h" + le(0, 1) + "e")},
        {"PRQ-PICKLE-041", pickled(colliding + "u"), pickled(distinct + "u")},
        {"PRQ-PICKLE-043", pickled("L" + std::string(20'000, '7') + "L\n", 2),
         pickled("L" + std::string(20, '7') + "L\n", 2)},
        {"PRQ-PICKLE-028", pickled(call(maker, "N", dict(), "N", "N", "N")), ""},
        {"PRQ-PICKLE-029", pickled(call(call(maker, "N", dict(), "N", "N", "N"))), ""},
    };
}

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(row.id << " found: " << found(row.stream)) {
            BOOST_TEST(has(row.stream, row.id));
        }
        if (row.twin.empty()) continue;
        const FileReport twin = test::scan(row.twin);
        BOOST_TEST_CONTEXT("the twin of " << row.id << ": " << ids(twin) << gaps(twin)) {
            BOOST_TEST(verdict_of(twin) == "clean");
            BOOST_TEST(!has(row.twin, row.id));
        }
    }
}

BOOST_AUTO_TEST_SUITE(judge)

BOOST_AUTO_TEST_CASE(calls_and_imports) { check(rows_of_calls()); }
BOOST_AUTO_TEST_CASE(abuse) { check(rows_of_abuse()); }
BOOST_AUTO_TEST_CASE(spelling) { check(rows_of_spelling()); }

BOOST_AUTO_TEST_CASE(a_hook_in_slots_is_planted) {
    const auto with_slot = [](const char* slot) {
        return pickled(set_state(make(kOrdered), tuple("N", dict(str(slot), num(1)))));
    };
    BOOST_TEST(has(with_slot("__setstate__"), "PRQ-PICKLE-016"));
    BOOST_TEST(has(with_slot("__del__"), "PRQ-PICKLE-016"));
    BOOST_TEST(!has(with_slot("weight"), "PRQ-PICKLE-016"));
}

BOOST_AUTO_TEST_CASE(states_and_uses_that_a_rule_does_not_vouch_for) {
    // A class of a vetted package is called rather than made; numpy's memmap opens files.
    BOOST_TEST(verdict_of(test::scan(pickled(make(global("numpy", "memmap"), str("f"))))) !=
               "clean");
    BOOST_TEST(verdict_of(test::scan(pickled(make(global("sklearn.conftest", "Thing"))))) !=
               "clean");
    BOOST_TEST(verdict_of(test::scan(pickled(
                   make(global("sklearn.linear_model._base", "LinearRegression"))))) == "clean");
    BOOST_TEST(has(pickled(set_state("\x82\x01", dict())), "PRQ-PICKLE-022"));
}

BOOST_AUTO_TEST_CASE(a_finished_container_that_changes_is_told) {
    // The list lies in a finished tuple when an import is put into it.
    std::string many = "](";
    for (int i = 0; i < 100; ++i) many += "N";
    const std::string stream =
        pickled(many + "e\x94\x85\x94" + "h" + le(0, 1) + global("os", "system") + "a0");
    BOOST_TEST(verdict_of(test::scan(stream)) == "malicious", found(stream));
}

BOOST_AUTO_TEST_CASE(modules_beside_the_model_are_seen) {
    const Subject beside{"model.pkl", {"acme", "collections"}};
    BOOST_TEST(found(pickled(kThing), beside) == "PRQ-PICKLE-006");
    BOOST_TEST(found(pickled(kOrdered), beside) == "PRQ-PICKLE-007");
    BOOST_TEST(found(pickled(kThing)) == "PRQ-PICKLE-005");
}

BOOST_AUTO_TEST_CASE(nested_pickles_are_opened) {
    const std::string inner = pickled(call(kSystem, str("true")));
    const FileReport report = test::scan(pickled(call(global("pickle", "loads"), raw(inner))));
    BOOST_TEST(verdict_of(report) == "malicious");
    bool inside = false;
    for (const Finding& finding : report.findings) {
        inside = inside || (finding.rule == RuleId::pickle_dangerous_call &&
                            finding.artifact.starts_with("bytes@") &&
                            finding.evidence.find("os.system") != std::string::npos);
    }
    BOOST_TEST(inside);
    const std::string load = global("torch.storage", "_load_from_bytes");
    BOOST_TEST(has(pickled(call(load, raw(inner))), "PRQ-PICKLE-001"));
    BOOST_TEST(has(pickled(call(load, make(kThing))), "PRQ-PICKLE-031"));
    BOOST_TEST(found(pickled(call(load, raw(pickled("N"))))).empty());
}

BOOST_AUTO_TEST_CASE(nesting_has_an_end) {
    std::string bytes = pickled("N");
    for (int i = 0; i < 40; ++i) {
        bytes = pickled(call(global("torch.storage", "_load_from_bytes"), raw(bytes)));
    }
    BOOST_TEST(gaps(test::scan(bytes)) == "limit");
}

BOOST_AUTO_TEST_CASE(a_payload_hidden_behind_text_is_found) {
    const std::string evil = pickled(call(kSystem, str("true")));
    const FileReport report = test::scan("just words\n" + evil);
    BOOST_TEST(ids(report).find("PRQ-PICKLE-048") != std::string::npos);
    BOOST_TEST(verdict_of(report) == "malicious");
    BOOST_TEST(verdict_of(test::scan("just words\n")) == "clean");
}

/// A first line that is longer than what a guess reads at first.
std::string behind_a_line(const std::string& rest, const std::string& front = "S'") {
    return front + std::string(5 << 20, 'a') + (front == "V" ? "\n0" : "'\n0") + rest;
}

BOOST_AUTO_TEST_CASE(a_start_is_read_as_far_as_its_first_opcodes_go) {
    const std::string far = "(S'echo " + std::string(300, 'x') + "'\nios\nsystem\n.";
    const std::string unknown = "cevilmod\nfn\n(S'id'\ntR.";
    for (const char* front : {"S'", "V"}) {
        BOOST_TEST(verdict_of(test::scan(behind_a_line(far, front))) == "malicious");
        BOOST_TEST(verdict_of(test::scan(behind_a_line(unknown, front))) == "suspicious");
        BOOST_TEST(verdict_of(test::scan(behind_a_line(".", front))) == "clean");
    }
    test::ZipBuilder zip;
    zip.add("a/data.pkl", behind_a_line(unknown));
    BOOST_TEST(verdict_of(test::scan(zip.build())) == "suspicious");
    // Of a file of safetensors the header is read, and of one that is named like a pickle the rest.
    const std::string header = "{\"a\":null}" + std::string(0x56 - 10, ' ');
    const std::string both = le(0x56, 8) + header + std::string(5 << 20, 'a') + "\n0" + unknown;
    BOOST_TEST(identities(test::scan(both, {}, {"a.safetensors", {}})) == "safetensors");
    BOOST_TEST(identities(test::scan(both, {}, {"a.bin", {}})) == "pickle safetensors");
}

BOOST_AUTO_TEST_CASE(what_torch_unpickles_is_a_pickle_whatever_it_looks_like) {
    test::ZipBuilder zip;
    zip.add("a/data.pkl", "just words\n");
    BOOST_TEST(verdict_of(test::scan(zip.build())) == "incomplete");
}

BOOST_AUTO_TEST_CASE(an_import_is_enough_where_the_name_says_pickle) {
    const auto named = [](const char* name, const std::string& file) {
        return verdict_of(test::scan(file, {}, {name, {}}));
    };
    BOOST_TEST(named("a.ckpt", "cevilmod\nfn\nwords\n") == "suspicious");
    BOOST_TEST(named("a.txt", "cat\ndog\nwords\n") == "clean");
    BOOST_TEST(named("a.bin", "just words\n") == "clean");
}

BOOST_AUTO_TEST_CASE(the_mark_of_an_inst_may_be_far_from_it) {
    const std::string far = "(S'" + std::string(3000, '(') + "'\nios\nsystem\n.";
    const FileReport report = test::scan("just words\n" + far);
    BOOST_TEST(ids(report).find("PRQ-PICKLE-048") != std::string::npos);
    BOOST_TEST(verdict_of(test::scan("just words (in brackets)\nios\nandroid\n")) == "clean");
    BOOST_TEST(verdict_of(test::scan("just words (in brackets)\nish\nopen\n")) == "clean");
}

BOOST_AUTO_TEST_CASE(what_ran_before_the_damage_counts) {
    const std::string evil = proto(4) + call(kSystem, str("true"));
    const FileReport report = test::scan(evil + "\xff");
    BOOST_TEST(ids(report) == "PRQ-PICKLE-001");
    BOOST_TEST(gaps(report) == "malformed");
    BOOST_TEST(verdict_of(test::scan(proto(4) + "N")) == "incomplete");
}

BOOST_AUTO_TEST_CASE(every_pickle_of_a_stream_is_judged) {
    const FileReport report = test::scan(pickled("N") + pickled(call(kSystem, str("true"))));
    BOOST_TEST(verdict_of(report) == "malicious");
    BOOST_TEST(verdict_of(test::scan(pickled("N") + pickled("N"))) == "clean");
}

BOOST_AUTO_TEST_CASE(the_place_of_a_finding_is_that_of_its_opcode) {
    const std::string stream = pickled(call(kSystem, str("true")));
    const FileReport report = test::scan(stream);
    BOOST_REQUIRE(report.findings.size() == 1);
    BOOST_TEST(stream.at(report.findings[0].offset) == 'R');
    BOOST_TEST(report.findings[0].evidence == "os.system(\"true\")");
    BOOST_TEST(report.findings[0].artifact.empty());
}

/// An array of objects as joblib writes it, in a pickle that has memoized `first`. Its own pickle
/// imports `name` of `module`, or rather of what is the first in the memo.
std::string array_of_objects(const std::string& first, const std::string& name,
                             const std::string& behind = {}, const std::string& module = "numpy") {
    const std::string dtype = call(global("numpy", "dtype"), str("O8"));
    const std::string wrapper = set_state(make(global("joblib.numpy_pickle", "NumpyArrayWrapper")),
                                          dict(str("dtype"), dtype, str("shape"), tuple(num(1))));
    const std::string remembered = "\x94" + std::string("0h") + std::string(1, '\0');
    const std::string array =
        pickled(str(module) + remembered + str(name) + "\x93" + tuple(str("O8")) + "R" + behind);
    return pickled(first + "\x94" + wrapper + array + "\x86");
}

BOOST_AUTO_TEST_CASE(arrays_of_objects_are_read_as_joblib_and_as_pickle_do) {
    // pickle's reader takes the name from the memo around the array, and stops.
    BOOST_TEST(found(array_of_objects(kOrdered, "dtype")).empty());
    BOOST_TEST(found(array_of_objects(make(kOrdered), "dtype")).empty());
    BOOST_TEST(found(array_of_objects(str("classes_"), "dtype")).empty());
    BOOST_TEST(found(array_of_objects(str("unit price"), "dtype")).empty());
    // Here it does not, or what follows is judged all the same.
    const std::string os = "h" + std::string(1, '\1');  // of the memo around the array
    const std::string attack =
        str("json") + "\x94" + "0" + os + str("system") + "\x93" + tuple(str("true")) + "R0";
    BOOST_TEST(has(array_of_objects(str("classes_") + "\x94" + str("os"), "dtype", attack),
                   "PRQ-PICKLE-001"));
    BOOST_TEST(
        has(array_of_objects(str("acme"), "dtype", call(global("acme", "run"))), "PRQ-PICKLE-003"));
    BOOST_TEST(!found(array_of_objects(str("acme"), "load")).empty());
    BOOST_TEST(!found(array_of_objects(str("acme"), "dtype", "", "pandas")).empty());
    BOOST_TEST(has(array_of_objects(str("os"), "system"), "PRQ-PICKLE-001"));
    BOOST_TEST(has(array_of_objects(call(kThing), "dtype"), "PRQ-PICKLE-008"));
    BOOST_TEST(has(array_of_objects(kThing, "dtype"), "PRQ-PICKLE-009"));
    BOOST_TEST(has(array_of_objects(str("acme.tools"), "dtype"), "PRQ-PICKLE-003"));
    BOOST_TEST(ids(scanner::scan(as_bytes(array_of_objects(str("acme"), "dtype")),
                                 {"model.pkl", {"acme"}}, Limits{})) != "");
}

BOOST_AUTO_TEST_CASE(a_file_that_array_wrappers_point_to_must_lie_beside) {
    const auto wrapper = [](const char* file) {
        return pickled(set_state(make(global("joblib.numpy_pickle", "NDArrayWrapper")),
                                 dict(str("filename"), str(file))));
    };
    BOOST_TEST(has(wrapper("../../etc/x.npy"), "PRQ-NUMPY-009"));
    const FileReport beside = test::scan(wrapper("model.pkl_01.npy"));
    BOOST_TEST(ids(beside).find("PRQ-NUMPY-009") == std::string::npos);
    BOOST_TEST(gaps(beside) == "not-inspected");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
