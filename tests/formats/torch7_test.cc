#include "formats/torch7/torch7.h"

#include <boost/test/unit_test.hpp>

using namespace pratique;

namespace {

std::string little(std::uint64_t number, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
    return out;
}
std::string i32(std::uint64_t number) { return little(number, 4); }
std::string text(const std::string& value) { return i32(value.size()) + value; }
std::string table(std::uint64_t index, std::uint64_t pairs) {
    return i32(3) + i32(index) + i32(pairs);
}
std::string torch(std::uint64_t index, const std::string& cls) {
    return i32(4) + i32(index) + text("V 1") + text(cls);
}
std::string function(std::uint64_t index) {
    return i32(8) + i32(index) + text("\x1bLJ\x01") + i32(0);
}
const std::string kNumber = i32(1) + std::string(8, '\0');

Errc refusal(const std::string& file) {
    const auto archive = torch7::read(as_bytes(file));
    BOOST_TEST_REQUIRE(archive.error.has_value());
    return archive.error->code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(torch7_format)

BOOST_AUTO_TEST_CASE(a_tensor_ends_with_its_storage) {
    const std::string storage = torch(2, "torch.ShortStorage") + little(3, 8) + std::string(6, 'x');
    const std::string tensor =
        torch(1, "torch.ShortTensor") + i32(1) + std::string(24, '\1') + storage;
    BOOST_TEST(torch7::recognise(as_bytes(tensor)));
    const auto archive = torch7::read(as_bytes(tensor + "behind"));
    BOOST_TEST(!archive.error.has_value());
    BOOST_TEST(archive.end == tensor.size());
    for (std::size_t size = 0; size < tensor.size(); ++size) {
        BOOST_TEST((refusal(tensor.substr(0, size)) == Errc::truncated), size);
    }
}

BOOST_AUTO_TEST_CASE(functions_are_found_wherever_they_are) {
    const std::string file = torch(1, "nn.Linear") + table(2, 2) + kNumber + function(3) + kNumber +
                             torch(4, "tds.Vec") + little(1, 8) + function(5);
    const auto archive = torch7::read(as_bytes(file));
    BOOST_TEST(!archive.error.has_value());
    BOOST_TEST_REQUIRE(archive.functions.size() == 2U);
    BOOST_TEST(pratique::text(archive.functions[0].code).starts_with("\x1bLJ"));
}

BOOST_AUTO_TEST_CASE(an_object_is_read_once) {
    const auto archive = torch7::read(as_bytes(table(1, 2) + kNumber + table(1, 0).substr(0, 8) +
                                               kNumber + function(1).substr(0, 8)));
    BOOST_TEST(!archive.error.has_value());
    BOOST_TEST(archive.functions.empty());
}

BOOST_AUTO_TEST_CASE(numbers_are_not_believed) {
    BOOST_TEST((refusal(table(1, 0x7fffffff)) == Errc::truncated));
    BOOST_TEST((refusal(table(1, 0xffffffff)) == Errc::negative_length));
    BOOST_TEST((refusal(i32(9)) == Errc::bad_header));
    BOOST_TEST((refusal(torch(1, "torch.LongStorage") + little(1ULL << 61, 8)) == Errc::overflow));
    BOOST_TEST((refusal(torch(1, "torch.LongTensor") + i32(65)) == Errc::limit_rank));
    BOOST_TEST((refusal(torch(1, "a b")) == Errc::bad_text));
    BOOST_TEST((refusal(torch(1, "tds.Hash") + little(1ULL << 62, 8)) == Errc::truncated));
    std::string deep;
    for (std::uint64_t i = 1; i < 200'000; ++i) deep += table(i, 1);
    BOOST_TEST((refusal(deep) == Errc::limit_depth));
}

BOOST_AUTO_TEST_CASE(not_everything_is_torch) {
    BOOST_TEST(torch7::recognise(as_bytes(function(1))));
    BOOST_TEST(torch7::recognise(as_bytes(table(1, 1) + kNumber + kNumber)));
    BOOST_TEST(!torch7::recognise(as_bytes(table(1, 1) + kNumber)));
    BOOST_TEST(!torch7::recognise(as_bytes(i32(8) + i32(1) + text("code"))));
    BOOST_TEST(!torch7::recognise(as_bytes(i32(4) + i32(0) + text("V 1"))));
}

BOOST_AUTO_TEST_SUITE_END()
