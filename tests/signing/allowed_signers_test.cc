#include "signing/detached/allowed_signers.h"

#include <boost/test/unit_test.hpp>

#include "detached_builder.h"
#include "key_support.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::detached;
using test::reason;

namespace {

const Ssh& signer() {
    static const Ssh made = ssh_ed25519();
    return made;
}

/// The one line that `before`, and a key behind it, make.
AllowedSigner line(const std::string& before) {
    const auto read = read_allowed_signers(before + " " + signer().line());
    BOOST_TEST_REQUIRE(bool(read), before);
    BOOST_TEST_REQUIRE(read->size() == 1U, before);
    return read->front();
}

std::string check(const std::string& list, const std::string& principal = "a@x",
                  std::int64_t now = 0, const std::string& name_space = "model-signing") {
    const auto read = read_allowed_signers(list);
    BOOST_TEST_REQUIRE(bool(read), list);
    return reason(check_allowed(*read, signer().public_key, {principal, name_space, now}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allowed_signers)

BOOST_AUTO_TEST_CASE(lines_are_read) {
    const std::string key = signer().line();
    const auto read = read_allowed_signers(
        "# a comment\n\n   \t\n  # another\r\na@x,b@x " + key + "\r\n" +
        "\"c d\" Namespaces=\"git,model-*\",valid-after=\"20200101\",valid-before=\"20300101Z\" " +
        key + " a comment with \"quotes\"\n\t*\t" + key);
    BOOST_TEST_REQUIRE(bool(read));
    BOOST_TEST_REQUIRE(read->size() == 3U);
    BOOST_TEST(read->at(0).principals == "a@x,b@x");
    BOOST_TEST(read->at(0).namespaces.empty());
    BOOST_TEST((read->at(0).public_key == signer().public_key));
    BOOST_TEST(read->at(1).principals == "c d");
    BOOST_TEST(read->at(1).namespaces == (std::vector<std::string>{"git", "model-*"}));
    BOOST_TEST(read->at(1).valid_after == 1'577'836'800);
    BOOST_TEST(read->at(1).valid_before == 1'893'456'000);
    BOOST_TEST((read->at(1).public_key == signer().public_key));
    BOOST_TEST(read->at(2).principals == "*");
    BOOST_TEST((read->at(2).public_key == signer().public_key));
}

BOOST_AUTO_TEST_CASE(times_are_utc_to_the_day_minute_or_second) {
    const auto after = [](const std::string& time) {
        return line("a valid-after=\"" + time + "\"").valid_after;
    };
    BOOST_TEST(after("20270115") == 1'799'971'200);
    BOOST_TEST(after("202701150800") == 1'800'000'000);
    BOOST_TEST(after("202701150800Z") == 1'800'000'000);
    BOOST_TEST(after("20270115080001") == 1'800'000'001);
    BOOST_TEST(after("20240229") == 1'709'164'800);
    for (const char* bad : {"",
                            "Z",
                            "2027",
                            "2027011",
                            "202701150",
                            "20270115080",
                            "2027011508000",
                            "20270115Y",
                            "2027011x",
                            "20270115ZZ",
                            "2027-1-15",
                            "20270015",
                            "20271315",
                            "20270100",
                            "20270132",
                            "20230229",
                            "202701152400",
                            "202701150860",
                            "20270115080060",
                            "+2027011",
                            "19700101",
                            "19691231",
                            "00000101"}) {
        const auto read =
            read_allowed_signers("a valid-before=\"" + std::string(bad) + "\" " + signer().line());
        BOOST_TEST(reason(read) == "bad_trust", bad);
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_not_understood_refuses_them_all) {
    const std::string key = signer().line();
    for (const std::string& bad : {"a"s,
                                   "a@x "s,
                                   key,
                                   "a namespaces=\"x\""s,
                                   "a namespaces=x " + key,
                                   "a namespaces " + key,
                                   "a namespaces= " + key,
                                   "a namespaces=\"x " + key,
                                   "a namespaces=\"\" " + key,
                                   "a namespaces=\"x\"y " + key,
                                   "a namespaces=\"x\", " + key,
                                   "a namespaces=\"x\",,cert-authority " + key,
                                   "a namespaces=\"x\",namespaces=\"y\" " + key,
                                   "a NAMESPACES=\"x\",namespaces=\"y\" " + key,
                                   "a namespaces=\"x\\\"y\" " + key,
                                   "a namespaces=\"x\\\" " + key,
                                   "a namespaces=xy\" " + key,
                                   "a namespaces,\"x\" " + key,
                                   "a namespaces=\"x\";valid-after=\"20200101\" " + key,
                                   "\"a\"" + key,
                                   "a unknown " + key,
                                   "a unknown=\"x\" " + key,
                                   "a cert-authority=\"x\" " + key,
                                   "a cert-authority,unknown " + key,
                                   "a valid-after=\"20300101\",valid-before=\"20200101\" " + key,
                                   "a valid-after=\"20300101\",valid-before=\"20300101\" " + key,
                                   "\"a " + key,
                                   "\"a\"b " + key,
                                   "\"\" " + key,
                                   "a ssh-rsa" + key.substr(key.find(' ')),
                                   "a " + key + "*",
                                   "a ssh-ed25519 *"s,
                                   "a " + key + " \x1b[2J"}) {
        const auto read = read_allowed_signers("ok " + key + "\n" + bad + "\n");
        BOOST_TEST(reason(read) == "bad_trust", bad);
        if (!read) BOOST_TEST(read.error().subject == "line 2");
    }
    BOOST_TEST(reason(read_allowed_signers(std::string(5'000'000, '#'))) == "bad_trust");
}

BOOST_AUTO_TEST_CASE(authorities_vouch_for_nobody) {
    BOOST_TEST(check("* cert-authority " + signer().line()) == "untrusted_key");
    BOOST_TEST(check("* CERT-authority,namespaces=\"*\" " + signer().line()) == "untrusted_key");
    BOOST_TEST(check("* cert-authority " + signer().line() + "\n* " + signer().line()) == "");
}

BOOST_AUTO_TEST_CASE(names_fit_patterns) {
    const auto fits = [](const std::string& name, const std::string& patterns) {
        return matches(name, split(patterns));
    };
    BOOST_TEST(fits("a@x", "a@x"));
    BOOST_TEST(!fits("a@x", "A@x"));
    BOOST_TEST(!fits("a@x", "a@xy"));
    BOOST_TEST(!fits("a@xy", "a@x"));
    BOOST_TEST(fits("a@x", "*"));
    BOOST_TEST(fits("", "*"));
    BOOST_TEST(fits("a@x", "*@x"));
    BOOST_TEST(fits("a@x", "a*"));
    BOOST_TEST(fits("a@x", "**x**"));
    BOOST_TEST(fits("abcbcd", "a*bcd"));
    BOOST_TEST(!fits("abcbc", "a*bcd"));
    BOOST_TEST(fits("a@x", "?@?"));
    BOOST_TEST(!fits("a@x", "??@x"));
    BOOST_TEST(!fits("@x", "?@x"));
    BOOST_TEST(fits("b@x", "a@x,b@x"));
    BOOST_TEST(!fits("b@x", "a@x, b@x"));
    // What is excluded is out, wherever it stands; excluding alone lets nobody in.
    BOOST_TEST(!fits("evil@x", "*@x,!evil@x"));
    BOOST_TEST(!fits("evil@x", "!evil@x,*@x"));
    BOOST_TEST(fits("good@x", "!evil@x,*@x"));
    BOOST_TEST(!fits("good@x", "!evil@x"));
    BOOST_TEST(!fits("a", ""));
    BOOST_TEST(!fits("a", ",,"));
    // A pattern that would take others for ever.
    std::string stars;
    for (int i = 0; i < 1000; ++i) stars += "*a";
    BOOST_TEST(!fits(std::string(5000, 'a') + "b", stars));
}

BOOST_AUTO_TEST_CASE(a_line_speaks_of_its_principals_namespaces_and_times) {
    const std::string key = " " + signer().line();
    BOOST_TEST(check("a@x" + key) == "");
    BOOST_TEST(check("b@x" + key) == "untrusted_key");
    BOOST_TEST(check("*@x,!a@x" + key) == "untrusted_key");
    BOOST_TEST(check("*" + key, "") == "untrusted_key");
    BOOST_TEST(check("* " + ssh_ed25519().line()) == "untrusted_key");
    BOOST_TEST(check("* namespaces=\"git\"" + key) == "untrusted_key");
    BOOST_TEST(check("* namespaces=\"git,model-*\"" + key) == "");
    BOOST_TEST(check("* namespaces=\"*,!model-signing\"" + key) == "untrusted_key");
    const std::string bounded = "* valid-after=\"20270115\",valid-before=\"20270116\"" + key;
    BOOST_TEST(check(bounded, "a", 1'799'971'199) == "expired");
    BOOST_TEST(check(bounded, "a", 1'799'971'200) == "");
    BOOST_TEST(check(bounded, "a", 1'800'057'600) == "");
    BOOST_TEST(check(bounded, "a", 1'800'057'601) == "expired");
    // One line that allows it is enough; one that does not speak of it changes nothing.
    BOOST_TEST(check(bounded + "\na" + key, "a", 0) == "");
    BOOST_TEST(check("a" + key + "\n" + bounded, "a", 0) == "");
    BOOST_TEST(check(bounded + "\nb" + key, "a", 0) == "expired");
}

BOOST_AUTO_TEST_SUITE_END()
