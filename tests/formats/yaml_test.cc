// YAML read into a tree: what loaders would make of tags is kept, what would fill the memory is not
// made, and every text ends in a tree or in a named error.
#include "formats/yaml/yaml.h"

#include <boost/test/unit_test.hpp>

namespace pratique::yaml {
namespace {

const json::Value& only(const Stream& stream) {
    BOOST_REQUIRE(stream.documents.size() == 1);
    return stream.documents.front();
}

std::string text_at(const Stream& stream, std::string_view key) {
    const json::Value* value = only(stream).find(key);
    const auto* text = value == nullptr ? nullptr : value->as<std::string>();
    return text == nullptr ? "(no text)" : *text;
}

std::string error_of(const Stream& stream) {
    return stream.error ? std::string(name(stream.error->code)) : "";
}

BOOST_AUTO_TEST_SUITE(yaml)

BOOST_AUTO_TEST_CASE(plain_scalars_are_what_yaml_says) {
    const Stream stream = read("a: 12\nb: 1.5\nc: yes\nd: ~\ne: '12'\nf: os.system\n7: x\n");
    BOOST_TEST(error_of(stream) == "");
    const json::Value& root = only(stream);
    BOOST_REQUIRE(root.find("a")->as<std::int64_t>() != nullptr);
    BOOST_TEST(*root.find("a")->as<std::int64_t>() == 12);
    BOOST_TEST(*root.find("b")->as<double>() == 1.5);
    BOOST_TEST(*root.find("c")->as<bool>() == true);
    BOOST_TEST(root.find("d")->is_null());
    BOOST_TEST(text_at(stream, "e") == "12");
    BOOST_TEST(text_at(stream, "f") == "os.system");
    BOOST_TEST(text_at(stream, "7") == "x");
}

BOOST_AUTO_TEST_CASE(names_are_found_however_they_are_spelt) {
    BOOST_TEST(text_at(read("{\"_tar\\u0067et_\": \"os\\x2esystem\"}"), "_target_") == "os.system");
    BOOST_TEST(text_at(read("x: &x os.system\n_target_: *x\n"), "_target_") == "os.system");
    BOOST_TEST(text_at(read("x: &k _target_\n*k : os.system\n"), "_target_") == "os.system");
    BOOST_TEST(text_at(read("? _target_\n: >-\n  os.system\n"), "_target_") == "os.system");
    const Stream merged = read("a: &a {t: os.system}\nb: {<<: *a}\n");
    const json::Value* copy = only(merged).find("b")->find("<<");
    BOOST_REQUIRE(copy != nullptr);
    BOOST_TEST(*copy->find("t")->as<std::string>() == "os.system");
}

BOOST_AUTO_TEST_CASE(tags_are_resolved_and_kept) {
    for (const std::string_view text :
         {"ä: !!python/name:os.system ''",
          "%TAG !p! tag:yaml.org,2002:python/\n---\nä: !p!name:os.system ''",
          "ä: !<tag:yaml.org,2002:python/name:os%2esystem> ''"}) {
        const Stream stream = read(text);
        BOOST_REQUIRE(stream.tags.size() == 1);
        BOOST_TEST(stream.tags[0].name == "tag:yaml.org,2002:python/name:os.system");
        BOOST_TEST(stream.tags[0].offset == text.find(": !") + 2);
    }
    const Stream own = read("a: !new:torch.nn.Linear {}\nb: !ref <x>\n");
    BOOST_REQUIRE(own.tags.size() == 2);
    BOOST_TEST(own.tags[0].name == "!new:torch.nn.Linear");
    BOOST_TEST(own.tags[1].text == "<x>");
    BOOST_TEST(read("a: !!int 3\nb: ! x\nc: !!python/tuple [1]\nd: !!str 7\n").tags.empty());
}

BOOST_AUTO_TEST_CASE(documents_of_a_stream_are_kept_apart) {
    const Stream stream = read("a: 1\n---\nb: 2\n...\n---\n[3]\n");
    BOOST_TEST(stream.documents.size() == 3U);
    // An anchor is its document's own.
    BOOST_TEST(only(read("--- *nobody\n")).is_null());
}

BOOST_AUTO_TEST_CASE(aliases_do_not_fill_the_memory) {
    std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int level = 1; level < 9; ++level) {
        const std::string below = "*a" + std::to_string(level - 1);
        laughs += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below;
        for (int i = 1; i < 10; ++i) laughs += "," + below;
        laughs += "]\n";
    }
    const Stream stream = read(laughs);
    BOOST_TEST(error_of(stream) == "limit_nodes");
    BOOST_TEST(only(stream).find("a0") != nullptr);
    BOOST_TEST(error_of(read("&a [*a, *a]\n")) == "");
    std::string tower = "a0: &a0 [x]\n";
    for (int level = 1; level < 100; ++level) {
        const std::string name = std::to_string(level);
        tower += "a" + name + ": &a" + name + " [*a" + std::to_string(level - 1) + "]\n";
    }
    BOOST_TEST(error_of(read(tower)) == "limit_depth");
}

BOOST_AUTO_TEST_CASE(what_came_before_an_error_is_kept) {
    const Stream broken = read("_target_: os.system\nb: [1, {c: 2\n");
    BOOST_TEST(error_of(broken) == "bad_text");
    BOOST_TEST(!broken.problem.empty());
    BOOST_TEST(text_at(broken, "_target_") == "os.system");
    const Stream deep = read("a: x\nb: " + std::string(500, '[') + std::string(500, ']'));
    BOOST_TEST(error_of(deep) == "limit_depth");
    BOOST_TEST(text_at(deep, "a") == "x");
    const Stream twice = read("a: x\na: y\nb: z\n");
    BOOST_TEST(error_of(twice) == "duplicate_key");
    BOOST_TEST(twice.error->offset == 5U);
    BOOST_TEST(text_at(twice, "b") == "z");
    BOOST_TEST(error_of(read("a: \xff\n")) == "bad_text");
    BOOST_TEST(error_of(read(std::string(kLongest + 1, 'a'))) == "limit_bytes");
}

BOOST_AUTO_TEST_CASE(every_beginning_ends_somewhere) {
    const std::string text =
        "%TAG !p! tag:x,1:\n--- &a !p!b\nk: [1, {x: *a, 'y': \"z\\n\"}]\n? c\n: |\n  d\n...\n";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const Stream stream = read(text.substr(0, size));
        BOOST_TEST((stream.error.has_value() || stream.problem.empty()));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::yaml
