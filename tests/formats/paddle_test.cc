#include <boost/test/unit_test.hpp>

#include "formats/paddle/program.h"
#include "formats/sentencepiece/model.h"
#include "protobuf_builder.h"

using namespace pratique;
using namespace pratique::test;

namespace {

std::string operator_of(const std::string& type, const std::string& attributes = "") {
    return bytes(4, attributes + bytes(3, type));
}

std::string program_of(const std::string& operators) {
    return bytes(1, number(1, 0) + number(2, 0) + operators) + bytes(4, number(1, 2));
}

BOOST_AUTO_TEST_SUITE(paddle_program)

BOOST_AUTO_TEST_CASE(operators_and_their_texts) {
    const std::string path = bytes(4, bytes(5, "out.bin") + bytes(1, "file_path"));
    const std::string list = bytes(4, bytes(1, "names") + bytes(8, "a") + bytes(8, "b"));
    const std::string file = program_of(operator_of("relu") + operator_of("save", path + list));
    BOOST_TEST(paddle::recognise(as_bytes(file)));
    const paddle::Program program = paddle::read(as_bytes(file));
    BOOST_TEST(!program.error);
    BOOST_REQUIRE_EQUAL(program.operators.size(), 2U);
    const paddle::Operator& save = program.operators[1];
    BOOST_TEST(save.type == "save");
    BOOST_REQUIRE_EQUAL(save.texts.size(), 3U);
    BOOST_TEST(save.texts[0].first == "file_path");
    BOOST_TEST(save.texts[0].second == "out.bin");
    BOOST_TEST(save.texts[2].second == "b");
}

BOOST_AUTO_TEST_CASE(other_messages_are_none) {
    BOOST_TEST(!paddle::recognise(as_bytes(bytes(1, number(1, 0) + operator_of("relu")))));
    BOOST_TEST(!paddle::recognise(as_bytes(program_of(""))));
    BOOST_TEST(!paddle::recognise({}));
}

BOOST_AUTO_TEST_CASE(every_truncation) {
    const std::string file = program_of(operator_of("save", bytes(4, bytes(5, "x"))));
    const std::size_t block = file.size() - bytes(4, number(1, 2)).size();
    for (std::size_t size = 1; size < file.size(); ++size) {
        const std::string cut = file.substr(0, size);
        BOOST_TEST(paddle::read(as_bytes(cut)).error.has_value() == (size != block), size);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sentencepiece_model)

BOOST_AUTO_TEST_CASE(a_model_is_one_to_its_last_byte) {
    const std::string piece = bytes(1, bytes(1, "the") + fixed32(2, 0) + number(3, 1));
    const std::string file = piece + bytes(2, number(3, 1)) + bytes(3, bytes(1, "nfkc"));
    BOOST_TEST(sentencepiece::recognise(as_bytes(file)));
    BOOST_TEST(!sentencepiece::recognise(as_bytes(piece)));
    BOOST_TEST(!sentencepiece::recognise(as_bytes(file + bytes(6, ""))));
    BOOST_TEST(!sentencepiece::recognise(as_bytes(file + number(2, 1))));
    BOOST_TEST(!sentencepiece::recognise(as_bytes(file + bytes(1, bytes(2, "text")))));
    BOOST_TEST(!sentencepiece::recognise(as_bytes(file.substr(0, file.size() - 1))));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
