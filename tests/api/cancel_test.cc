// A scan that its caller gives up: no file that was not read may look as if it was.
#include <sys/eventfd.h>

#include "api/scan.h"
#include "api/worker_path.h"
#include "files.h"

using namespace api_test;

BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(what_a_cancelled_scan_did_not_read_has_a_gap) {
    const Folder folder;
    std::vector<std::string> paths;
    for (int i = 0; i < 40; ++i) {
        paths.push_back(folder.write("plain" + std::to_string(i) + ".txt", "nothing\n"));
    }
    const Descriptor cancelled(::eventfd(1, EFD_CLOEXEC));
    ScanOptions options;
    options.sandbox.worker = worker_path();
    options.sandbox.cancel = cancelled.get();
    const ScanReport report = scan(paths, options);
    BOOST_TEST(report.files.size() == paths.size());
    for (const ScannedFile& file : report.files) {
        BOOST_TEST(!file.path.empty());
        BOOST_TEST(file.report.gaps.size() == 1U);
    }
    BOOST_TEST((report.verdict() == scanner::Verdict::incomplete));
}

BOOST_AUTO_TEST_SUITE_END()
