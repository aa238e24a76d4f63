// What the tests of keys share: the keys of the test data.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "signing/keys/files.h"

namespace pratique::test {

/// Of the test vectors of OMS; empty without them.
inline std::filesystem::path oms_folder() {
    const char* data = std::getenv("PRATIQUE_TEST_DATA");
    const auto folder =
        std::filesystem::path(data != nullptr ? data : PRATIQUE_TEST_DATA_DEFAULT) / "oms";
    return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

/// For boost::unit_test::precondition: why a suite that needs them is skipped.
inline boost::test_tools::assertion_result has_vectors(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result out(!oms_folder().empty());
    out.message() << "no test vectors of OMS, set PRATIQUE_TEST_DATA";
    return out;
}

inline std::string slurp(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Bytes in hexadecimal, as a string.
inline std::string from_hex(std::string_view digits) { return std::string(text(unhex(digits))); }

inline signing::Judged<signing::Secret> no_password() {
    return signing::Refusal{signing::Reason::wrong_password, "", "none"};
}

/// What a password function that knows one password looks like.
inline signing::AskPassword password(std::string_view word) {
    return [word] { return signing::Secret(as_bytes(word)); };
}

inline signing::Judged<signing::PrivateKey> private_key(std::string_view text) {
    return signing::read_private_key(as_bytes(text), no_password);
}

/// The name of the reason; empty if there is none.
template <class T>
std::string reason(const signing::Judged<T>& judged) {
    return judged ? std::string() : std::string(name(judged.error().reason));
}

}  // namespace pratique::test
