// The public API, through the shared library and the public headers alone.
#include <fcntl.h>
#include <pratique/dlpack.h>
#include <pratique/pratique.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <numeric>
#include <sstream>
#include <thread>

#include "folder.h"

namespace {

using pratique::Model;
using pratique::Tensor;
using pratique::Value;
using pratique::test::Folder;
using namespace std::string_literals;

std::string number64(std::uint64_t number) {
    std::string out(8, '\0');
    std::memcpy(out.data(), &number, 8);
    return out;
}

std::string safetensors(const std::string& header, const std::string& data) {
    const std::size_t size = (header.size() + 7) / 8 * 8;
    std::ostringstream out;
    out << number64(size) << header << std::string(size - header.size(), ' ') << data;
    return out.str();
}

std::string floats(std::size_t count) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 1.0F);
    std::string out(count * 4, '\0');
    std::memcpy(out.data(), values.data(), out.size());
    return out;
}

std::string npy(const char* descr, const char* order, const char* shape, const std::string& data) {
    std::ostringstream header;
    header << "{'descr': '" << descr << "', 'fortran_order': " << order << ", 'shape': " << shape
           << ", }";
    // The whole front is of 128 bytes.
    while (header.tellp() < 117) header << ' ';
    header << '\n';
    return "\x93NUMPY\x01\x00\x76\x00"s + header.str() + data;
}

/// {"a": F32 [2, 3], "b": BF16 [2], at an odd address "c": F32 [1]}
std::string three() {
    return safetensors(R"({"__metadata__":{"k":"v"},)"
                       R"("a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                       R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[24,28]},)"
                       R"("d":{"dtype":"U8","shape":[1],"data_offsets":[28,29]},)"
                       R"("c":{"dtype":"F32","shape":[1],"data_offsets":[29,33]}})",
                       floats(6) + "\x80\x3f\x00\x40"s + "x" + floats(1));
}

Model loaded(const std::string& path, const pratique::Options& options = {}) {
    auto model = pratique::load(path, options);
    if (!model) BOOST_FAIL(model.error().message);
    return *std::move(model);
}

std::string text(std::span<const std::byte> bytes) {
    std::string out(bytes.size(), '\0');
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

// A pickle that calls os.system, and one of an object of a class that nobody knows.
const std::string kEvil = "\x80\x02"s + "cos\nsystem\n(X\x04\x00\x00\x00truetR."s;
const std::string kObject = "\x80\x02"s + "cacme\nThing\n)\x81}X\x01\x00\x00\x00nK\x07sb."s;

}  // namespace

BOOST_AUTO_TEST_SUITE(public_api)

BOOST_AUTO_TEST_CASE(a_file_becomes_tensors) {
    const Folder folder;
    const Model model = loaded(folder.write("m.safetensors", three()));
    BOOST_TEST(model.format() == "safetensors");
    BOOST_TEST(model.tensors().size() == 4U);
    BOOST_TEST((model.binding() == pratique::Binding::snapshot));
    BOOST_TEST((model.isolation() >= pratique::Tier::strong));
    BOOST_TEST(model.file_sha256() == "");
    const Tensor a = *model.find("a");
    BOOST_TEST(a.name() == "a");
    BOOST_TEST((a.dtype() == pratique::DType::float32));
    BOOST_TEST(a.dtype_name() == "float32");
    BOOST_TEST((a.shape()[0] == 2 && a.shape()[1] == 3 && a.strides().empty()));
    BOOST_TEST(a.count() == 6U);
    BOOST_TEST(a.nbytes() == 24U);
    BOOST_TEST(a.is_contiguous());
    BOOST_TEST(text(a.bytes()) == floats(6));
    BOOST_TEST(text(*a.copy()) == floats(6));
    BOOST_TEST(a.sha256()->size() == 64U);
    BOOST_TEST((model.find("b")->dtype() == pratique::DType::bfloat16));
    BOOST_TEST(!model.find("nobody").has_value());
    std::vector<std::byte> small(3);
    BOOST_TEST(a.copy_to(small).error().code == "size_mismatch");
}

BOOST_AUTO_TEST_CASE(strided_tensors_have_storage_and_copies) {
    const Folder folder;
    const Model model = loaded(folder.write("m.npy", npy("<f4", "True", "(2, 3)", floats(6))));
    const Tensor tensor = model.tensors()[0];
    BOOST_TEST(!tensor.is_contiguous());
    BOOST_TEST(tensor.bytes().empty());
    BOOST_TEST((tensor.strides()[0] == 1 && tensor.strides()[1] == 2));
    BOOST_TEST(text(tensor.storage()) == floats(6));
    std::vector<float> values(6);
    BOOST_TEST(bool(tensor.copy_to(std::as_writable_bytes(std::span(values)))));
    BOOST_TEST(values == (std::vector<float>{1, 3, 5, 2, 4, 6}));
}

BOOST_AUTO_TEST_CASE(a_descriptor_and_options_do_the_same) {
    const Folder folder;
    const std::string path = folder.write("m.safetensors", three());
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    BOOST_REQUIRE(fd >= 0);
    pratique::Options options;
    options.view = true;
    auto viewed = pratique::load(fd, options);
    BOOST_REQUIRE_MESSAGE(viewed, (viewed ? "" : viewed.error().message));
    BOOST_TEST((viewed->binding() != pratique::Binding::snapshot));
    BOOST_TEST(::fcntl(fd, F_GETFD) >= 0);
    ::close(fd);
    BOOST_TEST(text(viewed->find("a")->bytes()) == floats(6));
    options = {};
    options.hash = true;
    BOOST_TEST(loaded(path, options).file_sha256().size() == 64U);
}

BOOST_AUTO_TEST_CASE(errors_say_what_and_where) {
    const Folder folder;
    const auto error = [&](const std::string& content, const pratique::Options& options = {}) {
        auto model = pratique::load(folder.write("bad", content), options);
        if (model) BOOST_FAIL("loaded: " + pratique::escape(content));
        return model.error();
    };
    const auto broken = error(three().substr(0, 270));
    BOOST_TEST(!broken.code.empty());
    BOOST_TEST(broken.offset.has_value());
    BOOST_TEST(broken.refused);
    BOOST_TEST(broken.message.find("bad") != std::string::npos);
    const auto evil = error(kEvil);
    BOOST_TEST(evil.refused);
    BOOST_TEST(evil.code == "malicious");
    BOOST_TEST(evil.findings.size() == 1U);
    pratique::Options strict;
    strict.mode = pratique::Mode::strict;
    BOOST_TEST(error(kObject, strict).code == "unknown_callable");
    pratique::Options nowhere;
    nowhere.worker = "/nonexistent/worker";
    BOOST_TEST(!error(three(), nowhere).message.empty());
    BOOST_TEST(!pratique::load("/nonexistent/file").error().refused);
    BOOST_TEST(!pratique::load("/nonexistent/file").error().message.empty());
    BOOST_TEST(!pratique::load(-1).error().message.empty());
}

BOOST_AUTO_TEST_CASE(structure_is_inert_data) {
    const Folder folder;
    const Model model = loaded(folder.write("m.pkl", kObject));
    const Value root = *model.structure();
    BOOST_TEST((root.kind() == Value::Kind::object));
    BOOST_TEST((root[0].kind() == Value::Kind::global));
    BOOST_TEST(root[0].text() == "acme.Thing");
    std::optional<Value> state;
    for (std::size_t i = 1; i + 1 < root.size(); i += 2) {
        if (root[i].text() == "state") state = root[i + 1];
    }
    BOOST_REQUIRE(state.has_value());
    BOOST_TEST(state->find("n")->integer() == 7);
    BOOST_TEST(!state->find("m").has_value());
    const Model other = loaded(folder.write("m.safetensors", three()));
    BOOST_TEST(other.metadata()->find("metadata")->find("k")->text() == "v");
}

BOOST_AUTO_TEST_CASE(a_model_is_shared_by_its_copies_and_threads) {
    const Folder folder;
    const std::string path = folder.write("m.safetensors", three());
    std::optional<Model> copy;
    {
        const Model model = loaded(path);
        copy = model;
    }
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            const Model own = *copy;
            for (int j = 0; j < 100; ++j) {
                if (text(own.find("a")->bytes()) != floats(6)) std::abort();
            }
            const auto again = pratique::load(path);
            if (!again || again->tensors().size() != 4) std::abort();
        });
    }
}

BOOST_AUTO_TEST_CASE(dlpack_outlives_the_model) {
    const Folder folder;
    DLManagedTensor* shared = nullptr;
    DLManagedTensorVersioned* unaligned = nullptr;
    {
        const Model model = loaded(folder.write("m.safetensors", three()));
        shared = *pratique::to_dlpack(*model.find("b"));
        unaligned = *pratique::to_dlpack_versioned(*model.find("c"));
        BOOST_TEST(shared->dl_tensor.data ==
                   static_cast<const void*>(model.find("b")->bytes().data()));
        auto* own = *pratique::to_dlpack_versioned(*model.find("a"), true);
        BOOST_TEST(own->flags == DLPACK_FLAG_BITMASK_IS_COPIED);
        static_cast<float*>(own->dl_tensor.data)[5] = 0;
        own->deleter(own);
        auto* seen = *pratique::to_dlpack_versioned(*model.find("a"));
        BOOST_TEST((seen->dl_tensor.ndim == 2 && seen->dl_tensor.shape[1] == 3 &&
                    seen->dl_tensor.strides[0] == 3 && seen->dl_tensor.byte_offset == 0));
        seen->deleter(seen);
    }
    BOOST_TEST((shared->dl_tensor.dtype.code == kDLBfloat && shared->dl_tensor.dtype.bits == 16 &&
                shared->dl_tensor.dtype.lanes == 1));
    BOOST_TEST((shared->dl_tensor.device.device_type == kDLCPU));
    BOOST_TEST(static_cast<const unsigned char*>(shared->dl_tensor.data)[1] == 0x3f);
    shared->deleter(shared);
    BOOST_TEST(unaligned->version.major == 1U);
    BOOST_TEST(unaligned->flags == DLPACK_FLAG_BITMASK_IS_COPIED);
    BOOST_TEST(*static_cast<const float*>(unaligned->dl_tensor.data) == 1.0F);
    unaligned->deleter(unaligned);
}

BOOST_AUTO_TEST_CASE(dlpack_keeps_strides_and_says_what_it_lacks) {
    const Folder folder;
    const Model order = loaded(folder.write("m.npy", npy("<f4", "True", "(2, 3)", floats(6))));
    auto* tensor = *pratique::to_dlpack_versioned(order.tensors()[0]);
    BOOST_TEST(tensor->flags == DLPACK_FLAG_BITMASK_READ_ONLY);
    BOOST_TEST((tensor->dl_tensor.strides[0] == 1 && tensor->dl_tensor.strides[1] == 2));
    tensor->deleter(tensor);
    const Model texts = loaded(folder.write("s.npy", npy("|S4", "False", "(1,)", "abcd")));
    BOOST_TEST(pratique::to_dlpack(texts.tensors()[0]).error().code == "unsupported");
}

BOOST_AUTO_TEST_CASE(texts_can_be_made_safe) {
    BOOST_TEST(pratique::escape("a\x1b[31m\n") == "a\\x1b[31m\\n");
    BOOST_TEST(pratique::name(pratique::Tier::strong) == "strong");
    BOOST_TEST(pratique::name(pratique::Binding::weak) == "weak");
    BOOST_TEST(pratique::name(pratique::Layout::sparse_coo) == "sparse_coo");
    BOOST_TEST(!pratique::version().empty());
}

BOOST_AUTO_TEST_SUITE_END()
