// Data that the repository does not hold: keys, models and signatures of other programs, in a
// folder that PRATIQUE_TEST_DATA names. A test that needs it is skipped where it is absent.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace pratique::test {

/// The part of it at `path`, if it is there; says so if it is not.
inline std::optional<std::filesystem::path> data_folder(const std::string& path) {
    const char* folder = std::getenv("PRATIQUE_TEST_DATA");
    const auto found =
        std::filesystem::path(folder != nullptr ? folder : PRATIQUE_TEST_DATA_DEFAULT) / path;
    if (std::filesystem::exists(found)) return found;
    BOOST_TEST_MESSAGE("skipped: no " << found << ", set PRATIQUE_TEST_DATA");
    return std::nullopt;
}

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    BOOST_REQUIRE_MESSAGE(stream.good(), path);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace pratique::test
