#include "signing/base64.h"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace pratique;
using namespace pratique::signing;

namespace {

std::string decoded(std::string_view text) { return from_base64(text).value_or("refused"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(base64_)

BOOST_AUTO_TEST_CASE(the_vectors_of_the_rfc) {
    const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        BOOST_TEST(base64(as_bytes(plain)) == encoded);
        BOOST_TEST(decoded(encoded) == plain);
    }
}

BOOST_AUTO_TEST_CASE(both_alphabets_but_not_in_one_text) {
    BOOST_TEST(decoded("+/+/") == "\xfb\xff\xbf");
    BOOST_TEST(decoded("-_-_") == "\xfb\xff\xbf");
    for (const char* mixed : {"+_+_", "-/-/", "+AA-", "/AAAAAA_"}) {
        BOOST_TEST(decoded(mixed) == "refused", mixed);
    }
}

BOOST_AUTO_TEST_CASE(padding_is_whole_or_missing_where_it_may_be) {
    BOOST_TEST(decoded("-w==") == "\xfb");
    BOOST_TEST(decoded("-w") == "\xfb");
    BOOST_TEST(decoded("-_8") == "\xfb\xff");
    BOOST_TEST(decoded("Zg") == "f");
    BOOST_TEST(decoded("+w==") == "\xfb");
    for (const char* bad :
         {"+w", "+w=", "+/8", "-w=", "Zg=", "Zg===", "Zg====", "Zm9v====", "=", "==", "====", "Z",
          "Zm9vY", "Z===", "Zg==Zg==", "Zm8=Zm8=", "=Zg=", "Z=g="}) {
        BOOST_TEST(decoded(bad) == "refused", bad);
    }
}

BOOST_AUTO_TEST_CASE(bits_behind_the_last_byte_are_zero) {
    for (const char* bad : {"Zh==", "Zv==", "Zm9=", "Zm+=", "Zh", "Zm9", "-x", "-_9"}) {
        BOOST_TEST(decoded(bad) == "refused", bad);
    }
}

BOOST_AUTO_TEST_CASE(nothing_foreign_in_between) {
    const std::string good = "Zm9vYmFy";
    for (const char foreign : {' ', '\n', '\r', '\t', '\0', '.', '*', '\x80', '"', '\\'}) {
        for (std::size_t at = 0; at <= good.size(); ++at) {
            std::string inserted = good;
            inserted.insert(at, 1, foreign);
            BOOST_TEST(decoded(inserted) == "refused", int(foreign) << " at " << at);
            if (at == good.size()) continue;
            std::string replaced = good;
            replaced[at] = foreign;
            BOOST_TEST(decoded(replaced) == "refused", int(foreign) << " at " << at);
        }
    }
    BOOST_TEST(decoded("Zm9v\r\nYmFy") == "refused");
}

BOOST_AUTO_TEST_CASE(what_is_read_is_written_the_same_way) {
    std::mt19937 random(1);  // NOLINT: the same texts in every run
    const std::string alphabet = "ABCDEwxyz0189+/-_= \n";
    std::size_t stood = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text(random() % 9, ' ');
        for (char& c : text) c = alphabet[random() % (i % 2 == 0 ? 13 : alphabet.size())];
        const auto bytes = from_base64(text);
        if (!bytes) continue;
        ++stood;
        std::string again = base64(as_bytes(*bytes));
        if (text.find_first_of("-_") != std::string::npos) {
            for (char& c : again) c = c == '+' ? '-' : c == '/' ? '_' : c;
        }
        again.resize(std::max(
            text.size(), again.find('=') == std::string::npos ? again.size() : again.find('=')));
        BOOST_TEST_REQUIRE(again == text);
    }
    BOOST_TEST(stood > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
