// Which effects of a template are reported, and where templates are looked for.
#include "scanner/checks/jinja/jinja.h"

#include <boost/test/unit_test.hpp>

#include "scan_support.h"

namespace pratique::scanner {
namespace {

using namespace test;
using test::scan;
using namespace std::string_literals;

FileReport scan_template(const std::string& text) {
    return scan(text, {}, {"chat_template.jinja", {}});
}

/// The findings of a template, and "-" if there are none.
std::string found(const std::string& text) {
    const auto report = scan_template(text);
    return report.findings.empty() ? "-" : ids(report);
}

BOOST_AUTO_TEST_SUITE(jinja_templates)

BOOST_AUTO_TEST_CASE(each_finding_has_its_case) {
    BOOST_TEST(found("{{ ().__class__ }}") == "PRQ-JINJA-001");
    BOOST_TEST(found("{{ x.gi_frame }}") == "PRQ-JINJA-001");
    BOOST_TEST(found("{{ x['__class__'] }}") == "PRQ-JINJA-001");
    BOOST_TEST(found("{{ __import__('os') }}") == "PRQ-JINJA-001");
    BOOST_TEST(found("{{ x|map(y)|list }}") == "PRQ-JINJA-002");
    BOOST_TEST(found("{{ x[y]() }}") == "PRQ-JINJA-002");
    BOOST_TEST(found("{{ x['__' ~ y] }}") == "PRQ-JINJA-002");
    BOOST_TEST(found("{% set a = '__glo' ~ 'bals__' %}") == "PRQ-JINJA-003");
    BOOST_TEST(found("{% include 'x' %}") == "PRQ-JINJA-004");
    BOOST_TEST(found("{{ f() }}") == "PRQ-JINJA-005");
    BOOST_TEST(found("{{ x.f() }}") == "PRQ-JINJA-005");
    BOOST_TEST(found("{{ x|f }}") == "PRQ-JINJA-006");
    BOOST_TEST(found("{{ x is f }}") == "PRQ-JINJA-006");
    BOOST_TEST(found("{{ x|attr('y') }}") == "PRQ-JINJA-006");
    BOOST_TEST(found("{{ lipsum }}") == "PRQ-JINJA-007");
    BOOST_TEST(found("{% for m in x %}{{ loop[m] }}{% endfor %}") == "PRQ-JINJA-007");
    BOOST_TEST(found("{{ x._y }}") == "PRQ-JINJA-008");
    BOOST_TEST(found("{{ range(10 ** 7) }}") == "PRQ-JINJA-009");
    BOOST_TEST(found("a\u202eb {{ x }}") == "PRQ-JINJA-010");
}

BOOST_AUTO_TEST_CASE(what_templates_do_is_no_finding) {
    for (const char* text : {
             "{{ x.y.z['a'][0]['b'] }}",
             "{{ x[y] }}{{ x['_type'] }}{{ x[loop.index0 - 1] }}",
             "{{ raise_exception('__class__') }}",
             "__class__ {{ x }}",
             "{# x.__class__ #}{{ x }}",
             "{{ '__class__' in x }}",
             "{% raw %}{{ x.__class__ }}{% endraw %}{{ x }}",
             "{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% endif %}",
             "{% macro f(x) %}{{ f(x.y) }}{% endmacro %}{{ f(1) }}",
             "{% set ns = namespace(a=1) %}{% set ns.a = ns.a + 1 %}{{ ns.a }}",
             "{% set self = 1 %}{{ self }}",
             "{{ '\\u2581' ~ x }}\n\t\r\n",
         }) {
        const auto report = scan_template(text);
        BOOST_TEST(verdict_of(report) == "clean", text);
        BOOST_TEST(report.findings.empty(), text);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_template_is_a_gap_where_one_is_expected) {
    BOOST_TEST(gaps(scan_template("{% for x in %}{% endfor %}")) == "malformed");
    BOOST_TEST(gaps(scan_template("{{ " + std::string(999, '(') + std::string(999, ')') + " }}")) ==
               "limit");
    BOOST_TEST(gaps(scan_template("{{ x }}" + std::string(1 << 20, ' '))) == "limit");
    // Another reader may accept the tag.
    BOOST_TEST(ids(scan_template("{{ x.__class__ )) }}")) == "PRQ-JINJA-001");
    BOOST_TEST(verdict_of(scan("{% for x in %}", {}, {"notes.txt", {}})) == "clean");
}

BOOST_AUTO_TEST_CASE(text_that_nobody_renders_is_only_carried) {
    const auto carried = scan("{{ ().__class__ }}{{ f() }}", {}, {"notes.txt", {}});
    BOOST_TEST(ids(carried) == "PRQ-JINJA-011");
    BOOST_TEST(identities(carried) == "json jinja");
    BOOST_TEST(verdict_of(carried) == "suspicious");
    BOOST_TEST(verdict_of(scan("{{ f() }}{% include 'x' %}", {}, {"page.html", {}})) == "clean");
    // Letters of another format in front change nothing.
    BOOST_TEST(ids(scan("BM{{ ().__class__ }}", {}, {"x.jinja", {}})) == "PRQ-JINJA-001");
}

BOOST_AUTO_TEST_CASE(templates_in_configuration) {
    const auto config = [](const std::string& text) {
        return scan(text, {}, {"tokenizer_config.json", {}});
    };
    const std::string walk = "\"{{ ().__class__ }}\"";
    const auto plain = config("{\"chat_template\": " + walk + "}");
    BOOST_TEST(ids(plain) == "PRQ-JINJA-001");
    BOOST_TEST(identities(plain) == "json");
    BOOST_TEST(plain.findings.at(0).artifact == "$.chat_template");
    BOOST_TEST(plain.findings.at(0).offset == 6U);
    BOOST_TEST(ids(config("{\"chat_template\": [{\"name\": \"a\", \"template\": " + walk +
                          "}]}")) == "PRQ-JINJA-001");
    BOOST_TEST(ids(config("{\"chat_template\": {\"a\": " + walk + "}}")) == "PRQ-JINJA-001");
    BOOST_TEST(ids(config("{\"chat\\u005ftemplate\": " + walk + "}")) == "PRQ-JINJA-001");
    BOOST_TEST(ids(config("{\"note\": " + walk + "}")) == "PRQ-JINJA-011");
    BOOST_TEST(gaps(config(R"({"chat_template": "{% if %}"})")) == "malformed");
    BOOST_TEST(verdict_of(config(R"({"chat_template": "{{ m.content }}", "n": 1})")) == "clean");
    BOOST_TEST(verdict_of(config(R"({"chat_template": null})")) == "clean");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
