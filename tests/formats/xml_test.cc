// XML as a walk: well-formed documents end, all others end in a named error at a place, and nothing
// is expanded on the way.
#include "formats/xml/xml.h"

#include <boost/test/unit_test.hpp>

namespace pratique::xml {
namespace {

/// The walk as one text: "<net a=1> 'text' </net>", or the error.
std::string walked(std::string_view text) {
    Reader reader(text);
    std::string out;
    while (true) {
        const auto event = reader.next();
        if (!event) {
            return out + std::string(name(event.error().code)) + "@" +
                   std::to_string(event.error().offset);
        }
        if (!*event) return out;
        const Event& e = **event;
        switch (e.kind) {
            case Kind::start:
                out += "<" + std::string(e.name);
                for (const Attribute& a : e.attributes) {
                    out += " " + std::string(a.name) + "=" + std::string(a.value);
                }
                out += ">";
                break;
            case Kind::end: out += "</" + std::string(e.name) + ">"; break;
            case Kind::text: out += "'" + std::string(e.text) + "'"; break;
            case Kind::instruction: out += "?" + std::string(e.name) + "?"; break;
            case Kind::document_type:
                out += "!" + std::string(e.name) + "!" + std::string(e.text) + "!";
                break;
        }
    }
}

BOOST_AUTO_TEST_SUITE(xml)

BOOST_AUTO_TEST_CASE(documents_are_walked) {
    BOOST_TEST(walked("<?xml version='1.0'?>\n<net a=\"1\" b = '>'>x<!-- <y> --><z/> </net>\n") ==
               "?xml?<net a=1 b=>>'x'<z></z></net>");
    BOOST_TEST(walked("<a><![CDATA[<b>&]]></a>") == "<a>'<b>&'</a>");
    BOOST_TEST(walked("<!DOCTYPE a [<!ENTITY x \"]>\"> <!-- ]> -->]><a>&x;</a>") ==
               "!a! [<!ENTITY x \"]>\"> <!-- ]> -->]!<a>'&x;'</a>");
}

BOOST_AUTO_TEST_CASE(what_is_not_well_formed_ends_in_an_error) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "truncated@0"},
        {"x", "bad_text@0"},
        {"<a>", "<a>truncated@3"},
        {"<a></b>", "<a>conflict@3"},
        {"<a/><b/>", "<a></a>bad_text@4"},
        {"<a x='1' x='2'/>", "duplicate_key@8"},
        {"<a x='<'/>", "bad_text@6"},
        {"<a x=1/>", "bad_text@5"},
        {"<a/>x", "<a></a>bad_text@4"},
        {"<a><!DOCTYPE b></a>", "<a>bad_text@3"},
        {"<!DOCTYPE b [", "truncated@13"},
        {"<a", "bad_text@2"},
        {"<a><!-- ", "<a>truncated@8"},
    };
    for (const auto& [text, expected] : cases) {
        BOOST_TEST_CONTEXT(text) { BOOST_TEST(walked(text) == expected); }
    }
}

BOOST_AUTO_TEST_CASE(nesting_and_attributes_are_bounded) {
    std::string deep;
    for (int i = 0; i < 300; ++i) deep += "<a>";
    BOOST_TEST(walked(deep).ends_with("limit_depth@768"));
    std::string wide = "<a";
    for (int i = 0; i < 300; ++i) wide += " a" + std::to_string(i) + "=''";
    BOOST_TEST(walked(wide + "/>").starts_with("limit_members@"));
}

BOOST_AUTO_TEST_CASE(every_beginning_ends_somewhere) {
    const std::string text =
        "<?xml version='1.0'?><!DOCTYPE a [ ]><a b='c'><!-- d --><e/>f<![CDATA[g]]></a>";
    for (std::size_t size = 0; size < text.size(); ++size) {
        BOOST_TEST(walked(text.substr(0, size)).find('@') != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(references_are_resolved_once) {
    BOOST_TEST(decode("a&amp;lt;&#65;&#x42;&x;&#xffffffff;&") == "a&lt;AB&x;&#xffffffff;&");
    BOOST_TEST(local("xi:include") == "include");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::xml
