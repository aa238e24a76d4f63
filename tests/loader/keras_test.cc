#include "sandbox/loader/keras.h"

#include <zlib.h>

#include <boost/test/unit_test.hpp>

#include "hdf5_builder.h"
#include "part_loading.h"
#include "zip_builder.h"

using namespace pratique;
using namespace pratique::loader;
using test::Loading;
using test::ZipBuilder;

namespace {

std::string weights() {
    using namespace test::h5;
    File file;
    const std::uint64_t data = file.put("12345678");
    return file.with_root({hard_link("w", file.dataset(float32(), {2}, contiguous(data, 8)))});
}

/// Raw deflate, as zip members have it.
std::string deflated(const std::string& data) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    std::string out(data.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

struct Model {
    std::string config = R"({"module":"keras","class_name":"Sequential","config":{}})";
    std::string metadata = R"({"keras_version":"3.0.0","date_saved":"today"})";
    std::string name = "model.weights.h5";
    std::string h5 = weights();
    bool is_deflated = false;

    std::string build() const {
        ZipBuilder zip;
        zip.add("metadata.json", metadata);
        zip.add("config.json", config);
        auto& member = zip.add(name, h5);
        if (is_deflated) {
            member.data = deflated(h5);
            member.local.method = 8;
            member.local.packed = member.data.size();
            member.central = member.local;
        }
        return zip.build();
    }
};

struct Outcome {
    explicit Outcome(const Model& model)
        : file(model.build()), loading(test::load_bytes(as_bytes(file))) {}

    std::string data() const {
        const Tensor& tensor = loading.loaded.tensors.at(0);
        const auto all = test::elements(tensor, loading.source(tensor.source, as_bytes(file), {}));
        return std::string(text(all));
    }
    std::string error() const {
        if (!loading.failed) return "none";
        return loading.failed->place + ": " + std::string(name(loading.failed->error.code));
    }
    std::string text_of(std::string_view key) const {
        const auto value = loading.loaded.tree.find(loading.loaded.metadata.value(), key);
        return value ? std::string(loading.loaded.tree.characters(*value)) : "(none)";
    }

    std::string file;
    Loading loading;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(load_keras_)

BOOST_AUTO_TEST_CASE(stored_weights_stay_in_the_zip) {
    const Outcome out{Model{}};
    BOOST_TEST_REQUIRE(out.error() == "none");
    BOOST_TEST(out.loading.loaded.format == "keras");
    BOOST_TEST_REQUIRE(out.loading.loaded.tensors.size() == 1U);
    BOOST_TEST(out.loading.loaded.tensors[0].name() == "w");
    BOOST_TEST(out.loading.loaded.tensors[0].source == 0U);
    BOOST_TEST(out.data() == "12345678");
    BOOST_TEST(out.text_of("framework") == "keras");
    BOOST_TEST(out.text_of("framework_version") == "3.0.0");
    BOOST_TEST(out.text_of("date_saved") == "today");
    BOOST_TEST(out.text_of("class_name") == "Sequential");
    BOOST_TEST(out.text_of("model_config") == Model{}.config);
}

BOOST_AUTO_TEST_CASE(deflated_weights_are_copied) {
    const Outcome out{Model{.is_deflated = true}};
    BOOST_TEST_REQUIRE(out.error() == "none");
    BOOST_TEST(out.loading.loaded.tensors.at(0).source == kOutput);
    BOOST_TEST(out.data() == "12345678");
}

BOOST_AUTO_TEST_CASE(each_part_is_needed_and_named) {
    BOOST_TEST(Outcome{Model{.name = "other.h5"}}.error() == ": missing_record");
    BOOST_TEST(Outcome{Model{.name = "model.weights.npz"}}.error() == ": unsupported");
    BOOST_TEST(Outcome{Model{.h5 = "nothing"}}.error() == "model.weights.h5: bad_magic");
    BOOST_TEST(Outcome{Model{.config = "{"}}.error() == "config.json: bad_json");
    BOOST_TEST(Outcome{Model{.config = R"({"a":1,"a":2})"}}.error() ==
               "config.json: duplicate_key");
    BOOST_TEST(Outcome{Model{.metadata = "[]"}}.error() == "metadata.json: bad_json");
}

BOOST_AUTO_TEST_SUITE_END()
