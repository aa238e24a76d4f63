// Files that a model names: there and long enough, or a gap or a finding; no name and no link leads
// out of the model's folder unnoticed.
#include "api/references.h"

#include <filesystem>

#include "files.h"
#include "rules/findings.h"
#include "scan_support.h"

namespace api_test {
namespace {

namespace fs = std::filesystem;

/// What becomes of `name` as a reference of FOLDER/model/m.onnx.
std::string followed(const Folder& folder, const std::string& name, std::uint64_t bytes = 0) {
    FoundFile file;
    file.path = folder / "model/m.onnx";
    scanner::FileReport report;
    report.references.push_back({name, "", 0, bytes});
    follow_references(file, report);
    BOOST_TEST(report.references.empty());
    return test::ids(report) + test::gaps(report);
}

struct Model {
    Folder folder;
    Model() {
        fs::create_directories(folder / "model/sub");
        fs::create_directories(folder / "other");
        folder.write("model/m.onnx", "m");
        folder.write("model/data", "12345678");
        folder.write("model/sub/data", "12345678");
        folder.write("other/secret", "12345678");
    }
};

BOOST_FIXTURE_TEST_SUITE(references, Model)

BOOST_AUTO_TEST_CASE(a_file_of_the_folder_is_nothing_to_speak_of) {
    BOOST_TEST(followed(folder, "data", 8).empty());
    BOOST_TEST(followed(folder, "sub/data", 8).empty());
    BOOST_TEST(followed(folder, "./sub/../data", 8).empty());
    fs::create_symlink("data", folder / "model/link");
    BOOST_TEST(followed(folder, "link", 8).empty());
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_a_gap) {
    BOOST_TEST(followed(folder, "none") == "not-present");
    BOOST_TEST(followed(folder, "none/data") == "not-present");
    BOOST_TEST(followed(folder, "data/data") == "not-present");
    BOOST_TEST(followed(folder, "sub") == "special-file");
    fs::create_symlink("nothing", folder / "model/broken");
    BOOST_TEST(followed(folder, "broken") == "unreadable");
}

BOOST_AUTO_TEST_CASE(what_leads_out_is_a_finding) {
    fs::create_symlink("../other/secret", folder / "model/link");
    fs::create_directory_symlink("../other", folder / "model/folder");
    for (const char* name : {"../other/secret", "sub/../../other/secret", "/etc/hostname", "link",
                             "folder/secret", "C:\\x", "\\\\host\\x"}) {
        BOOST_TEST(followed(folder, name) == "PRQ-FILE-012", name);
    }
}

BOOST_AUTO_TEST_CASE(a_hub_cache_keeps_its_files_elsewhere) {
    fs::create_directories(folder / "models--a--b/blobs");
    fs::create_directories(folder / "models--a--b/snapshots/1");
    folder.write("models--a--b/blobs/77", "12345678");
    fs::create_symlink("../../blobs/77", folder / "models--a--b/snapshots/1/data");
    FoundFile file;
    file.path = folder / "models--a--b/snapshots/1/m.onnx";
    scanner::FileReport report;
    report.references.push_back({"data", "", 0, 8});
    follow_references(file, report);
    BOOST_TEST((test::ids(report) + test::gaps(report)).empty());
}

BOOST_AUTO_TEST_CASE(another_name_and_a_short_file_are_findings) {
    fs::create_hard_link(folder / "other/secret", folder / "model/hard");
    BOOST_TEST(followed(folder, "hard") == "PRQ-FILE-013");
    BOOST_TEST(followed(folder, "data", 9) == "PRQ-FILE-014");
}

BOOST_AUTO_TEST_CASE(what_a_file_reads_is_a_part_of_it) {
    std::vector<FoundFile> files(3);
    files[0].path = folder / "model/m.onnx";
    files[1].path = folder / "model/data";
    files[2].path = folder / "model/sub/data";
    std::vector<ScannedFile> reports(3);
    using scanner::finding_of;
    reports[1].report.findings = {finding_of(rules::RuleId::pickle_dangerous_call, "", 0, "")};
    reports[2].report.findings = {finding_of(rules::RuleId::torch_record, "", 0, "")};
    scanner::FileReport& report = reports[0].report;
    report.references = {{"sub/../data", "", 0, 0}, {"sub/data", "", 0, 0}};
    std::vector<std::vector<std::string>> reads(3);
    reads[0] = follow_references(files[0], report);
    judge_what_is_read(reads, files, reports);
    BOOST_TEST_REQUIRE(report.findings.size() == 2U);
    BOOST_TEST(test::ids(report) == "PRQ-FILE-016");
    BOOST_TEST((report.findings[0].severity == scanner::Severity::high));
    BOOST_TEST((report.findings[1].severity == scanner::Severity::medium));
    BOOST_TEST(reports[1].report.findings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_stream_has_no_folder) {
    FoundFile file;
    file.path = "-";
    scanner::FileReport report;
    report.references.push_back({"README.md", "", 0, 0});
    follow_references(file, report);
    BOOST_TEST(test::gaps(report) == "not-present");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace api_test
