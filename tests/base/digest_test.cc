#include "base/digest.h"

#include <boost/test/unit_test.hpp>

using namespace pratique;

BOOST_AUTO_TEST_CASE(sha256_of_abc_is_that_of_fips_180) {
    BOOST_TEST(sha256_hex(as_bytes("abc")) ==
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
