#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "rules/rules.h"

using namespace pratique::rules;

namespace {

std::filesystem::path seen_file() {
    const char* folder = std::getenv("PRATIQUE_TEST_DATA");
    return std::filesystem::path(folder != nullptr ? folder : PRATIQUE_TEST_DATA_DEFAULT) /
           "globals-seen.tsv";
}

// Followed or opened by the scanner before the rule is asked.
bool is_followed(std::string_view id) { return id == "TORCH-NESTED-STORAGE"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(rules_seen)

// Names that real, harmless model files use: the rules must know most and accuse none.
BOOST_AUTO_TEST_CASE(names_of_real_files) {
    std::ifstream in(seen_file());
    if (!in) {
        BOOST_TEST_MESSAGE("skipped: no " << seen_file() << ", set PRATIQUE_TEST_DATA");
        return;
    }
    std::array<unsigned, 4> count{};
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        const std::size_t tab = line.find('\t');
        const std::string module = line.substr(0, tab);
        const std::string attribute = line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1);
        const auto [new_module, new_name] = python3_name(module, attribute);
        const std::string dotted = std::string(new_module) + "." + std::string(new_name);
        const Rule* rule = find(dotted);
        ++count[static_cast<std::size_t>(rule == nullptr ? Standing::unknown : rule->standing)];
        if (rule == nullptr) {
            BOOST_TEST_MESSAGE("unknown: " << dotted);
        } else if (rule->standing == Standing::dangerous && !is_followed(rule->id)) {
            BOOST_TEST_MESSAGE("dangerous: " << dotted << " by " << rule->id);
            BOOST_TEST((rule->severity <= Severity::medium), dotted);
        }
    }
    for (const Standing standing :
         {Standing::unknown, Standing::vetted, Standing::carried, Standing::dangerous}) {
        BOOST_TEST_MESSAGE(name(standing) << ": " << count[static_cast<std::size_t>(standing)]);
    }
    BOOST_TEST(count[static_cast<std::size_t>(Standing::vetted)] > 480U);
    BOOST_TEST(count[static_cast<std::size_t>(Standing::dangerous)] < 10U);
}

BOOST_AUTO_TEST_SUITE_END()
