// torch.save's format before 1.6: five pickles in a row, and the storages' bytes behind them.
#include "pickle_builder.h"
#include "scan_support.h"

namespace pratique::scanner {
namespace {

using namespace test;

const std::string kMagic = pickled("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 2);

std::string storage(const std::string& key, std::uint32_t numel) {
    return tuple(str("storage"), global("torch", "FloatStorage"), str(key), str("cpu"), num(numel),
                 "N") +
           "Q";
}

/// `behind`: a count of numbers and the numbers, for each storage.
std::string legacy(const std::string& object, const std::string& keys, const std::string& behind) {
    return kMagic + pickled("M\xe9\x03", 2) + pickled(dict(), 2) + pickled(object, 2) +
           pickled(keys, 2) + behind;
}

std::string stored(std::uint64_t numel) { return le(numel, 8) + std::string(numel * 4, '\1'); }

BOOST_AUTO_TEST_SUITE(torch_legacy)

BOOST_AUTO_TEST_CASE(an_ordinary_file_is_clean) {
    const FileReport report = test::scan(legacy(storage("7", 3), list(str("7")), stored(3)));
    BOOST_TEST(verdict_of(report) == "clean", ids(report) + gaps(report));
    BOOST_TEST(identities(report) == "pickle torch-legacy");
}

BOOST_AUTO_TEST_CASE(storages_are_measured) {
    BOOST_TEST(ids(test::scan(legacy(storage("7", 3), list(str("7")), stored(4)))) ==
               "PRQ-TORCH-001");
    BOOST_TEST(ids(test::scan(legacy(storage("7", 3), list(str("8")), stored(3))))
                   .starts_with("PRQ-TORCH-002"));
    const std::string cut = legacy(storage("7", 3), list(str("7")), stored(3).substr(0, 15));
    BOOST_TEST(gaps(test::scan(cut)) == "malformed");
    const std::string huge = legacy(storage("7", 3), list(str("7")), le(UINT64_MAX / 2, 8));
    BOOST_TEST(gaps(test::scan(huge)) == "malformed");
}

BOOST_AUTO_TEST_CASE(every_one_of_the_five_is_judged) {
    const std::string evil = pickled(call(global("os", "system"), str("true")), 2);
    const std::string object = pickled("N", 2);
    const std::string front[] = {pickled("M\xe9\x03", 2), pickled(dict(), 2), object,
                                 pickled("]", 2)};
    for (std::size_t at = 0; at < std::size(front); ++at) {
        std::string file = kMagic;
        for (std::size_t i = 0; i < std::size(front); ++i) file += i == at ? evil : front[i];
        BOOST_TEST(verdict_of(test::scan(file)) == "malicious", "pickle " << at + 1);
    }
}

BOOST_AUTO_TEST_CASE(a_payload_behind_the_storages_is_found) {
    const std::string evil = pickled(call(global("os", "system"), str("true")), 2);
    const std::string file = legacy(storage("7", 3), list(str("7")), stored(3));
    BOOST_TEST(verdict_of(test::scan(file + evil)) == "malicious");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
