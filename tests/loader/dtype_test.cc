#include "sandbox/loader/dtype.h"

#include <boost/test/unit_test.hpp>

#include "sandbox/loader/python_text.h"

using namespace pratique::loader;

namespace {

std::string descr_of_record(const std::string& fields) {
    return numpy_descr(Dtype::other("struct:" + fields, 1));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dtypes)

BOOST_AUTO_TEST_CASE(types_as_numpy_spells_them) {
    BOOST_TEST(numpy_descr(Scalar::float32) == "'<f4'");
    BOOST_TEST(numpy_descr(Scalar::bfloat16) == "");
    BOOST_TEST(numpy_descr(Dtype::other("utf32x3", 12)) == "'<U3'");
    BOOST_TEST(numpy_descr(Dtype::other("M8[ns]", 8)) == "'<M8[ns]'");
    BOOST_TEST(numpy_descr(Dtype::other("ggml:Q4_0", 18, 32)) == "");
}

BOOST_AUTO_TEST_CASE(texts_and_tuples_are_those_of_python) {
    BOOST_TEST(quoted("a") == "'a'");
    BOOST_TEST(quoted("it's") == "\"it's\"");
    BOOST_TEST(quoted("it's \"x\"") == R"('it\'s "x"')");
    BOOST_TEST(quoted("\\ \n\x01\xc3\xa9") == "'\\\\ \\n\\x01\xc3\xa9'");
    BOOST_TEST(quoted("\xe2\x80\xae\xff") == "'\\u202e\\xff'");
    BOOST_TEST(tuple_of({}) == "()");
    BOOST_TEST(tuple_of({2}) == "(2,)");
    BOOST_TEST(tuple_of({2, 3}) == "(2, 3)");
}

BOOST_AUTO_TEST_CASE(marks_of_h5py_are_not_written) {
    BOOST_TEST(descr_of_record("[('a', '<i4'), ('b', '<f8', (2,))]") ==
               "[('a', '<i4'), ('b', '<f8', (2,))]");
    BOOST_TEST(descr_of_record("[('a', ('|S2', {'h5py_encoding': 'ascii'})), ('b', '<i4')]") ==
               "[('a', '|S2'), ('b', '<i4')]");
    BOOST_TEST(descr_of_record("[('p', [('e', ('<i2', {'enum': {'}': 1, \"'\": 2}}), (3,))])]") ==
               "[('p', [('e', '<i2', (3,))])]");
    // A name may look like a mark.
    const std::string name = "[(\"('|S2', {'\", '<i4'), ('\\'(', '|u1')]";
    BOOST_TEST(descr_of_record(name) == name);
    // The text may be anything: it came from a worker.
    for (const std::string text : {"('", "('a', {", "('a', {'", "('a', {}", "'\\"}) {
        BOOST_TEST(descr_of_record(text).size() <= text.size());
    }
}

BOOST_AUTO_TEST_SUITE_END()
