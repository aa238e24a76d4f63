// Formats of numbers: they end where they say, whatever is cut off of them is missed, and no length
// is believed.
#include <boost/test/unit_test.hpp>

#include "formats/fasttext/fasttext.h"
#include "formats/idx/idx.h"
#include "formats/lightgbm/lightgbm.h"
#include "formats/matlab/matlab.h"
#include "formats/mxnet/mxnet.h"
#include "formats/netcdf/netcdf.h"
#include "formats/nnef/nnef.h"
#include "formats/word2vec/word2vec.h"
#include "formats/xgboost/xgboost.h"

using namespace pratique;
using namespace std::string_literals;

namespace {

std::string little(std::uint64_t number, int bytes = 4) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
    return out;
}
std::string words(std::initializer_list<std::uint32_t> numbers) {
    std::string out;
    for (const std::uint32_t number : numbers) out += little(number);
    return out;
}
std::string big(std::uint64_t number, int bytes = 4) {
    std::string out = little(number, bytes);
    return {out.rbegin(), out.rend()};
}

using Measure = Result<std::uint64_t> (*)(Bytes);

template <class T>
Errc refusal(const Result<T>& result) {
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

void ends_as_it_says(Measure measure, const std::string& file) {
    const auto end = measure(as_bytes(file + "behind"));
    BOOST_TEST_REQUIRE(static_cast<bool>(end));
    BOOST_TEST(*end == file.size());
    for (std::size_t size = 0; size < file.size(); ++size) {
        BOOST_TEST(!measure(as_bytes(file.substr(0, size))), size);
    }
}

std::string fasttext_model(std::uint64_t rows) {
    return words({793'712'314, 12, 2, 5, 5, 1, 5, 1, 2, 2, 10, 3, 6, 100, 0, 0}) +
           words({1, 1, 0, 0, 0, UINT32_MAX, UINT32_MAX}) + "the\0"s + little(4, 8) + '\0' + '\0' +
           little(rows, 8) + little(2, 8) + std::string(8 * rows, 'x') + '\0' + little(1, 8) +
           little(1, 8) + "abcd";
}

std::string xgboost_tree(std::uint32_t left, std::uint32_t feature) {
    const std::uint32_t none = UINT32_MAX;
    return "binf" + words({0, 4}) + std::string(128, '\0') + little(14, 8) + "binary:logitra" +
           little(6, 8) + "gbtree" + words({1}) + std::string(156, '\0') + words({1, 2}) +
           std::string(140, '\0') + words({none, left, 1, feature, 0}) +
           words({0, none, none, 0, 0}) + std::string(32, '\0') + words({0});
}

Result<std::uint64_t> end_of_tree(Bytes bytes) { return TRY(xgboost::read_binary(bytes)).end; }
Result<std::uint64_t> end_of_ubjson(Bytes bytes) { return TRY(xgboost::read_ubjson(bytes)).end; }

std::string key(const std::string& name) { return "L" + big(name.size(), 8) + name; }

std::string lightgbm_tree(const std::string& children) {
    return "tree\nversion=v4\nmax_feature_idx=1\n\nTree=0\nnum_leaves=3\nsplit_feature=0 1\n"
           "left_child=" +
           children + "\nright_child=-2 -3\n\nend of trees\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(numbers_formats)

BOOST_AUTO_TEST_CASE(fasttext_words_and_matrices) {
    ends_as_it_says(fasttext::measure, fasttext_model(3));
    BOOST_TEST(fasttext::recognise(as_bytes(fasttext_model(1))));
    // An old file is the same without the magic, what was pruned, and the questions.
    const std::string old = words({2, 5, 5, 1, 5, 1, 2, 2, 10, 3, 6, 100, 0, 0}) +
                            words({1, 1, 0, 0, 0}) + "the\0"s + little(4, 8) + '\0' + little(1, 8) +
                            little(1, 8) + "abcd" + little(0, 8) + little(0, 8);
    BOOST_TEST(fasttext::recognise(as_bytes(old)));
    ends_as_it_says(fasttext::measure, old);
    std::string lies = fasttext_model(1);
    lies.replace(lies.find("the\0"s) + 14, 8, little(1ULL << 62, 8));
    BOOST_TEST((refusal(fasttext::measure(as_bytes(lies))) == Errc::overflow));
}

BOOST_AUTO_TEST_CASE(fasttext_quantized) {
    const std::string quantizer = words({1, 1, 1, 1}) + std::string(1024, 'x');
    const auto matrix = [&](char norms) {
        const std::string of_norms = norms == 0 ? "" : "nn" + quantizer;
        return norms + little(2, 8) + little(1, 8) + little(2) + "cc" + quantizer + of_norms;
    };
    const std::string head = fasttext_model(1).substr(0, fasttext_model(1).find("the\0"s) + 13);
    ends_as_it_says(fasttext::measure, head + '\1' + matrix(1) + '\1' + matrix(0));
}

BOOST_AUTO_TEST_CASE(word2vec_vectors) {
    const std::string file = "2 2\nthe \1\2\3\4\5\6\7\x08\nsea \1\2\3\4\5\6\7\x08";
    ends_as_it_says(word2vec::measure, file);
    BOOST_TEST(word2vec::recognise(as_bytes(file)));
    BOOST_TEST(!word2vec::recognise(as_bytes("2 2\nthe 0.12 0.5\nsea 1 2\n"s)));
    BOOST_TEST(!word2vec::recognise(as_bytes("2 2\nthe"s)));
    BOOST_TEST(!word2vec::recognise(as_bytes("2 99999999999999999999\nthe "s)));
}

BOOST_AUTO_TEST_CASE(trees_that_lead_outside) {
    ends_as_it_says(end_of_tree, xgboost_tree(1, 0));
    const auto stray = [](std::uint32_t left, std::uint32_t feature) {
        return xgboost::read_binary(as_bytes(xgboost_tree(left, feature)))->stray.has_value();
    };
    BOOST_TEST(!stray(1, 3));
    BOOST_TEST(stray(2, 3));
    BOOST_TEST(stray(1, 4));
    BOOST_TEST(xgboost::recognise_binary(as_bytes(xgboost_tree(1, 0).substr(4))));
    BOOST_TEST(!xgboost::recognise_binary(as_bytes(std::string(400, '\0'))));
}

BOOST_AUTO_TEST_CASE(ubjson_values) {
    const std::string file = "{" + key("learner") + "[#i\x02{}S" + key("x") + key("a") + "{}" +
                             key("n") + "[$d#L" + big(2, 8) + "abcdefgh" + key("e") + "[TFZ]}";
    ends_as_it_says(end_of_ubjson, file);
    BOOST_TEST(xgboost::recognise_ubjson(as_bytes(file)));
    BOOST_TEST(!xgboost::recognise_ubjson(as_bytes("{" + key("other") + "Z}")));
    const auto refused = [](const std::string& value) {
        return refusal(xgboost::read_ubjson(as_bytes("{" + key("learner") + value)));
    };
    BOOST_TEST((refused("SL" + big(UINT64_MAX, 8)) == Errc::negative_length));
    BOOST_TEST((refused("[$D#L" + big(1ULL << 61, 8)) == Errc::overflow));
    BOOST_TEST((refused("[$S#L" + big(1, 8)) == Errc::bad_header));
    BOOST_TEST((refused("[#L" + big(1ULL << 40, 8)) == Errc::truncated));
    BOOST_TEST((refused(std::string(1000, '[')) == Errc::limit_depth));
}

BOOST_AUTO_TEST_CASE(lightgbm_lines) {
    const auto stray = [](const std::string& children) {
        return lightgbm::read(as_bytes(lightgbm_tree(children)))->stray.has_value();
    };
    BOOST_TEST(!stray("1 -1"));
    BOOST_TEST(stray("2 -1"));
    BOOST_TEST(stray("1 -4"));
    BOOST_TEST(stray("1"));
    BOOST_TEST((refusal(lightgbm::read(as_bytes(lightgbm_tree("1 x")))) == Errc::bad_number));
    BOOST_TEST(
        (refusal(lightgbm::read(as_bytes("tree\nversion=v4\nTree=0\n"s))) == Errc::truncated));
    BOOST_TEST(
        (refusal(lightgbm::read(as_bytes("tree\nleft_child=1\n"s))) == Errc::missing_record));
}

BOOST_AUTO_TEST_CASE(matlab_matrices) {
    const std::string old = words({0, 1, 2, 0, 2}) + "x\0"s + std::string(16, 'x');
    BOOST_TEST(*matlab::measure_4(as_bytes(old + old)) == 2 * old.size());
    BOOST_TEST(matlab::recognise_4(as_bytes(old)));
    for (std::size_t size = 0; size < old.size(); ++size) {
        BOOST_TEST(!matlab::recognise_4(as_bytes(old.substr(0, size))), size);
        BOOST_TEST(!matlab::recognise_4(as_bytes(old + old.substr(0, size))) == (size != 0), size);
    }
    const auto refused = [](std::initializer_list<std::uint32_t> head) {
        return refusal(matlab::measure_4(as_bytes(words(head) + "x\0"s)));
    };
    BOOST_TEST((refused({3, 1, 2, 0, 2}) == Errc::bad_header));
    BOOST_TEST((refused({60, 1, 2, 0, 2}) == Errc::bad_header));
    BOOST_TEST((refused({0, 1, 2, 2, 2}) == Errc::bad_header));
    BOOST_TEST((refused({0, UINT32_MAX, 2, 0, 2}) == Errc::negative_length));
    BOOST_TEST((refused({0, INT32_MAX, INT32_MAX, 1, 2}) == Errc::overflow));
}

BOOST_AUTO_TEST_CASE(matlab_classes) {
    const auto element = [](std::uint32_t type, const std::string& content) {
        return words({type, static_cast<std::uint32_t>(content.size())}) + content;
    };
    const auto matrix = [&](std::uint32_t cls, const std::string& rest = "") {
        return element(14, element(6, words({cls, 0})) + rest);
    };
    const auto look = [](const std::string& bytes) {
        return matlab::look_into(as_bytes(bytes), std::endian::little);
    };
    BOOST_TEST(!look(matrix(1, matrix(6) + element(14, "")))->function.has_value());
    BOOST_TEST(*look(matrix(1, matrix(6) + matrix(16)))->function == 56U);
    BOOST_TEST(look(matrix(2, matrix(17)))->object.has_value());
    BOOST_TEST((refusal(look(matrix(18))) == Errc::bad_header));
    BOOST_TEST((refusal(look(element(19, ""))) == Errc::bad_header));
    BOOST_TEST((refusal(look(words({14, 100}))) == Errc::truncated));
    std::string deep = matrix(1);
    for (int i = 0; i < 300; ++i) deep = matrix(1, deep);
    BOOST_TEST((refusal(look(deep)) == Errc::limit_depth));
}

BOOST_AUTO_TEST_CASE(netcdf_headers) {
    const auto file = [](std::uint32_t begin) {
        return "CDF\1"s + big(0) + big(10) + big(1) + big(1) + "x\0\0\0"s + big(2) + big(0, 8) +
               big(11) + big(1) + big(1) + "v\0\0\0"s + big(1) + big(0) + big(0, 8) + big(5) +
               big(8) + big(begin) + "abcdefgh";
    };
    const auto end = netcdf::measure(as_bytes(file(80)));
    BOOST_TEST_REQUIRE(static_cast<bool>(end));
    BOOST_TEST(*end == file(80).size());
    BOOST_TEST((refusal(netcdf::measure(as_bytes(file(1000)))) == Errc::out_of_bounds));
    BOOST_TEST((refusal(netcdf::measure(as_bytes(file(16)))) == Errc::out_of_bounds));
}

BOOST_AUTO_TEST_CASE(mxnet_arrays) {
    const auto file = [](std::uint32_t type) {
        return little(0x112, 8) + little(0, 8) + little(1, 8) + words({0xf993fac9, 0, 1}) +
               little(2, 8) + words({1, 0, type}) + "abcdefgh" + little(1, 8) + little(1, 8) + "w";
    };
    ends_as_it_says(mxnet::measure, file(0));
    BOOST_TEST((refusal(mxnet::measure(as_bytes(file(13)))) == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(single_arrays) {
    ends_as_it_says(idx::measure, "\0\0\x08\x02"s + big(2) + big(3) + "abcdef");
    BOOST_TEST(!idx::recognise(as_bytes("\0\0\x08\x01"s + big(2) + "abc")));
    BOOST_TEST((refusal(idx::measure(as_bytes("\0\0\x0e\x02"s + big(UINT32_MAX) +
                                              big(UINT32_MAX)))) == Errc::overflow));
    const auto tensor = [](std::uint32_t bytes) {
        return "\x4e\xef\1\0"s + words({bytes, 1, 2, 0, 0, 0, 0, 0, 0, 0, 32}) +
               std::string(80, '\0') + "abcdefgh";
    };
    ends_as_it_says(nnef::measure, tensor(8));
    BOOST_TEST((refusal(nnef::measure(as_bytes(tensor(7)))) == Errc::size_mismatch));
}

BOOST_AUTO_TEST_SUITE_END()
