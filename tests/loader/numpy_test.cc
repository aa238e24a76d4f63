// NumPy's arrays: in pickles, in joblib's streams, in .npy files and zips of them.
#include <boost/test/unit_test.hpp>

#include "loading.h"
#include "pickle_builder.h"
#include "zip_builder.h"

using namespace pratique;
using namespace pratique::test;
using namespace std::string_literals;

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(loader::Layout)

namespace {

const std::string kNone = "N";
const std::string kTrue = "\x88";
const std::string kFalse = "\x89";
const std::string kMinusOne = "J\xff\xff\xff\xff";

/// numpy.dtype("f8") with the state that says its byte order.
std::string dtype(const std::string& code, const std::string& order = "<") {
    return set_state(call(global("numpy", "dtype"), str(code), kFalse, kTrue),
                     tuple(num(3), str(order), kNone, kNone, kNone, kMinusOne, kMinusOne, num(0)));
}

std::string numbers(std::initializer_list<std::uint32_t> all) {
    std::string out = "(";
    for (const std::uint32_t number : all) out += num(number);
    return out + "t";
}

std::string reconstructed() {
    return call(global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray"),
                numbers({0}), raw("b"));
}

std::string array(std::initializer_list<std::uint32_t> shape, const std::string& type,
                  const std::string& data, const std::string& fortran = kFalse) {
    return set_state(reconstructed(), tuple(num(1), numbers(shape), type, fortran, data));
}

struct Run {
    std::string file;
    Loading loading;

    explicit Run(std::string bytes, const loader::Options& options = {})
        : file(std::move(bytes)), loading(load_bytes(as_bytes(file), options)) {}

    const loader::Tensor& tensor(std::size_t index = 0) const {
        BOOST_TEST_REQUIRE(!loading.failed.has_value(), loading.why());
        BOOST_TEST_REQUIRE(loading.loaded.tensors.size() > index);
        return loading.loaded.tensors[index];
    }
    std::string data(std::size_t index = 0) const {
        const auto& t = tensor(index);
        return std::string(text(elements(t, loading.source(t.source, as_bytes(file), {}))));
    }
    Errc error() const {
        BOOST_TEST_REQUIRE(loading.failed.has_value());
        return loading.failed->error.code;
    }
};

Run unpickle(const std::string& body) { return Run(pickled(body, 4)); }

std::string npy(const std::string& header, const std::string& data) {
    const std::string line = header + "\n";
    return "\x93NUMPY\1\0"s + le(line.size(), 2) + line + data;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load_numpy_)

BOOST_AUTO_TEST_CASE(arrays_in_pickles) {
    const auto out = unpickle(dict(str("w"), array({2, 2}, dtype("i2"), raw("AaBbCcDd"))));
    BOOST_TEST(out.tensor().name() == "w");
    BOOST_TEST(out.tensor().dtype.name() == "int16");
    BOOST_TEST(out.tensor().source == 0U);
    BOOST_TEST(out.data() == "AaBbCcDd");
}

BOOST_AUTO_TEST_CASE(other_orders) {
    BOOST_TEST(unpickle(array({2}, dtype("i2", ">"), raw("AaBb"))).data() == "aAbB");
    BOOST_TEST(unpickle(array({2}, dtype("c8", ">"), raw("12345678abcdefgh"))).data() ==
               "43218765dcbahgfe");
    const auto fortran = unpickle(array({2, 2}, dtype("u1"), raw("abcd"), kTrue));
    BOOST_TEST((fortran.tensor().strides == std::vector<std::uint64_t>{1, 2}));
    BOOST_TEST(fortran.data() == "acbd");
}

BOOST_AUTO_TEST_CASE(bytes_of_protocol_two_are_encoded_text) {
    const auto encoded = call(global("_codecs", "encode"), str("a\xc3\xa9"), str("latin1"));
    const auto out = Run(pickled(array({2}, dtype("u1"), encoded), 2));
    BOOST_TEST(out.data() == "a\xe9");
    BOOST_TEST(out.tensor().source == loader::kOutput);
    const auto wide = call(global("_codecs", "encode"), str("\xe2\x82\xac"), str("latin1"));
    BOOST_TEST((Run(pickled(array({1}, dtype("u1"), wide), 2)).error() == Errc::bad_arguments));
}

BOOST_AUTO_TEST_CASE(bytes_of_protocol_zero_are_escapes) {
    const auto type =
        set_state(call(global("numpy", "dtype"), "S'u1'\n"s, kFalse, kTrue),
                  tuple(num(3), "S'|'\n"s, kNone, kNone, kNone, kMinusOne, kMinusOne, num(0)));
    const auto out = Run(array({2}, type, "S'\\xb1\\x00'\n"s) + ".");
    BOOST_TEST(out.data() == "\xb1\0"s);
}

BOOST_AUTO_TEST_CASE(sizes_must_agree) {
    BOOST_TEST((unpickle(array({3}, dtype("i2"), raw("AaBb"))).error() == Errc::size_mismatch));
    BOOST_TEST((unpickle(array({1}, dtype("i2"), raw("AaBb"))).error() == Errc::size_mismatch));
    BOOST_TEST(
        (unpickle(array({0x7fffffff, 0x7fffffff, 0x7fffffff}, dtype("f8"), raw(""))).error() ==
         Errc::overflow));
    BOOST_TEST((unpickle(array({1}, dtype("q9"), raw("x"))).error() == Errc::unknown_dtype));
    BOOST_TEST((unpickle(array({1}, num(3), raw("x"))).error() == Errc::unknown_dtype));
    BOOST_TEST((unpickle(array({1}, dtype("u1"), num(3))).error() == Errc::bad_arguments));
}

BOOST_AUTO_TEST_CASE(records) {
    const auto fields =
        dict(str("a"), tuple(dtype("i2", ">"), num(0)), str("b"), tuple(dtype("u1"), num(3)));
    const auto type = set_state(
        call(global("numpy", "dtype"), str("V4"), kFalse, kTrue),
        tuple(num(3), str("|"), kNone, tuple(str("a"), str("b")), fields, num(4), num(1), num(16)));
    const auto out = unpickle(array({2}, type, raw("AaxbCcyd")));
    BOOST_TEST(out.tensor().dtype.name() == "struct:[('a', '<i2'), ('', '|V1'), ('b', '|u1')]");
    BOOST_TEST(out.data() == "aAxbcCyd");
    // Names are written as Python reads them.
    const auto odd =
        set_state(call(global("numpy", "dtype"), str("V2"), kFalse, kTrue),
                  tuple(num(3), str("|"), kNone, tuple(str("a\nb'")),
                        dict(str("a\nb'"), tuple(dtype("i2"), num(0))), num(2), num(1), num(16)));
    BOOST_TEST(unpickle(array({1}, odd, raw("ab"))).tensor().dtype.name() ==
               "struct:[(\"a\\nb'\", '<i2')]");
    // A recarray's type is made from a class.
    const auto record = set_state(
        call(global("numpy", "dtype"), global("numpy.core.records", "record"), kFalse, kTrue),
        tuple(num(3), str("|"), kNone, tuple(str("a"), str("b")), fields, num(4), num(1), num(16)));
    BOOST_TEST(unpickle(array({2}, record, raw("AaxbCcyd"))).data() == "aAxbcCyd");
    const auto outside = dict(str("a"), tuple(dtype("i2"), num(3)));
    const auto bad = set_state(
        call(global("numpy", "dtype"), str("V4"), kFalse, kTrue),
        tuple(num(3), str("|"), kNone, "(" + str("a") + "t", outside, num(4), num(1), num(16)));
    BOOST_TEST((unpickle(array({1}, bad, raw("abcd"))).error() == Errc::out_of_bounds));
}

BOOST_AUTO_TEST_CASE(scalars_buffers_and_masks) {
    const auto scalar =
        unpickle(call(global("numpy.core.multiarray", "scalar"), dtype("f4"), raw("abcd")));
    BOOST_TEST(scalar.tensor().scalar);
    BOOST_TEST(scalar.tensor().shape.empty());
    const auto buffer = unpickle(call(global("numpy._core.numeric", "_frombuffer"), raw("abcd"),
                                      dtype("u1"), numbers({2, 2}), str("F")));
    BOOST_TEST(buffer.data() == "acbd");
    const auto masked = unpickle(set_state(
        call(global("numpy.ma.core", "_mareconstruct"), global("numpy.ma.core", "MaskedArray"),
             global("numpy", "ndarray"), numbers({0}), raw("b")),
        tuple(num(1), numbers({2}), dtype("u1"), kFalse, raw("ab"), raw("\0\1"s), kNone)));
    BOOST_TEST(masked.data() == "ab");
    BOOST_TEST_REQUIRE(masked.tensor().components.size() == 1U);
    BOOST_TEST(masked.tensor().components[0].name() == "mask");
}

BOOST_AUTO_TEST_CASE(arrays_of_objects) {
    const auto flat = unpickle(dict(
        str("o"), array({2}, dtype("O8", "|"), list(num(1), array({2}, dtype("u1"), raw("ab"))))));
    BOOST_TEST((flat.tensor(0).layout == loader::Layout::object));
    BOOST_TEST(flat.tensor(1).name() == "o.1");
    BOOST_TEST(flat.data(1) == "ab");
    // A table's elements belong to it.
    const auto table =
        unpickle(array({2, 1}, dtype("O8", "|"), list(num(1), array({2}, dtype("u1"), raw("ab")))));
    BOOST_TEST(table.loading.loaded.tensors.size() == 1U);
    BOOST_TEST_REQUIRE(table.tensor().components.size() == 1U);
    BOOST_TEST(table.tensor().components[0].name() == "1.0");
}

BOOST_AUTO_TEST_CASE(joblib_arrays_follow_their_wrapper) {
    const auto wrapper = [](const std::string& state) {
        return set_state(make(global("joblib.numpy_pickle", "NumpyArrayWrapper")), state);
    };
    const auto state = [](const std::string& more) {
        return "}(" + str("subclass") + global("numpy", "ndarray") + str("shape") +
               numbers({2, 2}) + str("order") + str("F") + str("dtype") + dtype("u1") + more + "u";
    };
    const auto old = unpickle(dict(str("w"), wrapper(state("")) + "abcd"));
    BOOST_TEST(old.loading.loaded.format == "joblib");
    BOOST_TEST(old.data() == "acbd");
    const auto padded =
        unpickle(dict(str("w"), wrapper(state(str("numpy_array_alignment_bytes") + num(16))) +
                                    "\3\xff\xff\xff" + "abcd"));
    BOOST_TEST(padded.data() == "acbd");
    const auto cut = Run(pickled(dict(str("w"), wrapper(state(""))), 4));
    BOOST_TEST((cut.error() == Errc::truncated));
}

BOOST_AUTO_TEST_CASE(npy_files) {
    const auto out = Run(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", "AaBb"));
    BOOST_TEST(out.loading.loaded.format == "npy");
    BOOST_TEST(out.tensor().name().empty());
    BOOST_TEST(out.data() == "aAbB");
    BOOST_TEST(
        (Run(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }", "AaBb")).error() ==
         Errc::truncated));
    const auto more = Run(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }", "AaBb"));
    BOOST_TEST(more.data() == "Aa");
    BOOST_TEST_REQUIRE(more.loading.loaded.warnings.size() == 1U);
    BOOST_TEST((more.loading.loaded.warnings[0].code == Errc::trailing_bytes));
    const auto sub =
        Run(npy("{'descr': ('<i2', (2,)), 'fortran_order': False, 'shape': (2,), }", "AaBbCcDd"));
    BOOST_TEST((sub.tensor().shape == std::vector<std::uint64_t>{2, 2}));
}

BOOST_AUTO_TEST_CASE(npz_files) {
    ZipBuilder zip;
    zip.add("w.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "ab"));
    zip.add("note.txt", "hello");
    const auto out = Run(zip.build());
    BOOST_TEST(out.tensor().name() == "w");
    BOOST_TEST(out.data() == "ab");
    BOOST_TEST(out.loading.loaded.warnings.size() == 1U);
    ZipBuilder outside;
    outside.add("../w.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "ab"));
    BOOST_TEST((Run(outside.build()).error() == Errc::bad_name));
    zip.add("w.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "cd"));
    BOOST_TEST((Run(zip.build()).error() == Errc::duplicate_key));
}

BOOST_AUTO_TEST_SUITE_END()
