// The shared fixtures: every file gives exactly the tensors that its expectation lists, or is
// refused with an error that fits. Skipped where the data is not there.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/digest.h"
#include "base/json.h"
#include "loading.h"

using namespace pratique;
using loader::Tensor;

namespace {

/// Which of our errors fits an error that the manifest suggests.
const std::map<std::string, std::set<std::string>> kFitting = {
    {"bad_arguments", {"bad_arguments"}},
    {"bad_bool", {"bad_number"}},
    {"bad_byteorder", {"bad_header"}},
    {"bad_header", {"bad_header"}},
    {"bad_integer", {"bad_number"}},
    {"bad_magic", {"bad_magic", "no_tensors"}},
    {"bad_offset",
     {"bad_offset", "size_mismatch", "out_of_bounds", "overlap", "conflict", "bad_header"}},
    {"bad_persistent_id", {"bad_persistent_id"}},
    {"bad_type", {"bad_header", "wrong_type", "unsupported"}},
    {"bad_utf8", {"bad_text"}},
    {"bad_version", {"bad_number"}},
    {"count_limit", {"truncated", "limit_members", "overflow"}},
    {"depth_limit", {"limit_depth"}},
    {"duplicate_key", {"duplicate_key"}},
    {"duplicate_name", {"duplicate_key"}},
    {"git_lfs_pointer", {"pointer"}},
    {"HeaderTooSmall", {"truncated"}},
    {"InvalidHeaderDeserialization",
     {"bad_json", "bad_header", "bad_number", "unknown_dtype", "negative_length", "overflow",
      "missing_record", "trailing_bytes"}},
    {"InvalidHeaderLength", {"truncated", "out_of_bounds"}},
    {"InvalidOffset",
     {"bad_offset", "out_of_bounds", "overlap", "conflict", "bad_header", "size_mismatch"}},
    {"materialize_limit", {"limit_logical"}},
    {"missing_record", {"missing_record"}},
    {"negative_offset", {"negative_length"}},
    {"negative_size", {"negative_length"}},
    {"no_mark", {"mark_missing"}},
    {"overflow", {"overflow", "truncated"}},
    {"path_escape", {"bad_name"}},
    {"rank_limit", {"limit_rank"}},
    {"rank_mismatch", {"rank_mismatch"}},
    {"size_limit", {"bad_number", "limit_bytes", "size_mismatch", "truncated", "bad_compression"}},
    {"size_mismatch", {"size_mismatch"}},
    {"storage_conflict", {"conflict"}},
    {"storage_size_mismatch", {"size_mismatch"}},
    {"TensorInvalidInfo", {"size_mismatch"}},
    {"trailing_data", {"trailing_bytes"}},
    {"truncated", {"truncated"}},
    {"unknown_dtype", {"unknown_dtype", "bad_header"}},
    {"unsupported_format", {"unsupported"}},
    {"unsupported_opcode", {"unsupported"}},
    {"unsupported_version", {"unsupported"}},
    {"ValidationOverflow", {"overflow"}},
    {"view_out_of_bounds", {"view_out_of_bounds"}},
    {"zip_crc", {"bad_checksum"}},
    {"zip_duplicate", {"duplicate_key"}},
    {"zip_encrypted", {"encrypted"}},
    {"zip_method", {"unsupported"}},
    {"zip_no_eocd", {"truncated"}},
};

std::filesystem::path fixtures() {
    const char* data = std::getenv("PRATIQUE_TEST_DATA");
    return std::filesystem::path(data != nullptr ? data : PRATIQUE_TEST_DATA_DEFAULT) / "fixtures";
}

std::string contents(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string number_text(const json::Value& value) {
    const auto* number = value.as<std::int64_t>();
    return number != nullptr ? std::to_string(*number) : "?";
}

std::string text_or(const json::Value* value, const std::string& otherwise) {
    const auto* text = value == nullptr ? nullptr : value->as<std::string>();
    return text != nullptr ? *text : otherwise;
}

/// name dtype [shape] sha256, with the components behind it: what is compared.
std::string line(const json::Value& tensor) {
    std::string out =
        "'" + text_or(tensor.find("name"), "?") + "' " + text_or(tensor.find("dtype"), "?") + " [";
    for (const json::Value& extent : *tensor.find("shape")->as<json::Array>()) {
        out += number_text(extent) + " ";
    }
    out += "] " + text_or(tensor.find("sha256"), "-");
    if (const auto* parts = tensor.find("components")) {
        for (const json::Value& part : *parts->as<json::Array>()) out += " { " + line(part) + " }";
    }
    return out;
}

struct File {
    std::string name;
    std::string bytes;
    std::vector<std::string> companion_bytes;
    std::vector<loader::Companion> companions;

    explicit File(const std::string& file_name) : name(file_name) {
        bytes = contents(fixtures() / "files" / name);
    }
};

std::string line(const Tensor& tensor, const test::Loading& loading, const File& file) {
    // The h5py marks that NumPy prints into a record's type are no part of it.
    std::string out = "'" + tensor.name() + "' " + std::string(tensor.dtype.name()) + " [";
    for (const std::uint64_t extent : tensor.shape) out += std::to_string(extent) + " ";
    out += "] ";
    if (tensor.has_data()) {
        const Bytes source = loading.source(tensor.source, as_bytes(file.bytes), file.companions);
        const auto all = test::elements(tensor, source);
        out += sha256_hex(all);
    } else {
        out += "-";
        if (tensor.layout != loader::Layout::object) {
            for (const Tensor& part : tensor.components) {
                out += " { " + line(part, loading, file) + " }";
            }
        }
    }
    return out;
}

test::Loading load(File& file) {
    loader::Options options;
    options.name = file.name;
    test::Loading first = test::load_bytes(as_bytes(file.bytes), options);
    if (first.loaded.wanted.empty()) return first;
    for (const loader::Wanted& wanted : first.loaded.wanted) {
        file.companion_bytes.push_back(contents(fixtures() / "files" / wanted.name));
    }
    for (std::size_t i = 0; i < file.companion_bytes.size(); ++i) {
        const std::string& bytes = file.companion_bytes[i];
        file.companions.push_back({first.loaded.wanted[i].name, bytes.size(), as_bytes(bytes)});
    }
    return test::load_bytes(as_bytes(file.bytes), options, file.companions);
}

std::string error_text(const test::Loading& loading) {
    if (!loading.failed) return "none";
    return std::string(name(loading.failed->error.code)) + " at " +
           std::to_string(loading.failed->error.offset) + " of '" + loading.failed->place + "'";
}

void check_tensors(File& file, const json::Value& expected) {
    const test::Loading loading = load(file);
    BOOST_TEST_CONTEXT(file.name) {
        BOOST_TEST(!loading.failed.has_value(), error_text(loading));
        if (loading.failed) return;
        std::multiset<std::string> want;
        for (const json::Value& tensor : *expected.find("tensors")->as<json::Array>()) {
            want.insert(line(tensor));
        }
        std::multiset<std::string> have;
        for (const Tensor& tensor : loading.loaded.tensors)
            have.insert(line(tensor, loading, file));
        BOOST_TEST(have == want, boost::test_tools::per_element());
    }
}

void check_refused(File& file, const std::string& suggested) {
    const test::Loading loading = load(file);
    BOOST_TEST_CONTEXT(file.name) {
        BOOST_TEST(loading.failed.has_value());
        if (!loading.failed) return;
        const auto fitting = kFitting.find(suggested);
        BOOST_TEST_REQUIRE((fitting != kFitting.end()), "no errors fit " << suggested);
        const std::string code(name(loading.failed->error.code));
        BOOST_TEST(fitting->second.contains(code), suggested << ": " << error_text(loading));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loader_fixtures)

BOOST_AUTO_TEST_CASE(every_row) {
    if (!std::filesystem::exists(fixtures() / "manifest.tsv")) {
        BOOST_TEST_MESSAGE("skipped: no fixtures in " << fixtures());
        return;
    }
    std::size_t rows = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixtures() / "expected")) {
        const auto expected = json::parse(contents(entry.path()));
        BOOST_TEST_REQUIRE(static_cast<bool>(expected));
        File file(text_or(expected->find("file"), ""));
        const std::string expect = text_or(expected->find("expect"), "");
        if (expect == "reject") {
            check_refused(file, text_or(expected->find("error"), ""));
        } else {
            check_tensors(file, *expected);
        }
        ++rows;
    }
    BOOST_TEST(rows >= 198U);
}

BOOST_AUTO_TEST_SUITE_END()
