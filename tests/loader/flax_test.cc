#include <boost/test/unit_test.hpp>

#include "encoders.h"
#include "loading.h"
#include "msgpack_builder.h"

using namespace pratique;
using namespace pratique::loader;
using namespace std::string_literals;
using test::array;
using test::bin;
using test::extension;
using test::Loading;
using test::map;
using test::ndarray;
using test::str;

namespace {

Options named() {
    Options options;
    options.name = "tree.msgpack";
    return options;
}

Loading load(const std::string& file) { return test::load_bytes(as_bytes(file), named()); }

Errc refusal(const std::string& file) {
    const Loading loading = load(file);
    BOOST_TEST_REQUIRE(loading.failed.has_value());
    return loading.failed->error.code;
}

std::string leaf(const std::vector<std::string>& shape, const std::string& type,
                 const std::string& elements) {
    return extension('\1', ndarray(shape, type, elements));
}

/// The bytes of the only tensor in a tree that has no other; or the error.
std::string single(const std::string& value) {
    const auto file = map({str("w"), value});
    const Loading loading = load(file);
    if (loading.failed) return std::string(name(loading.failed->error.code));
    const Tensor& tensor = loading.loaded.tensors.at(0);
    const auto all = test::elements(tensor, loading.source(tensor.source, as_bytes(file), {}));
    return std::string(text(Bytes(all)));
}

std::string chunked(const std::string& shape, const std::string& chunks) {
    return map(
        {str("__msgpack_chunked_array__"), "\xc3", str("shape"), shape, str("chunks"), chunks});
}

/// The tree below `id`, in one line.
std::string print(const Tree& tree, TreeId id) {
    const Tree::Node& node = tree[id];
    std::string out(name(node.kind));
    if (node.kind == TreeKind::integer) out += " " + std::to_string(tree.integer_of(id));
    if (node.kind == TreeKind::tensor) out += " " + std::to_string(node.number);
    if (node.kind == TreeKind::text || node.kind == TreeKind::big_integer ||
        node.kind == TreeKind::opaque || node.kind == TreeKind::global) {
        return "'" + std::string(tree.characters(id)) + "'";
    }
    if (tree.children(id).empty()) return out;
    out += "(";
    for (const TreeId child : tree.children(id)) out += print(tree, child) + " ";
    out.back() = ')';
    return out;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(load_flax_)

BOOST_AUTO_TEST_CASE(arrays_are_used_in_place_and_named_by_their_way) {
    const auto kernel = leaf({"\1", "\2"}, "float32", "12345678");
    const auto scalar = extension('\3', ndarray({}, "int8", "\7"));
    const auto file = map({str("params"), map({str("kernel"), kernel}), str("list"),
                           array({scalar}), str("step"), "\5"});
    const Loading loading = load(file);
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.format == "flax");
    BOOST_TEST_REQUIRE(loading.loaded.tensors.size() == 2U);
    const Tensor& first = loading.loaded.tensors[0];
    BOOST_TEST(first.name() == "params.kernel");
    BOOST_TEST(first.source == 0U);
    BOOST_TEST(file.substr(first.offset, 8) == "12345678");
    BOOST_TEST(!first.scalar);
    const Tensor& second = loading.loaded.tensors[1];
    BOOST_TEST(second.name() == "list.0");
    BOOST_TEST(second.path[1].is_number);
    BOOST_TEST(second.scalar);
    BOOST_TEST(print(loading.loaded.tree, *loading.loaded.structure) ==
               "dict('params' dict('kernel' tensor 0) 'list' list(tensor 1) 'step' integer 5)");
}

BOOST_AUTO_TEST_CASE(plain_values) {
    const auto one = "\xcb\x3f\xf0\0\0\0\0\0\0"s;
    const auto file =
        map({str("n"), "\xc0", str("b"), "\xc3", str("big"), "\xcf"s + std::string(8, '\xff'),
             str("x"), bin("raw"), str("ext"), extension('\5', "??"), str("c"),
             extension('\2', array({one, one})), str("e"), map({})});
    const Loading loading = load(file);
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(print(loading.loaded.tree, *loading.loaded.structure) ==
               "dict('n' none 'b' boolean 'big' '0xffffffffffffffff' 'x' bytes 'ext' "
               "'MessagePack extension 5 of 2 bytes' 'c' object('builtins.complex' 'args' "
               "tuple(real real)) 'e' dict)");
    Options options = named();
    options.mode = Mode::tensors;
    const Loading bare = test::load_bytes(as_bytes(file), options);
    BOOST_TEST(!bare.failed.has_value());
    BOOST_TEST(!bare.loaded.structure.has_value());
}

BOOST_AUTO_TEST_CASE(a_tree_that_is_one_array) {
    const Loading loading = load(leaf({"\2"}, "uint8", "ab"));
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.tensors.at(0).path.empty());
}

BOOST_AUTO_TEST_CASE(a_tree_that_is_a_list) {
    const Loading loading = load(array({leaf({"\2"}, "uint8", "ab"), "\5"}));
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST_REQUIRE(loading.loaded.tensors.size() == 1U);
    BOOST_TEST(loading.loaded.tensors[0].name() == "0");
    BOOST_TEST(print(loading.loaded.tree, *loading.loaded.structure) == "list(tensor 0 integer 5)");
}

BOOST_AUTO_TEST_CASE(narrow_types_are_packed) {
    BOOST_TEST(single(leaf({"\3"}, "int4", "\x01\xfe\x0f")) == "\xe1\x0f");
    BOOST_TEST(single(leaf({"\2"}, "uint4", "\x01\x0f")) == "\xf1");
    BOOST_TEST(single(leaf({"\5"}, "int2", "\1\xff\2\0\1"s)) == "\x2d\x01"s);
    BOOST_TEST(single(leaf({"\4"}, "float6_e2m3fn", "\x01\x02\x03\x3f")) == "\x81\x30\xfc");
    BOOST_TEST(single(leaf({"\1"}, "float4_e2m1fn", "\x0a")) == "\x0a");
    // What is no such number.
    BOOST_TEST(single(leaf({"\1"}, "int4", "\x10")) == "bad_number");
    BOOST_TEST(single(leaf({"\1"}, "int4", "\xf7")) == "bad_number");
    BOOST_TEST(single(leaf({"\1"}, "uint4", "\xff")) == "bad_number");
    BOOST_TEST(single(leaf({"\1"}, "float6_e3m2fn", "\x40")) == "bad_number");
}

BOOST_AUTO_TEST_CASE(types) {
    BOOST_TEST(single(leaf({"\1"}, "bfloat16", "ab")) == "ab");
    BOOST_TEST(single(leaf({"\1"}, "float8_e4m3b11fnuz", "a")) == "a");
    for (const char* bad : {"object", "float128", "str96", "qint8", "complex32", "bits8", "<f4",
                            "float4_e2m1fn_x2", ""}) {
        BOOST_TEST(single(leaf({"\1"}, bad, "a")) == "unknown_dtype", bad);
    }
}

BOOST_AUTO_TEST_CASE(sizes) {
    BOOST_TEST(single(leaf({"\4"}, "float32", "12345678")) == "size_mismatch");
    BOOST_TEST(single(leaf({"\1"}, "int8", "ab")) == "size_mismatch");
    BOOST_TEST(single(leaf({"\0"s, "\5"}, "int8", "")) == "");
    const auto large = "\xcf\x40\0\0\0\0\0\0\0"s;
    BOOST_TEST(single(leaf({large, large}, "int8", "")) == "overflow");
    BOOST_TEST(single(leaf({large}, "float64", "")) == "overflow");
}

BOOST_AUTO_TEST_CASE(pieces_become_one) {
    const auto piece = [](const std::string& length, const std::string& data) {
        return leaf({length}, "int8", data);
    };
    const auto shape = map({str("0"), "\2", str("1"), "\2"});
    BOOST_TEST(single(chunked(shape, map({str("1"), piece("\1", "d"), str("0"),
                                          piece("\3", "abc")}))) == "abcd");
    BOOST_TEST(single(chunked(shape, map({str("0"), piece("\4", "abcd")}))) == "abcd");
    BOOST_TEST(single(chunked(shape, map({str("0"), piece("\3", "abc")}))) == "size_mismatch");
    BOOST_TEST(single(chunked(shape, map({str("0"), piece("\4", "abc")}))) == "size_mismatch");
    BOOST_TEST(single(chunked(map({}), map({str("0"), piece("\1", "a")}))) == "a");
    BOOST_TEST(single(chunked(map({str("0"), "\1"}),
                              map({str("0"), leaf({"\1"}, "int4", "\1")}))) == "unsupported");
}

BOOST_AUTO_TEST_CASE(a_tree_compressed_as_a_whole) {
    const auto file = encode::gzip(map({str("w"), leaf({"\2"}, "int8", "ab")}));
    const Loading loading = load(file);
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.format == "gzip+flax");
    const Tensor& tensor = loading.loaded.tensors.at(0);
    BOOST_TEST(tensor.source == kOutput);
    const auto all = test::elements(tensor, loading.output->bytes());
    BOOST_TEST(text(Bytes(all)) == "ab");
}

BOOST_AUTO_TEST_CASE(keys) {
    const auto a = leaf({}, "int8", "x");
    BOOST_TEST((refusal(map({str("a"), a, str("a"), a})) == Errc::duplicate_key));
    BOOST_TEST((refusal(map({str("t"), map({str("a"), a, str("b"), a, str("a"), a})})) ==
                Errc::duplicate_key));
    BOOST_TEST((refusal(map({"\1", a})) == Errc::bad_header));
}

BOOST_AUTO_TEST_CASE(damage_is_named) {
    const auto whole = map({str("w"), leaf({"\2"}, "int8", "ab")});
    for (std::size_t i = 1; i < whole.size(); ++i) {
        BOOST_TEST((refusal(whole.substr(0, i)) == Errc::truncated), i);
    }
    BOOST_TEST((refusal(whole + "x") == Errc::trailing_bytes));
}

BOOST_AUTO_TEST_CASE(deep_trees_and_long_names) {
    std::string tree = leaf({}, "int8", "x");
    for (int i = 0; i < 400; ++i) tree = map({str("k"), tree});
    const Loading loading = load(tree);
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.tensors.at(0).path.size() == 400U);
    // Names that are long and shared.
    const std::vector<std::string> many(2000, leaf({}, "int8", "x"));
    const auto wide = map({str(std::string(60'000, 'n')), array(many)});
    BOOST_TEST((refusal(wide) == Errc::limit_memory));
    // Keys without a character, and many of them.
    std::string deep = array(std::vector<std::string>(10'000, leaf({}, "int8", "x")));
    for (int i = 0; i < 400; ++i) deep = map({str(""), deep});
    BOOST_TEST((refusal(deep) == Errc::limit_memory));
}

BOOST_AUTO_TEST_SUITE_END()
