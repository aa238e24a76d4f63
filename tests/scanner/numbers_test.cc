// Flax, MATLAB, Java and the formats of numbers, scanned whole: clean to the last byte, and not one
// byte further.
#include <boost/test/unit_test.hpp>

#include "msgpack_builder.h"
#include "scan_support.h"

using namespace pratique;
using namespace pratique::test;
using namespace std::string_literals;

namespace {

std::string said(const std::string& file) {
    const auto report = test::scan(file);
    return report.findings.empty() ? verdict_of(report) + " " + gaps(report) : ids(report);
}

std::string java(const std::string& cls) {
    return "\xac\xed\0\5sr\0"s + static_cast<char>(cls.size()) + cls + std::string(8, '\0') + "xp";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(numbers_check)

BOOST_AUTO_TEST_CASE(bytes_behind_the_end_are_looked_at) {
    const std::string vectors = "1 1\nthe \1\2\3\4";
    BOOST_TEST(said(vectors) == "clean ");
    BOOST_TEST(said(vectors + "rub\1bish") == "incomplete unknown-format");
    BOOST_TEST(said("2 1\nthe \1\2\3\4") == "incomplete malformed");
}

BOOST_AUTO_TEST_CASE(java_is_never_clean) {
    BOOST_TEST(said(java("java.util.ArrayList")) == "incomplete not-inspected");
    BOOST_TEST(said(java("java.net.URL")) == "PRQ-JAVA-001");
    BOOST_TEST(said(java("java.net.URLs")) == "incomplete not-inspected");
    BOOST_TEST(said(java("bsh.XThis")) == "PRQ-JAVA-001");
}

BOOST_AUTO_TEST_CASE(flax_arrays_add_up) {
    const auto tree = [](const std::string& type, int items, const std::string& key) {
        const std::string shape(1, static_cast<char>(items));
        return map({str(key), test::extension(1, ndarray({shape}, type, "12345678"))});
    };
    BOOST_TEST(said(tree("float32", 2, "w")) == "clean ");
    BOOST_TEST(said(tree("bfloat16", 4, "w")) == "clean ");
    BOOST_TEST(said(tree("float32", 3, "w")) == "incomplete malformed");
    BOOST_TEST(said(tree("object", 1, "w")) == "PRQ-FLAX-001");
    BOOST_TEST(said(tree("float32", 2, "../w")) == "PRQ-FLAX-002");
    BOOST_TEST(said(tree("float32", 2, "w") + "rub\1bish") == "incomplete unknown-format");
    BOOST_TEST(said("\x82\xa1"
                    "a\1\xa1"
                    "b\xd4\5x"s) == "PRQ-FLAX-003");
    BOOST_TEST(said("\x81\xa1"
                    "a\1"s) == "clean ");
}

BOOST_AUTO_TEST_SUITE_END()
