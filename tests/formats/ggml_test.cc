#include "formats/ggml/ggml.h"

#include <boost/test/unit_test.hpp>

using namespace pratique;

namespace {

std::string number(std::int64_t value) {
    std::string out;
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}

std::string numbers(std::initializer_list<std::int64_t> values) {
    std::string out;
    for (const auto value : values) out += number(value);
    return out;
}

std::string word(const std::string& text, const std::string& score = "") {
    return number(static_cast<std::int64_t>(text.size())) + text + score;
}

std::string tensor(const std::string& name, std::initializer_list<std::int64_t> sizes,
                   const std::string& data, std::int64_t type = 0, std::size_t padding = 0) {
    return numbers({static_cast<std::int64_t>(sizes.size()), static_cast<std::int64_t>(name.size()),
                    type}) +
           numbers(sizes) + name + std::string(padding, '\0') + data;
}

const std::string kLlama = numbers({2, 8, 256, 1, 1, 8, 0});
const std::string kWords = word("a") + word("bc");
const std::string kFloats(32, 'f');

std::string described(const std::string& bytes) {
    const ggml::File file = ggml::read(as_bytes(bytes));
    if (file.error) return std::string(name(file.error->code));
    std::string out = std::string(file.layout) + " " + std::to_string(file.words);
    for (const ggml::Tensor& each : file.tensors) {
        out += " " + std::string(each.name) + ":" + std::to_string(each.bytes);
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ggml_)

BOOST_AUTO_TEST_CASE(each_magic) {
    const std::string scored = word("a", "1234") + word("bc", "5678");
    BOOST_TEST(described("lmgg" + kLlama + kWords + tensor("w", {8}, kFloats)) == "llama 2 w:32");
    BOOST_TEST(described("fmgg" + number(1) + kLlama + scored + tensor("w", {4, 2}, kFloats)) ==
               "llama 2 w:32");
    const std::string head = "tjgg" + number(3) + kLlama + scored;
    const std::size_t before = head.size() + 12 + 4 + 1;
    const std::string padded = head + tensor("w", {8}, kFloats, 0, (32 - before % 32) % 32);
    BOOST_TEST(described(padded) == "llama 2 w:32");
    BOOST_TEST(described("algg" + numbers({1, 8, 16}) + tensor("a", {8}, kFloats, 0, 31)) ==
               "lora 0 a:32");
    BOOST_TEST(described("GGUF") == "bad_magic");
    BOOST_TEST(described("fmgg" + number(2)) == "unsupported");
    BOOST_TEST(described("tjgg" + number(4)) == "unsupported");
}

BOOST_AUTO_TEST_CASE(the_layout_is_the_one_that_fits) {
    const std::string filters = numbers({2, 3}) + std::string(24, 'f');
    const std::string words = number(2) + kWords;
    const std::string end = tensor("w", {8}, kFloats);
    BOOST_TEST(described("lmgg" + numbers({3, 8, 8, 1, 1, 0}) + words + end) == "gpt-2 2 w:32");
    BOOST_TEST(described("lmgg" + numbers({2, 8, 8, 1, 1, 8, 0}) + words + end) == "gpt-j 2 w:32");
    BOOST_TEST(described("lmgg" + numbers({2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0}) + filters + words +
                         end) == "whisper 2 w:32");
    const auto parakeet = [&](std::int64_t transform) {
        return "lmgg" + numbers({2, 1, 1, 1, 1, 2, 0, transform, 1, 1, 1, 1, 1, 2, 1}) + filters +
               number(1) + "wind" + std::string(8, 'd') + words + end;
    };
    BOOST_TEST(described(parakeet(4)) == "parakeet 2 w:32");
    BOOST_TEST(described(parakeet(0)) != "parakeet 2 w:32");
}

BOOST_AUTO_TEST_CASE(blocks_before_and_after_their_scales_shrank) {
    const std::string head = "lmgg" + kLlama + kWords;
    BOOST_TEST(described(head + tensor("w", {64}, std::string(36, 'q'), 2)) == "llama 2 w:36");
    BOOST_TEST(described(head + tensor("w", {64}, std::string(40, 'q'), 2)) == "llama 2 w:40");
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    const std::string head = "fmgg" + number(1) + kLlama + word("a", "1234") + word("b", "1234");
    BOOST_TEST(described(head + tensor("w", {9}, kFloats)) == "truncated");
    BOOST_TEST(described(head + tensor("w", {8}, kFloats, 77)) == "unknown_dtype");
    BOOST_TEST(described(head + tensor("w", {8}, kFloats, 2)) == "size_mismatch");
    BOOST_TEST(described(head + tensor("", {8}, kFloats)) == "bad_name");
    BOOST_TEST(described(head + tensor("w", {1, 1, 1, 1, 8}, kFloats)) == "limit_rank");
    BOOST_TEST(described(head + tensor("w", {-8}, kFloats)) == "negative_length");
    BOOST_TEST(described(head + tensor("w", {1 << 30, 1 << 30, 1 << 30}, kFloats)) == "overflow");
    BOOST_TEST(described(head + tensor("w", {8}, kFloats) + tensor("w", {8}, kFloats)) ==
               "duplicate_key");
    BOOST_TEST(described("fmgg" + numbers({1, 1 << 30, 1, 1, 1, 1, 1, 1})) == "truncated");
}

BOOST_AUTO_TEST_CASE(truncation_at_every_byte) {
    const std::string whole = "lmgg" + kLlama + kWords + tensor("w", {8}, kFloats);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(ggml::read(as_bytes(whole.substr(0, size))).error.has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
