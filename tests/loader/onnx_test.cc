#include <boost/test/unit_test.hpp>

#include "loading.h"
#include "protobuf_builder.h"

using namespace pratique;
using namespace pratique::loader;
using namespace std::string_literals;
using test::bytes;
using test::Loading;
using test::number;

namespace {

std::string model(const std::string& graph) { return number(1, 8) + bytes(7, graph); }

/// A one-dimensional tensor of this type.
std::string tensor(const std::string& tensor_name, std::uint64_t count, std::uint64_t type,
                   const std::string& values) {
    return number(1, count) + number(2, type) + bytes(8, tensor_name) + values;
}

std::string initializer(const std::string& content) { return bytes(5, content); }

std::string external(const std::string& location, const std::string& offset = "0") {
    const auto entry = [](const std::string& key, const std::string& value) {
        return bytes(13, bytes(1, key) + bytes(2, value));
    };
    return number(14, 1) + entry("location", location) + entry("offset", offset);
}

std::string hex_of(const Tensor& tensor, const Loading& loading, const std::string& file,
                   const std::vector<Companion>& companions = {}) {
    const Bytes source = loading.source(tensor.source, as_bytes(file), companions);
    const auto all = test::elements(tensor, source);
    std::string out;
    for (const std::byte byte : all) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        out += kDigits[std::to_integer<unsigned>(byte) >> 4];
        out += kDigits[std::to_integer<unsigned>(byte) & 15];
    }
    return out;
}

/// The elements of the only tensor, in a model that has no other, in hexadecimal; or the error.
std::string single(std::uint64_t type, std::uint64_t count, const std::string& values) {
    const auto file = model(initializer(tensor("w", count, type, values)));
    const Loading loading = test::load_bytes(as_bytes(file));
    if (loading.failed) return std::string(name(loading.failed->error.code));
    return hex_of(loading.loaded.tensors.at(0), loading, file);
}

Errc refusal(const std::string& file, const std::vector<Companion>& companions = {}) {
    const Loading loading = test::load_bytes(as_bytes(file), {}, companions);
    BOOST_TEST_REQUIRE(loading.failed.has_value());
    return loading.failed->error.code;
}

std::uint64_t signed_number(std::int64_t value) { return static_cast<std::uint64_t>(value); }

/// Packed numbers.
std::string packed(const std::vector<std::int64_t>& values) {
    std::string out;
    for (const std::int64_t value : values) out += test::varint(signed_number(value));
    return out;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(Layout)

BOOST_AUTO_TEST_SUITE(load_onnx_)

BOOST_AUTO_TEST_CASE(raw_data_is_used_in_place) {
    const auto file = model(initializer(tensor("w", 2, 1, bytes(9, "12345678"))));
    const Loading loading = test::load_bytes(as_bytes(file));
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.format == "onnx");
    const Tensor& w = loading.loaded.tensors.at(0);
    BOOST_TEST(w.source == 0U);
    BOOST_TEST(file.substr(w.offset, 8) == "12345678");
    BOOST_TEST(w.dtype.name() == "float32");
    BOOST_TEST(w.name() == "w");
}

BOOST_AUTO_TEST_CASE(typed_numbers_become_elements) {
    BOOST_TEST(single(3, 3, bytes(5, packed({1, -2, 127}))) == "01fe7f");
    BOOST_TEST(single(2, 2, bytes(5, packed({200})) + number(5, 7)) == "c807");
    BOOST_TEST(single(5, 2, bytes(5, packed({-2, 258}))) == "feff0201");
    BOOST_TEST(single(10, 1, bytes(5, packed({0x3c00}))) == "003c");
    BOOST_TEST(single(16, 1, bytes(5, packed({0x3f80}))) == "803f");
    BOOST_TEST(single(6, 1, bytes(5, packed({-1}))) == "ffffffff");
    BOOST_TEST(single(7, 1, bytes(7, packed({-2}))) == "feffffffffffffff");
    BOOST_TEST(single(12, 1, bytes(11, packed({0xfffffffe}))) == "feffffff");
    BOOST_TEST(single(13, 1, bytes(11, packed({-1}))) == "ffffffffffffffff");
    BOOST_TEST(single(9, 3, bytes(5, packed({1, 0, 1}))) == "010001");
    BOOST_TEST(single(17, 1, bytes(5, packed({0xfe}))) == "fe");
    BOOST_TEST(single(1, 2, test::fixed32(4, 1) + test::fixed32(4, 2)) == "0100000002000000");
    BOOST_TEST(single(15, 1, test::fixed64(10, 1) + test::fixed64(10, 2)) ==
               "01000000000000000200000000000000");
}

BOOST_AUTO_TEST_CASE(small_types_are_packed) {
    // Two elements per number, as they are; six bits: one per number, packed here.
    BOOST_TEST(single(22, 3, bytes(5, packed({0x21, 0x03}))) == "2103");
    BOOST_TEST(single(25, 5, bytes(5, packed({0xe4, 0x01}))) == "e401");
    BOOST_TEST(single(27, 4, bytes(5, packed({1, 2, 3, 63}))) == "8130fc");
    BOOST_TEST(single(28, 1, bytes(5, packed({63}))) == "3f0000");
    // Raw data may end inside of a group.
    BOOST_TEST(single(27, 1, bytes(9, "\x3f")) == "3f0000");
    BOOST_TEST(single(27, 4, bytes(9, "\x81\x30\xfc")) == "8130fc");
    BOOST_TEST(single(21, 3, bytes(9, "\x21\x03")) == "2103");
}

BOOST_AUTO_TEST_CASE(numbers_that_a_type_does_not_have) {
    BOOST_TEST(single(9, 1, bytes(5, packed({2}))) == "bad_number");
    BOOST_TEST(single(3, 1, bytes(5, packed({256}))) == "bad_number");
    BOOST_TEST(single(3, 1, bytes(5, packed({-129}))) == "bad_number");
    BOOST_TEST(single(2, 1, bytes(5, packed({-128}))) == "80");
    BOOST_TEST(single(10, 1, bytes(5, packed({65536}))) == "bad_number");
    BOOST_TEST(single(6, 1, bytes(5, packed({std::int64_t{1} << 32}))) == "bad_number");
    BOOST_TEST(single(12, 1, bytes(11, packed({-1}))) == "bad_number");
    BOOST_TEST(single(22, 2, bytes(5, packed({256}))) == "bad_number");
    BOOST_TEST(single(27, 1, bytes(5, packed({64}))) == "bad_number");
}

BOOST_AUTO_TEST_CASE(external_data_is_asked_for_and_used_in_place) {
    const auto file = model(initializer(tensor("w", 2, 1, external("w.bin", "3"))) +
                            initializer(tensor("v", 1, 1, external("w.bin"))));
    const Loading first = test::load_bytes(as_bytes(file));
    BOOST_TEST_REQUIRE(!first.failed);
    BOOST_TEST(first.loaded.tensors.empty());
    BOOST_TEST_REQUIRE(first.loaded.wanted.size() == 1U);
    BOOST_TEST(first.loaded.wanted[0].name == "w.bin");

    const std::string beside = "...12345678";
    std::vector<Companion> companions{{"w.bin", beside.size(), as_bytes(beside)}};
    const Loading second = test::load_bytes(as_bytes(file), {}, companions);
    BOOST_TEST_REQUIRE(!second.failed);
    const Tensor& w = second.loaded.tensors.at(0);
    BOOST_TEST(w.source == 1U);
    BOOST_TEST(w.offset == 3U);
    BOOST_TEST(hex_of(w, second, file, companions) == "3132333435363738");

    // Its size is enough, and must be.
    companions[0].bytes = {};
    BOOST_TEST(!test::load_bytes(as_bytes(file), {}, companions).failed);
    companions[0].size -= 1;
    const Loading short_file = test::load_bytes(as_bytes(file), {}, companions);
    BOOST_TEST_REQUIRE(short_file.failed.has_value());
    BOOST_TEST((short_file.failed->error == Error{Errc::view_out_of_bounds, file.find("w.bin")}));
    companions[0].size = 0;
    BOOST_TEST((refusal(file, companions) == Errc::view_out_of_bounds));
}

BOOST_AUTO_TEST_CASE(external_data_lies_beside_the_model) {
    for (const std::string bad :
         {"", "/etc/passwd", "../w.bin", "a/../w.bin", "a/w.bin", "..", ".", "a\\w.bin"}) {
        const auto file = model(initializer(tensor("w", 1, 1, external(bad))));
        BOOST_TEST((refusal(file) == Errc::bad_name), bad);
    }
    const auto with_nul = model(initializer(tensor("w", 1, 1, external("w\0x"s))));
    BOOST_TEST((refusal(with_nul) == Errc::bad_name));
}

BOOST_AUTO_TEST_CASE(six_bit_elements_in_another_file) {
    const auto file = model(initializer(tensor("w", 1, 27, external("w.bin"))));
    const std::string beside = "\x3f";
    std::vector<Companion> companions{{"w.bin", 1, as_bytes(beside)}};
    const Loading loading = test::load_bytes(as_bytes(file), {}, companions);
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(hex_of(loading.loaded.tensors.at(0), loading, file, companions) == "3f0000");
    companions[0].bytes = {};
    BOOST_TEST((refusal(file, companions) == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(names_are_ways_and_each_is_one_tensor) {
    const auto constant = [](const std::string& node_name, const std::string& data) {
        const auto value = bytes(5, bytes(1, "value") + bytes(5, tensor("", 1, 1, bytes(9, data))));
        return bytes(1, (node_name.empty() ? "" : bytes(3, node_name)) + value);
    };
    const auto file =
        model(constant("", "aaaa") + constant("twin", "bbbb") + constant("twin", "cccc"));
    const Loading loading = test::load_bytes(as_bytes(file));
    BOOST_TEST_REQUIRE(!loading.failed);
    const auto& tensors = loading.loaded.tensors;
    BOOST_TEST_REQUIRE(tensors.size() == 3U);
    BOOST_TEST(tensors[0].name() == "0.value");
    BOOST_TEST(tensors[0].path[0].is_number);
    BOOST_TEST(tensors[1].name() == "twin.value");
    BOOST_TEST(tensors[2].name() == "twin.2.value");

    const auto w = initializer(tensor("w", 1, 1, bytes(9, "data")));
    BOOST_TEST((refusal(model(w + w)) == Errc::duplicate_key));
}

BOOST_AUTO_TEST_CASE(names_do_not_multiply) {
    // A long name around many tensors is small in the file and would be large as names.
    std::string list;
    for (int i = 0; i < 1000; ++i) list += bytes(10, tensor("", 1, 2, bytes(9, "x")));
    const auto graph =
        bytes(1, bytes(3, std::string(100'000, 'n')) + bytes(5, bytes(1, "ts") + list));
    BOOST_TEST((refusal(model(graph)) == Errc::limit_memory));
}

BOOST_AUTO_TEST_CASE(strings_are_metadata) {
    const auto words = bytes(6, "one") + bytes(6, "two");
    const auto file = model(initializer(tensor("words", 2, 8, words)));
    const Loading loading = test::load_bytes(as_bytes(file));
    BOOST_TEST_REQUIRE(!loading.failed);
    const Tensor& tensor = loading.loaded.tensors.at(0);
    BOOST_TEST(tensor.layout == Layout::object);
    BOOST_TEST(tensor.dtype.is_object());
    const Tree& tree = loading.loaded.tree;
    const auto strings = tree.find(*loading.loaded.metadata, "strings");
    BOOST_TEST_REQUIRE(strings.has_value());
    const auto list = tree.find(*strings, "words");
    BOOST_TEST_REQUIRE(list.has_value());
    BOOST_TEST(tree.characters(tree.children(*list)[1]) == "two");
}

BOOST_AUTO_TEST_CASE(sparse_tensors_have_components) {
    const auto sparse = bytes(15, bytes(1, tensor("s", 1, 1, bytes(9, "data"))) +
                                      bytes(2, tensor("i", 1, 7, bytes(7, packed({5})))) +
                                      number(3, 2) + number(3, 3));
    const auto file = model(sparse);
    const Loading loading = test::load_bytes(as_bytes(file));
    BOOST_TEST_REQUIRE(!loading.failed);
    const Tensor& tensor = loading.loaded.tensors.at(0);
    BOOST_TEST(tensor.name() == "s");
    BOOST_TEST(tensor.layout == Layout::sparse_onnx);
    BOOST_TEST(tensor.shape == (std::vector<std::uint64_t>{2, 3}),
               boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(tensor.components.size() == 2U);
    BOOST_TEST(tensor.components[0].name() == "values");
    BOOST_TEST(hex_of(tensor.components[1], loading, file) == "0500000000000000");
}

BOOST_AUTO_TEST_CASE(a_bare_tensor) {
    const auto file = tensor("bare", 1, 1, bytes(9, "data"));
    const Loading loading = test::load_bytes(as_bytes(file));
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.format == "onnx-tensor");
    BOOST_TEST(loading.loaded.tensors.at(0).name() == "bare");
}

BOOST_AUTO_TEST_CASE(more_than_may_come_out) {
    // Bytes that stand for eight times as many.
    const auto file = model(initializer(tensor("w", 1000, 7, bytes(7, std::string(1000, '\1')))));
    const Loading loading = test::load_bytes(as_bytes(file), {}, {}, {}, 7999);
    BOOST_TEST_REQUIRE(loading.failed.has_value());
    BOOST_TEST((loading.failed->error.code == Errc::limit_bytes));
    Options options;
    options.logical_bytes = 0;
    const auto limited = test::load_bytes(as_bytes(file), options);
    BOOST_TEST_REQUIRE(limited.failed.has_value());
    BOOST_TEST((limited.failed->error.code == Errc::limit_logical));
}

BOOST_AUTO_TEST_SUITE_END()
