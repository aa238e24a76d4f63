// Loading with real workers: what the tensors are tied to, whatever happens to the files meanwhile
// and afterwards.
#include "api/load.h"

#include <sys/mman.h>

#include "api/worker_path.h"
#include "encoders.h"
#include "files.h"
#include "pickle_builder.h"
#include "safetensors_builder.h"

using namespace api_test;
using test::safetensors;
using test::safetensors_index;

namespace {

LoadOptions how(bool view = false) {
    LoadOptions out;
    out.sandbox.worker = worker_path();
    out.view = view;
    return out;
}

template <class From>
LoadedModel loaded(const From& from, const LoadOptions& options) {
    auto result = load(from, options);
    if (const auto* why = std::get_if<LoadFailure>(&result)) BOOST_FAIL(why->message);
    return std::move(std::get<LoadedModel>(result));
}

template <class From>
LoadFailure failed(const From& from, const LoadOptions& options) {
    auto result = load(from, options);
    BOOST_REQUIRE(std::holds_alternative<LoadFailure>(result));
    return std::move(std::get<LoadFailure>(result));
}

/// The failure of a view of what is written to all the time. A load that the writer slept through
/// is none: then once more.
template <class From>
LoadFailure failed_meanwhile(const From& from, const LoadOptions& options) {
    constexpr int kMostTries = 300;
    for (int i = 0; i < kMostTries; ++i) {
        auto result = load(from, options);
        if (auto* why = std::get_if<LoadFailure>(&result)) return std::move(*why);
    }
    BOOST_FAIL("no write was noticed");
    return {};
}

std::string bytes_of(const LoadedModel& model, std::string_view name) {
    for (const loader::Tensor& tensor : model.content().tensors) {
        if (tensor.name() != name) continue;
        const Bytes bytes =
            slice(model.source(tensor.source), tensor.offset, *tensor.logical_bytes());
        return std::string(text(bytes));
    }
    return "(none)";
}

/// An ONNX model whose one tensor "w", of bytes, lies in the file `location`.
std::string with_external_data(const std::string& location, std::uint64_t count) {
    const auto entry = [](const std::string& key, const std::string& value) {
        return test::bytes(13, test::bytes(1, key) + test::bytes(2, value));
    };
    const std::string tensor = test::number(1, count) + test::number(2, 2) + test::bytes(8, "w") +
                               test::number(14, 1) + entry("location", location);
    return test::number(1, 8) + test::bytes(7, test::bytes(5, tensor));
}

/// Overwrites the last byte again and again, with what it was.
std::function<void()> writer_of(const std::string& path) {
    return [path] {
        const Descriptor fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        char last = 0;
        const auto end = ::lseek(fd.get(), -1, SEEK_END);
        if (::pread(fd.get(), &last, 1, end) == 1) (void)!::pwrite(fd.get(), &last, 1, end);
    };
}

/// How many files of a folder this process has mapped.
std::size_t mapped_from(const std::string& folder) {
    std::ifstream maps("/proc/self/maps");
    std::size_t out = 0;
    for (std::string line; std::getline(maps, line);) {
        if (line.find(folder) != std::string::npos) ++out;
    }
    return out;
}

const std::string kChanged(meaning(GapReason::changed));

/// Two shards and their index.
struct Shards {
    Folder folder;
    std::string index = folder.write("model.safetensors.index.json",
                                     safetensors_index({{"a", "one"}, {"b", "two"}}));
    std::string one = folder.write("one", safetensors({{"a", "first"}}));
    std::string two = folder.write("two", safetensors({{"b", "second"}}));
};

}  // namespace

// Disabled where nobody asks for it: it takes a sandbox, see tests/CMakeLists.txt.
BOOST_AUTO_TEST_SUITE(loading, *boost::unit_test::disabled())

BOOST_AUTO_TEST_CASE(a_copy_keeps_the_bytes_of_a_file_that_changes_afterwards) {
    const Folder folder;
    const std::string data = noise(100'000);
    const std::string path = folder.write("m", safetensors({{"a", data}}));
    for (const std::uint64_t in_memory : {4 * kGiB, std::uint64_t{0}}) {
        folder.write("m", safetensors({{"a", data}}));
        LoadOptions options = how();
        options.snapshot.most_in_memory = in_memory;
        const LoadedModel model = loaded(path, options);
        BOOST_TEST((model.binding() == Binding::snapshot));
        folder.write("m", safetensors({{"a", std::string(100'000, 'x')}}));
        BOOST_TEST((bytes_of(model, "a") == data));
        std::filesystem::resize_file(path, 0);
        BOOST_TEST((bytes_of(model, "a") == data));
    }
}

BOOST_AUTO_TEST_CASE(a_view_is_the_live_file_and_says_so) {
    const Folder folder;
    const std::string path = folder.write("m", safetensors({{"a", "before"}}));
    const LoadedModel model = loaded(path, how(true));
    BOOST_TEST((model.binding() != Binding::snapshot));
    BOOST_TEST(bytes_of(model, "a") == "before");
    if (model.binding() != Binding::weak) return;  // held by fs-verity
    folder.write("m", safetensors({{"a", "behind"}}));
    BOOST_TEST(bytes_of(model, "a") == "behind");
}

BOOST_AUTO_TEST_CASE(a_view_of_a_file_that_changes_meanwhile_fails) {
    const Folder folder;
    const std::string path = folder.write("m", safetensors({{"a", noise(100'000)}}));
    for (const loader::Mode mode : {loader::Mode::tensors, loader::Mode::inert}) {
        LoadOptions options = how(true);
        options.loader.mode = mode;
        const Meanwhile writer(writer_of(path));
        const Descriptor fd = open_at(path);
        for (const LoadFailure& why :
             {failed_meanwhile(path, options), failed_meanwhile(fd.get(), options)}) {
            BOOST_TEST(why.message == kChanged);
            BOOST_TEST(!why.refused);
            BOOST_TEST(!why.error.has_value());
        }
    }
    loaded(path, how(true));
}

BOOST_AUTO_TEST_CASE(descriptors_that_can_write_are_used_as_they_are_found) {
    const Folder folder;
    const std::string path = folder.write("m", safetensors({{"a", "bytes"}}));
    for (const bool view : {true, false}) {
        const Descriptor fd = open_at(path, O_RDWR);
        BOOST_REQUIRE(::lseek(fd.get(), 3, SEEK_SET) == 3);
        const LoadedModel model = loaded(fd.get(), how(view));
        BOOST_TEST(bytes_of(model, "a") == "bytes");
        // It is the caller's still, where it stood.
        BOOST_TEST(::lseek(fd.get(), 0, SEEK_CUR) == 3);
        BOOST_TEST((::fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDWR);
        const std::size_t size = std::filesystem::file_size(path);
        BOOST_TEST(::pwrite(fd.get(), "BYTES", 5, static_cast<off_t>(size - 5)) == 5);
        BOOST_TEST(bytes_of(model, "a") == (view ? "BYTES" : "bytes"));
        folder.write("m", safetensors({{"a", "bytes"}}));
    }
    // What maps the file cannot be made writable either.
    const Descriptor fd = open_at(path, O_RDWR);
    const LoadedModel model = loaded(fd.get(), how(true));
    const Bytes source = model.source(0);
    BOOST_TEST(::mprotect(const_cast<std::byte*>(source.data()), source.size(),
                          PROT_READ | PROT_WRITE) == -1);
    BOOST_TEST(!failed(open_at(folder.path()).get(), how()).refused);
    BOOST_TEST(!failed(open_at(path, O_PATH).get(), how()).refused);
}

BOOST_AUTO_TEST_CASE(companions_are_copied_too) {
    const Folder folder;
    const std::string path = folder.write("m.onnx", with_external_data("w.bin", 5));
    for (const std::uint64_t in_memory : {4 * kGiB, std::uint64_t{0}}) {
        folder.write("w.bin", "bytes");
        LoadOptions options = how();
        options.snapshot.most_in_memory = in_memory;
        const LoadedModel model = loaded(path, options);
        BOOST_TEST((model.binding() == Binding::snapshot));
        folder.write("w.bin", "other");
        BOOST_TEST(bytes_of(model, "w") == "bytes");
    }
    const LoadedModel view = loaded(path, how(true));
    BOOST_TEST((view.binding() != Binding::snapshot));
    BOOST_TEST(bytes_of(view, "w") == "other");
}

BOOST_AUTO_TEST_CASE(a_companion_that_changes_meanwhile_is_named) {
    const Folder folder;
    const std::string path = folder.write("m.onnx", with_external_data("w.bin", 50'000));
    const std::string data = folder.write("w.bin", noise(50'000));
    {
        const Meanwhile writer(writer_of(data));
        const LoadFailure why = failed_meanwhile(path, how(true));
        BOOST_TEST(why.message == kChanged);
        BOOST_TEST(why.path == data);
        BOOST_TEST(!why.refused);
    }
    // Too short, a link out of the folder, or not there at all.
    folder.write("w.bin", "short");
    BOOST_TEST(failed(path, how(true)).refused);
    const Folder outside;
    std::filesystem::remove(data);
    std::filesystem::create_symlink(outside.write("w.bin", noise(50'000)), data);
    BOOST_TEST(failed(path, how()).path == data);
    std::filesystem::remove(data);
    BOOST_TEST(failed(path, how()).path == data);
    BOOST_TEST(failed(open_at(path).get(), how()).path == "w.bin");
}

BOOST_AUTO_TEST_CASE(shards_are_tied_as_one_file_is) {
    const Shards shards;
    const LoadedModel model = loaded(shards.index, how());
    BOOST_TEST((model.binding() == Binding::snapshot));
    shards.folder.write("two", safetensors({{"b", "after!"}}));
    BOOST_TEST(bytes_of(model, "a") == "first");
    BOOST_TEST(bytes_of(model, "b") == "second");
    BOOST_TEST((loaded(shards.index, how(true)).binding() != Binding::snapshot));
    for (const std::string& shard : {shards.one, shards.two}) {
        const Meanwhile writer(writer_of(shard));
        const LoadFailure why = failed_meanwhile(shards.index, how(true));
        BOOST_TEST(why.message == kChanged);
        BOOST_TEST(why.path == shard);
    }
    // Another shard than the index was written for.
    shards.folder.write("two", safetensors({{"c", "second"}}));
    const LoadFailure why = failed(shards.index, how());
    BOOST_TEST(why.path == shards.two);
    BOOST_TEST(why.refused);
    BOOST_TEST((why.error && why.error->code == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(shards_are_scanned_beside_the_modules_of_their_folder) {
    const Folder folder;
    const std::string index =
        folder.write("model.safetensors.index.json", safetensors_index({{"w", "one"}}));
    folder.write("one", safetensors({{"w", "x"}}));
    BOOST_TEST(bytes_of(loaded(index, how()), "w") == "x");
    folder.write("one", "\x80\x02" + test::make(test::global("helper", "Thing")) + ".");
    BOOST_TEST(failed(index, how()).findings.empty());
    folder.write("helper.py", "");
    const LoadFailure why = failed(index, how());
    BOOST_TEST(why.refused);
    BOOST_TEST(!why.findings.empty());
}

BOOST_AUTO_TEST_CASE(shards_together_keep_to_the_limits_of_one_file) {
    const Shards shards;
    shards.folder.write("one", encode::gzip(safetensors({{"a", std::string(100'000, '0')}})));
    shards.folder.write("two", encode::gzip(safetensors({{"b", std::string(100'000, '0')}})));
    LoadOptions options = how();
    options.loader.logical_bytes = 200'000;
    BOOST_TEST(bytes_of(loaded(shards.index, options), "b").size() == 100'000U);
    options.loader.logical_bytes = 199'999;
    const LoadFailure why = failed(shards.index, options);
    BOOST_TEST(why.path == shards.two);
    BOOST_TEST((why.error && why.error->code == Errc::limit_logical));
    BOOST_TEST(why.refused);
}

BOOST_AUTO_TEST_CASE(memory_for_copies_is_that_of_all_files) {
    const Shards shards;
    const Folder disk;
    LoadOptions options = how();
    options.snapshot.folder = disk.path();
    const auto on_disk = [&] {
        const LoadedModel model = loaded(shards.index, options);
        BOOST_TEST(bytes_of(model, "b") == "second");
        return mapped_from(disk.path());
    };
    const std::uint64_t all = std::filesystem::file_size(shards.index) +
                              std::filesystem::file_size(shards.one) +
                              std::filesystem::file_size(shards.two);
    options.snapshot.most_in_memory = all;
    BOOST_TEST(on_disk() == 0U);
    options.snapshot.most_in_memory = all - 1;
    BOOST_TEST(on_disk() == 1U);
    options.snapshot.most_in_memory = 0;
    BOOST_TEST(on_disk() == 3U);
    const std::string path = shards.folder.write("m.onnx", with_external_data("w.bin", 5));
    shards.folder.write("w.bin", "bytes");
    options.snapshot.most_in_memory = std::filesystem::file_size(path) + 4;
    const LoadedModel model = loaded(path, options);
    BOOST_TEST(bytes_of(model, "w") == "bytes");
    BOOST_TEST(mapped_from(disk.path()) == 1U);
}

BOOST_AUTO_TEST_CASE(a_digest_is_had_of_a_view_too) {
    const Shards shards;
    for (const bool view : {true, false}) {
        LoadOptions options = how(view);
        BOOST_TEST(loaded(shards.one, options).sha256().empty());
        options.snapshot.digest = true;
        BOOST_TEST(loaded(shards.one, options).sha256() ==
                   sha256(content(open_at(shards.one).get())));
    }
}

BOOST_AUTO_TEST_SUITE_END()
