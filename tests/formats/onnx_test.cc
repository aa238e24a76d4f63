#include <boost/test/unit_test.hpp>

#include "formats/onnx/model.h"
#include "protobuf_builder.h"

using namespace pratique;
using namespace std::string_literals;
using test::bytes;
using test::number;

namespace {

/// A float32 tensor of one element: dims, data_type, name, raw_data.
std::string tensor(const std::string& tensor_name, const std::string& more = "") {
    return number(1, 1) + number(2, 1) + bytes(8, tensor_name) + bytes(9, "data") + more;
}

std::string model(const std::string& graph, const std::string& more = "") {
    return number(1, 8) + more + bytes(7, graph);
}

std::string attribute(const std::string& attribute_name, const std::string& field) {
    return bytes(5, bytes(1, attribute_name) + field);
}

std::string node(const std::string& node_name, const std::string& attributes) {
    return bytes(1, (node_name.empty() ? "" : bytes(3, node_name)) + bytes(4, "Op") + attributes);
}

std::string external(const std::string& key, const std::string& value) {
    return bytes(13, bytes(1, key) + bytes(2, value));
}

/// Float32 of one element, in another file.
std::string elsewhere(const std::string& entries) {
    return number(1, 1) + number(2, 1) + number(14, 1) + entries;
}

Errc refusal(const std::string& message) {
    const auto result = onnx::read_tensor(as_bytes(message), 0);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

Errc refusal_of_model(const std::string& file, const Limits& limits = {}) {
    const auto result = onnx::read_model(as_bytes(file), limits);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

/// "cond/0/deep": the way to a tensor, numbers of nodes in brackets behind their names.
std::string way(const onnx::Model& model, std::uint32_t place) {
    std::string out;
    for (; place != 0; place = model.places[place].parent) {
        const onnx::Key& key = model.places[place].key;
        std::string step(key.name);
        if (key.number) step += "[" + std::to_string(*key.number) + "]";
        out = step + (out.empty() ? "" : "/") + out;
    }
    return out;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(onnx::Storage)

BOOST_AUTO_TEST_SUITE(onnx_tensor)

BOOST_AUTO_TEST_CASE(raw_data_stays_where_it_is) {
    const auto file = number(1, 2) + number(1, 3) + number(2, 11) + bytes(9, std::string(48, 'x'));
    const auto result = onnx::read_tensor(as_bytes(file), 0);
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->storage == onnx::Storage::raw);
    BOOST_TEST(result->type->name == "float64");
    BOOST_TEST(result->count == 6U);
    BOOST_TEST(result->size == 48U);
    BOOST_TEST(text(result->raw).data() == file.data() + file.size() - 48);
}

BOOST_AUTO_TEST_CASE(dimensions_packed_or_not) {
    const auto file = bytes(1, "\2\3"s) + number(1, 0) + number(2, 1);
    const auto result = onnx::read_tensor(as_bytes(file), 0);
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->shape == (std::vector<std::uint64_t>{2, 3, 0}),
               boost::test_tools::per_element());
    BOOST_TEST(result->storage == onnx::Storage::nothing);
}

BOOST_AUTO_TEST_CASE(small_elements_share_bytes) {
    struct Row {
        int type;
        std::size_t count;
        std::size_t size;
    };
    for (const Row& row : {Row{22, 3, 2}, Row{25, 5, 2}, Row{27, 3, 3}, Row{28, 4, 3}}) {
        BOOST_TEST_CONTEXT(row.type) {
            const auto head = number(1, row.count) + number(2, static_cast<unsigned>(row.type));
            const auto good = head + bytes(9, std::string(row.size, 'x'));
            BOOST_TEST(bool(onnx::read_tensor(as_bytes(good), 0)));
            BOOST_TEST(
                (refusal(head + bytes(9, std::string(row.size + 1, 'x'))) == Errc::size_mismatch));
        }
    }
}

BOOST_AUTO_TEST_CASE(typed_numbers_are_counted_and_read_again) {
    // int8 in int32_data: packed ones, one alone, packed ones.
    const auto file = number(1, 4) + number(2, 3) + bytes(5, "\1\2"s) +
                      number(5, static_cast<std::uint64_t>(-3)) + bytes(5, "\4"s);
    const auto result = onnx::read_tensor(as_bytes(file), 0);
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->storage == onnx::Storage::numbers);
    BOOST_TEST(result->raw.empty());
    onnx::Values values(*result);
    std::vector<std::uint64_t> found(3);
    BOOST_TEST(values.read(found).value() == 3U);
    const auto minus_three = static_cast<std::uint64_t>(-3);
    BOOST_TEST(found == (std::vector<std::uint64_t>{1, 2, minus_three}),
               boost::test_tools::per_element());
    BOOST_TEST(values.read(found).value() == 1U);
    BOOST_TEST(found[0] == 4U);
    BOOST_TEST(values.read(found).value() == 0U);
}

BOOST_AUTO_TEST_CASE(numbers_of_a_fixed_size_in_one_piece_are_raw_data) {
    const auto head = number(1, 2) + number(2, 1);
    const auto one_run = head + bytes(4, "aaaabbbb");
    const auto one = onnx::read_tensor(as_bytes(one_run), 0);
    BOOST_TEST_REQUIRE(bool(one));
    BOOST_TEST(text(one->raw) == "aaaabbbb");
    const auto two_runs = head + bytes(4, "aaaa") + bytes(4, "bbbb");
    const auto two = onnx::read_tensor(as_bytes(two_runs), 0);
    BOOST_TEST_REQUIRE(bool(two));
    BOOST_TEST(two->raw.empty());
    BOOST_TEST(two->numbers == 2U);
    // Two floats are one complex number.
    const auto complex = number(1, 1) + number(2, 14) + bytes(4, "aaaabbbb");
    BOOST_TEST(text(onnx::read_tensor(as_bytes(complex), 0).value().raw) == "aaaabbbb");
}

BOOST_AUTO_TEST_CASE(values_in_the_wrong_place_or_number) {
    BOOST_TEST((refusal(number(1, 2) + number(2, 1) + bytes(4, "aaaa")) == Errc::size_mismatch));
    BOOST_TEST((refusal(number(1, 1) + number(2, 1)) == Errc::size_mismatch));
    BOOST_TEST((refusal(number(1, 1) + number(2, 1) + bytes(5, "\1")) == Errc::bad_header));
    BOOST_TEST((refusal(tensor("w") + bytes(4, "aaaa")) == Errc::conflict));
    BOOST_TEST((refusal(tensor("w") + number(14, 1)) == Errc::conflict));
    BOOST_TEST((refusal(number(2, 1) + bytes(4, "aaaa") + bytes(5, "\1")) == Errc::conflict));
    BOOST_TEST((refusal(number(1, 1) + number(2, 8) + bytes(9, "x")) == Errc::bad_header));
    BOOST_TEST((refusal(number(1, 1) + number(2, 8)) == Errc::size_mismatch));
    BOOST_TEST((refusal(tensor("w") + bytes(9, "data")) == Errc::duplicate_key));
    BOOST_TEST((refusal(tensor("w") + number(2, 1)) == Errc::duplicate_key));
    BOOST_TEST((refusal(tensor("w") + bytes(3, number(1, 0))) == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(shapes_and_types_that_cannot_be) {
    const auto minus_one = static_cast<std::uint64_t>(-1);
    const std::uint64_t large = std::uint64_t{1} << 32;
    BOOST_TEST((refusal(number(2, 99)) == Errc::unknown_dtype));
    BOOST_TEST((refusal(number(2, 0)) == Errc::unknown_dtype));
    BOOST_TEST((refusal("") == Errc::unknown_dtype));
    BOOST_TEST((refusal(number(1, minus_one) + number(2, 1)) == Errc::negative_length));
    BOOST_TEST((refusal(number(1, large) + number(1, large) + number(2, 1)) == Errc::overflow));
    BOOST_TEST((refusal(number(1, large << 29) + number(2, 1)) == Errc::overflow));
    BOOST_TEST((refusal(bytes(1, std::string(65, '\1')) + number(2, 1)) == Errc::limit_rank));
    BOOST_TEST((refusal(tensor("\xff")) == Errc::bad_text));
    // With a dimension of zero, the others are harmless.
    const auto empty = number(1, large) + number(1, large) + number(1, 0) + number(2, 1);
    BOOST_TEST(onnx::read_tensor(as_bytes(empty), 0).value().count == 0U);
}

BOOST_AUTO_TEST_CASE(external_data) {
    const auto location = external("location", "w.bin");
    const auto good = elsewhere(location + external("offset", "64") + external("length", "4") +
                                external("checksum", "ab") + external("prepacked_0", "x"));
    const auto result = onnx::read_tensor(as_bytes(good), 0);
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->storage == onnx::Storage::external);
    BOOST_TEST(result->external.location == "w.bin");
    BOOST_TEST(good.substr(result->external.at, 5) == "w.bin");
    BOOST_TEST(result->external.offset == 64U);
    BOOST_TEST(result->external.has_checksum);
    BOOST_TEST((refusal(elsewhere("")) == Errc::missing_record));
    BOOST_TEST((refusal(elsewhere(location + location)) == Errc::duplicate_key));
    BOOST_TEST((refusal(elsewhere(location + external("length", "5"))) == Errc::size_mismatch));
    BOOST_TEST((refusal(elsewhere(location) + bytes(4, "aaaa")) == Errc::conflict));
    BOOST_TEST((refusal(number(14, 2) + number(2, 1)) == Errc::bad_header));
}

BOOST_AUTO_TEST_CASE(numbers_of_external_data_are_plain_decimal) {
    const auto with_offset = [](const std::string& offset) {
        return refusal(elsewhere(external("location", "w") + external("offset", offset)));
    };
    for (const std::string bad : {"", "1e9", "+4", " 4", "4 ", "04", "0x4", "4.0", "-"}) {
        BOOST_TEST((with_offset(bad) == Errc::bad_number), bad);
    }
    BOOST_TEST((with_offset("-4") == Errc::negative_length));
    BOOST_TEST((with_offset("18446744073709551616") == Errc::overflow));
}

BOOST_AUTO_TEST_CASE(strings) {
    const auto file = number(1, 2) + number(2, 8) + bytes(6, "one") + bytes(6, "\xff");
    const auto result = onnx::read_tensor(as_bytes(file), 0);
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->storage == onnx::Storage::strings);
    const auto all = onnx::strings_of(*result, 10);
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[1] == "\xff");
    BOOST_TEST(onnx::strings_of(*result, 1).size() == 1U);
}

BOOST_AUTO_TEST_CASE(sparse) {
    const auto values = bytes(1, tensor("s"));
    const auto index = [](const std::string& dims, const std::string& data) {
        return bytes(2, dims + number(2, 7) + bytes(9, data));
    };
    const auto read = [](const std::string& file) { return onnx::read_sparse(as_bytes(file), 0); };
    const auto dims = number(3, 2) + number(3, 3);
    const std::string one(8, '\0');
    BOOST_TEST(bool(read(values + index(number(1, 1), one) + dims)));
    BOOST_TEST(bool(read(values + index(number(1, 1) + number(1, 2), one + one) + dims)));
    const auto error = [&](const std::string& file) { return read(file).error().code; };
    BOOST_TEST((error(values + dims) == Errc::missing_record));
    BOOST_TEST((error(values + index(number(1, 2), one + one) + dims) == Errc::size_mismatch));
    BOOST_TEST((error(values + bytes(2, tensor("i")) + dims) == Errc::bad_header));
    BOOST_TEST((error(values + values) == Errc::duplicate_key));
}

BOOST_AUTO_TEST_CASE(a_bare_tensor_is_recognised_and_nothing_else) {
    BOOST_TEST(onnx::recognise_tensor(as_bytes(tensor("w"))));
    BOOST_TEST(!onnx::recognise_tensor(as_bytes(tensor("w", number(17, 1)))));
    BOOST_TEST(!onnx::recognise_tensor(as_bytes(tensor("w") + "x")));
    BOOST_TEST(!onnx::recognise_tensor(as_bytes(model(bytes(5, tensor("w"))))));
    BOOST_TEST(!onnx::recognise_tensor(as_bytes(number(2, 1) + number(1, 0))));
    BOOST_TEST(!onnx::recognise_tensor({}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(onnx_model)

BOOST_AUTO_TEST_CASE(tensors_everywhere) {
    const auto branch =
        node("inner", attribute("value", bytes(5, tensor("")))) + bytes(5, tensor("deep"));
    const auto sparse = bytes(1, tensor("s")) +
                        bytes(2, number(1, 1) + number(2, 7) + bytes(9, std::string(8, '\0'))) +
                        number(3, 5);
    const auto graph =
        node("", attribute("value", bytes(5, tensor("x")))) +
        node("cond", attribute("then", bytes(6, branch)) + attribute("all", bytes(11, branch))) +
        node("list", attribute("ts", bytes(10, tensor("")) + bytes(10, tensor(""))) +
                         attribute("s", bytes(22, sparse))) +
        bytes(5, tensor("w")) + bytes(15, sparse);
    const auto function =
        bytes(25, bytes(7, bytes(3, "n") + attribute("v", bytes(5, tensor("")))) + bytes(1, "F"));
    const auto training = bytes(20, bytes(2, bytes(5, tensor("t"))));
    const auto file = model(graph, function + training + training);
    const auto result = onnx::read_model(as_bytes(file), Limits{});
    BOOST_TEST_REQUIRE(bool(result));
    std::vector<std::string> ways;
    for (const auto& each : result->tensors) ways.push_back(way(*result, each.place));
    const std::vector<std::string> expected{"functions/F/n[0]/v",
                                            "training_info/[0]/algorithm/t",
                                            "training_info/[1]/algorithm/t",
                                            "[0]/value",
                                            "cond[1]/then/inner[0]/value",
                                            "cond[1]/then/deep",
                                            "cond[1]/all/[0]/inner[0]/value",
                                            "cond[1]/all/[0]/deep",
                                            "list[2]/ts/[0]",
                                            "list[2]/ts/[1]",
                                            "w"};
    BOOST_TEST(ways == expected, boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(result->sparse.size() == 2U);
    BOOST_TEST(way(*result, result->sparse[0].place) == "list[2]/s");
    BOOST_TEST(way(*result, result->sparse[1].place) == "s");
    BOOST_TEST(result->nodes == 6U);
    BOOST_TEST(result->functions == 1U);
}

BOOST_AUTO_TEST_CASE(what_the_model_says_of_itself) {
    const auto shape =
        bytes(2, bytes(1, bytes(2, "batch")) + bytes(1, number(1, 3)) + bytes(1, ""));
    const auto value = bytes(1, "x") + bytes(2, bytes(1, number(1, 1) + shape));
    const auto sequence = bytes(1, "y") + bytes(2, bytes(4, ""));
    const auto file = model(bytes(2, "main") + bytes(11, value) + bytes(12, sequence),
                            bytes(2, "me") + bytes(3, "2.0") + number(5, 7) + bytes(6, "doc") +
                                bytes(8, number(2, 20)) + bytes(8, bytes(1, "d") + number(2, 1)) +
                                bytes(14, bytes(1, "k") + bytes(2, "v")));
    const auto result = onnx::read_model(as_bytes(file), Limits{});
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->ir_version == 8);
    BOOST_TEST(result->producer_name == "me");
    BOOST_TEST(result->producer_version == "2.0");
    BOOST_TEST(result->model_version == 7);
    BOOST_TEST(result->doc == "doc");
    BOOST_TEST(result->graph_name == "main");
    BOOST_TEST_REQUIRE(result->opsets.size() == 2U);
    BOOST_TEST(result->opsets[0].version == 20);
    BOOST_TEST(result->opsets[1].domain == "d");
    BOOST_TEST_REQUIRE(result->properties.size() == 1U);
    BOOST_TEST(result->properties[0].value == "v");
    BOOST_TEST_REQUIRE(result->inputs.size() == 1U);
    const onnx::Value& input = result->inputs[0];
    BOOST_TEST(input.kind == "tensor");
    BOOST_TEST_REQUIRE(input.shape.size() == 3U);
    BOOST_TEST(input.shape[0].symbol == "batch");
    BOOST_TEST(input.shape[1].extent.value() == 3);
    BOOST_TEST((!input.shape[2].extent && input.shape[2].symbol.empty()));
    BOOST_TEST(result->outputs.at(0).kind == "sequence");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded) {
    const auto nested = [](int levels) {
        std::string graph = bytes(5, tensor("w"));
        for (int i = 0; i < levels; ++i) graph = node("n", attribute("g", bytes(6, graph)));
        return model(graph);
    };
    // The model, its graph, and three messages per level.
    BOOST_TEST(bool(onnx::read_model(as_bytes(nested(32)), Limits{})));
    BOOST_TEST((refusal_of_model(nested(33)) == Errc::limit_depth));
    BOOST_TEST((refusal_of_model(nested(3000)) == Errc::limit_depth));
}

BOOST_AUTO_TEST_CASE(counts_are_bounded) {
    const auto one = bytes(5, tensor("w"));
    BOOST_TEST(bool(onnx::read_model(as_bytes(model(one + one)), Limits{.members = 2})));
    BOOST_TEST((refusal_of_model(model(one + one), Limits{.members = 1}) == Errc::limit_members));
    const auto property = bytes(14, "");
    BOOST_TEST((refusal_of_model(model("", property + property), Limits{.members = 1}) ==
                Errc::limit_members));
}

BOOST_AUTO_TEST_CASE(two_of_what_there_is_one_of) {
    BOOST_TEST((refusal_of_model(model("") + bytes(7, "")) == Errc::duplicate_key));
    BOOST_TEST((refusal_of_model(model("") + number(1, 9)) == Errc::duplicate_key));
    BOOST_TEST((refusal_of_model(number(1, 8)) == Errc::missing_record));
    BOOST_TEST((refusal_of_model(model(bytes(5, tensor("")))) == Errc::bad_name));
}

BOOST_AUTO_TEST_CASE(recognised_by_a_version_and_a_graph) {
    const auto good = model(bytes(5, tensor("w")), bytes(2, "me"));
    BOOST_TEST(onnx::recognise(as_bytes(good)));
    // Cut off inside of the graph, which is most of the file.
    BOOST_TEST(onnx::recognise(as_bytes(good.substr(0, good.size() - 1))));
    BOOST_TEST(onnx::recognise(as_bytes(good.substr(0, 8))));
    BOOST_TEST(!onnx::recognise(as_bytes(good.substr(0, 5))));
    BOOST_TEST(!onnx::recognise(as_bytes(bytes(7, ""))));
    BOOST_TEST(!onnx::recognise(as_bytes(number(1, 0) + bytes(7, ""))));
    BOOST_TEST(!onnx::recognise(as_bytes(number(1, 8) + bytes(9, "") + bytes(7, ""))));
    BOOST_TEST(!onnx::recognise(as_bytes(number(1, 8) + number(7, 1))));
    BOOST_TEST(!onnx::recognise({}));
}

BOOST_AUTO_TEST_SUITE_END()
