// Tensors of torch's pickles: a view lies in its storage, is built as torch builds it, and the
// records beside it say what torch says.
#include "pickle_builder.h"
#include "scan_support.h"
#include "zip_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;
using namespace std::string_literals;

std::string storage(std::uint32_t numel, const std::string& cls = "FloatStorage") {
    return tuple(str("storage"), global("torch", cls), str("0"), str("cpu"), num(numel)) + "Q";
}

std::string number(std::int64_t n) { return "\x8a\x08" + le(static_cast<std::uint64_t>(n), 8); }

std::string numbers(const std::vector<std::int64_t>& all) {
    std::string out = "(";
    for (const std::int64_t n : all) out += number(n);
    return out + "t";
}

struct Tensor {
    std::string storage;
    std::int64_t offset = 0;
    std::vector<std::int64_t> size = {4};
    std::vector<std::int64_t> stride = {1};
};

std::string rebuilt(const Tensor& tensor, const std::string& more = "\x89]") {
    return global("torch._utils", "_rebuild_tensor_v2") + "(" + tensor.storage +
           number(tensor.offset) + numbers(tensor.size) + numbers(tensor.stride) + more + "tR";
}

std::string torch_zip(const std::string& pickle, const std::string& version = "3\n",
                      const std::string& byteorder = "little") {
    ZipBuilder zip;
    zip.add("a/data.pkl", pickled(pickle, 2));
    zip.add("a/version", version);
    zip.add("a/byteorder", byteorder);
    zip.add("a/data/0", std::string(16, '\1'));
    return zip.build();
}

std::string said_of(const Tensor& tensor, const std::string& more = "\x89]") {
    const FileReport report = test::scan(torch_zip(rebuilt(tensor, more)));
    return ids(report) + gaps(report);
}

BOOST_AUTO_TEST_SUITE(torch_views)

BOOST_AUTO_TEST_CASE(a_view_inside_its_storage_is_nothing_to_speak_of) {
    BOOST_TEST(said_of({storage(4)}).empty());
    BOOST_TEST(said_of({storage(4), 1, {3}, {1}}).empty());
    BOOST_TEST(said_of({storage(4), 0, {2, 2}, {2, 1}}).empty());
    BOOST_TEST(said_of({storage(4), 3, {1000}, {0}}).empty());
    BOOST_TEST(said_of({storage(4), 9, {0, 5}, {5, 1}}).empty());
    BOOST_TEST(said_of({storage(4), 0, {}, {}}).empty());
}

BOOST_AUTO_TEST_CASE(a_view_beyond_its_storage_is_a_finding) {
    const std::string beyond = "PRQ-TORCH-008";
    BOOST_TEST(said_of({storage(4), 1, {4}, {1}}) == beyond);
    BOOST_TEST(said_of({storage(4), 0, {5}, {1}}) == beyond);
    BOOST_TEST(said_of({storage(4), 0, {2, 2}, {3, 1}}) == beyond);
    BOOST_TEST(said_of({storage(4), -1, {1}, {1}}) == beyond);
    BOOST_TEST(said_of({storage(4), 0, {-4}, {1}}) == beyond);
    BOOST_TEST(said_of({storage(4), 0, {4}, {-1}}) == beyond);
    BOOST_TEST(said_of({storage(4), 0, {INT64_MAX, INT64_MAX}, {INT64_MAX, 1}}) == beyond);
}

BOOST_AUTO_TEST_CASE(a_storage_that_is_a_view_of_another_lies_in_it) {
    const auto part = [](std::int64_t begin, std::int64_t elements) {
        return tuple(str("storage"), global("torch", "FloatStorage"), str("0"), str("cpu"), num(4),
                     tuple(str("1"), number(begin), number(elements))) +
               "Q";
    };
    BOOST_TEST(said_of({part(1, 3), 0, {3}, {1}}).empty());
    BOOST_TEST(said_of({part(1, 3), 0, {4}, {1}}) == "PRQ-TORCH-008");
    BOOST_TEST(said_of({part(2, 3), 0, {1}, {1}}) == "PRQ-TORCH-008");
    BOOST_TEST(said_of({part(-1, 3), 0, {1}, {1}}) == "PRQ-TORCH-008");
}

BOOST_AUTO_TEST_CASE(arguments_that_torch_never_writes_are_a_finding) {
    const std::string odd = "PRQ-TORCH-009";
    BOOST_TEST(said_of({storage(4), 0, {2, 2}, {1}}) == odd);
    BOOST_TEST(said_of({storage(4)}, "") == odd);
    BOOST_TEST(said_of({storage(4)}, "NNNNN") == odd);
    const std::string text_size = global("torch._utils", "_rebuild_tensor") + "(" + storage(4) +
                                  number(0) + tuple(str("4")) + numbers({1}) + "tR";
    BOOST_TEST(ids(test::scan(torch_zip(text_size))) == odd);
}

BOOST_AUTO_TEST_CASE(a_few_bytes_for_gigabytes_are_a_bomb) {
    BOOST_TEST(said_of({storage(4), 0, {1LL << 20, 1LL << 20}, {0, 0}}) == "PRQ-TORCH-010");
}

BOOST_AUTO_TEST_CASE(one_key_is_one_storage) {
    const std::string two =
        "(" + rebuilt({storage(4)}) + rebuilt({storage(2, "DoubleStorage"), 0, {2}, {1}}) + "t";
    BOOST_TEST(ids(test::scan(torch_zip(two))) == "PRQ-TORCH-011");
    const std::string same = "(" + rebuilt({storage(4)}) + rebuilt({storage(4)}) + "t";
    BOOST_TEST(ids(test::scan(torch_zip(same))).empty());
}

BOOST_AUTO_TEST_CASE(records_say_what_torch_says) {
    const std::string good = rebuilt({storage(4)});
    for (const std::string& version : {"1"s, "3\n"s, "10\n"s}) {
        BOOST_TEST(ids(test::scan(torch_zip(good, version))).empty());
    }
    for (const std::string& version : {"99\n"s, "three"s, "0"s, ""s, "-1"s}) {
        BOOST_TEST(ids(test::scan(torch_zip(good, version))) == "PRQ-TORCH-012", version);
    }
    BOOST_TEST(ids(test::scan(torch_zip(good, "3", "big"))).empty());
    BOOST_TEST(ids(test::scan(torch_zip(good, "3", "middle"))) == "PRQ-TORCH-012");
}

BOOST_AUTO_TEST_CASE(containers_in_containers_by_the_thousand_are_a_bomb) {
    const std::string nested(20'000, '\x85');
    BOOST_TEST(ids(test::scan(pickled("N" + nested, 2))) == "PRQ-PICKLE-058");
    const std::string lists = std::string(20'000, ']') + std::string(19'999, 'a');
    BOOST_TEST(ids(test::scan(pickled(lists, 2))) == "PRQ-PICKLE-058");
    BOOST_TEST(ids(test::scan(pickled("N" + nested.substr(0, 500), 2))).empty());
}

BOOST_AUTO_TEST_CASE(a_word_list_hides_no_pickle) {
    const std::string words = "cal\ntimes\nchildren\nfebruary\ntrees\nRoman\n";
    BOOST_TEST(ids(test::scan("the\n" + words + "cat.social\nnet\n(tR\nother\n")).empty());
    const std::string evil = call(global("os", "system"), str("x"));
    BOOST_TEST(ids(test::scan("the words\n" + evil)).find("PRQ-PICKLE-001") != std::string::npos);
}

/// TorchScript that calls this, or lists it among the operators of its mobile form.
FileReport script(const std::string& call) {
    test::ZipBuilder zip;
    zip.add("a/data.pkl", pickled("}", 2));
    zip.add("a/constants.pkl", pickled(")", 2));
    zip.add("a/code/__torch__.py",
            "class M(Module):\n  def forward(self, x: Tensor) -> Tensor:\n"
            "    return " +
                call + "\n");
    return test::scan(zip.build());
}
FileReport mobile(const std::string& name) {
    test::ZipBuilder zip;
    zip.add("a/data.pkl", pickled("}", 2));
    zip.add("a/constants.pkl", pickled(")", 2));
    zip.add("a/bytecode.pkl",
            pickled("(K\x04(" + str("forward") + "((" + str(name) + str("") + "tttt", 2));
    return test::scan(zip.build());
}

BOOST_AUTO_TEST_CASE(operators_of_other_libraries) {
    for (const char* call : {"ops.image.read_file(\"x\")", "ops.image.write_file(\"x\", x)",
                             "ops.torchaudio.sox_io_load_audio_file(\"x\")",
                             "__torch__.torch.classes.torchaudio.ffmpeg_StreamReader(\"x\")"}) {
        BOOST_TEST(ids(script(call)) == "PRQ-TORCH-007", call);
    }
    BOOST_TEST(ids(script("ops.somebody.thing(x)")) == "PRQ-TORCH-013");
    BOOST_TEST(verdict_of(script("ops.somebody.thing(x)")) == "suspicious");
    for (const char* call : {"ops.torchvision.nms(x, x, 0.5)", "ops.image.decode_image(x)",
                             "ops.quantized.linear(x)", "torch.mul(x, 2)"}) {
        BOOST_TEST(verdict_of(script(call)) == "clean", call);
    }
    BOOST_TEST(ids(mobile("aten::from_file")) == "PRQ-TORCH-007");
    BOOST_TEST(ids(mobile("image::read_file")) == "PRQ-TORCH-007");
    BOOST_TEST(ids(mobile("somebody::thing")) == "PRQ-TORCH-013");
    BOOST_TEST(ids(mobile("aten::relu")).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
