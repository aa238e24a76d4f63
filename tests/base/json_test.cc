#include "base/json.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <new>
#include <string>

using namespace pratique;

BOOST_AUTO_TEST_SUITE(json_)

BOOST_AUTO_TEST_CASE(values_keep_their_types_and_order) {
    const auto root = json::parse(R"({"b":[1,-2,2.5,true,null,"é"],"a":18446744073709551615})");
    BOOST_REQUIRE(root);
    const auto* items = root->find("b")->as<json::Array>();
    BOOST_TEST(*items->at(0).as<std::int64_t>() == 1);
    BOOST_TEST(*items->at(2).as<double>() == 2.5);
    BOOST_TEST(items->at(4).is_null());
    BOOST_TEST(*items->at(5).as<std::string>() == "\xc3\xa9");
    BOOST_TEST(root->find("a")->as<double>() != nullptr);
    BOOST_TEST(root->as<json::Object>()->front().first == "b");
}

BOOST_AUTO_TEST_CASE(what_two_readers_could_read_differently_is_refused) {
    const auto code = [](std::string_view text) { return json::parse(text).error().code; };
    BOOST_TEST((code(R"({"a":1,"a":2})") == Errc::duplicate_key));
    BOOST_TEST((code(R"({"a":1,"\u0061":2})") == Errc::duplicate_key));
    for (const std::string_view bad :
         {"\xef\xbb\xbf{}", "{} x", "[1,]", "NaN", "01", "\"\\ud800\"", "\"\\u0000\"", "\"\xff\"",
          "// c\n1", "", "'a'", "\"a\nb\"", "1 2"}) {
        BOOST_TEST_CONTEXT(bad) { BOOST_TEST((code(bad) == Errc::bad_json)); }
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_read_exactly_or_refused) {
    const auto real = [](std::string_view text) { return *json::parse(text)->as<double>(); };
    BOOST_TEST(real("0.1") == 0.1);
    BOOST_TEST(real("1e308") == 1e308);
    BOOST_TEST(real("0." + std::string(40, '0')) == 0.0);
    BOOST_TEST(real("-1e-400") == 0.0);
    BOOST_TEST(*json::parse("-9223372036854775808")->as<std::int64_t>() == INT64_MIN);
    BOOST_TEST((json::parse("1e400").error().code == Errc::bad_json));
    BOOST_TEST((json::parse(std::string(5000, '9')).error().code == Errc::bad_json));
}

BOOST_AUTO_TEST_CASE(depth_is_bounded_without_recursion) {
    BOOST_TEST((json::parse(std::string(2'000'000, '[')).error() == Error{Errc::limit_depth, 64}));
    BOOST_TEST(!!json::parse(std::string(64, '[') + std::string(64, ']')));
}

BOOST_AUTO_TEST_CASE(a_nul_byte_does_not_end_the_text) {
    for (const std::string_view bad : {std::string_view("{}\0", 3), std::string_view("{}\0{}", 5),
                                       std::string_view("\0{}", 3)}) {
        BOOST_TEST((json::parse(bad).error().code == Errc::bad_json));
    }
}

BOOST_AUTO_TEST_CASE(keys_in_any_order_cost_little_and_are_still_compared) {
    std::string text = "{";
    for (int i = 200'000; i > 0; --i) text += '"' + std::to_string(i * 7919 % 200'003) + "\":0,";
    BOOST_TEST(!!json::parse(text + "\"x\":{\"1\":0}}"));
    BOOST_TEST((json::parse(text + "\"5\":0}").error().code == Errc::duplicate_key));
}

BOOST_AUTO_TEST_CASE(a_walk_sees_everything_as_it_is_written) {
    struct Log : json::Visitor {
        std::string seen;
        Status visit(const json::Event& event) override {
            seen += std::string(event.text) + '@' + std::to_string(event.offset) + ' ';
            if (event.text == "stop") return Error{Errc::unsupported, 77};
            return {};
        }
    } log;
    BOOST_TEST(!!json::walk(R"({"k\n":[-0,1.50e1,true]})", log));
    BOOST_TEST(log.seen == "@0 k\n@6 @7 -0@10 1.50e1@17 true@22 @22 @23 ");
    BOOST_TEST((json::walk(R"(["stop",1])", log).error() == Error{Errc::unsupported, 77}));
}

BOOST_AUTO_TEST_CASE(the_writer_escapes_and_ends_its_line) {
    json::Writer out;
    out.begin_object().key("a\"b").begin_array().number(7).boolean(false).end_array();
    out.key("s").string("line\n").end_object();
    BOOST_TEST(out.take() ==
               "{\n  \"a\\\"b\": [\n    7,\n    false\n  ],\n  \"s\": \"line\\n\"\n}\n");
}

#if !defined(__SANITIZE_ADDRESS__)  // which has an address space of its own
/// What a process ends with that does `work` with so many bytes left.
template <class Work>
int status_with(std::size_t bytes, Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlimit limit{pages * 4096 + bytes, pages * 4096 + bytes};
        ::setrlimit(RLIMIT_AS, &limit);
        try {
            work();
        } catch (const std::bad_alloc&) {
            ::_exit(7);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

BOOST_AUTO_TEST_CASE(a_lack_of_memory_is_an_exception) {
    constexpr std::size_t kLeft = 64 << 20;
    const std::string piece(1 << 20, 'x');
    const int written = status_with(kLeft, [&] {
        json::Writer out;
        out.begin_array();
        for (int i = 0; i < 256; ++i) out.string(piece);
    });
    BOOST_TEST((WIFEXITED(written) && WEXITSTATUS(written) == 7));
    const std::string text = '"' + std::string(80 << 20, 'x') + '"';
    const int read = status_with(kLeft, [&] { static_cast<void>(json::parse(text)); });
    BOOST_TEST((WIFEXITED(read) && WEXITSTATUS(read) == 7));
}
#endif

BOOST_AUTO_TEST_SUITE_END()
