// What a template does, in the notation of the effects: "attribute x.__class__".
#include <boost/test/unit_test.hpp>

#include "formats/jinja/machine.h"

using namespace pratique;
using namespace std::string_literals;

namespace {

std::string_view kind_name(jinja::EffectKind kind) {
    constexpr std::string_view kNames[] = {"attribute", "call",   "method", "computed", "filter",
                                           "test",      "global", "load",   "spelled",  "amount"};
    return kNames[static_cast<std::size_t>(kind)];
}

/// All effects of one kind, in order: their names, "?" for an open one.
std::string effects(jinja::EffectKind kind, std::string_view text) {
    const jinja::Template source = jinja::parse(text);
    BOOST_TEST_CONTEXT(text << " (" << kind_name(kind) << ")") {
        BOOST_TEST(source.faults.empty());
    }
    std::string out;
    for (const jinja::Effect& effect : jinja::run(source).effects) {
        if (effect.kind != kind) continue;
        out += (out.empty() ? "" : " ") + (effect.open ? "?"s : effect.name);
    }
    return out;
}

std::string attributes(std::string_view text) {
    return effects(jinja::EffectKind::attribute, text);
}

/// What keeps the text from being a template, with its place: "8: a tag without an end".
std::string fault(std::string_view text) {
    const jinja::Template source = jinja::parse(text);
    if (source.faults.empty()) return "";
    return std::to_string(source.faults[0].offset) + ": " + std::string(source.faults[0].what);
}

/// The text between tags, as it is printed.
std::string printed(std::string_view text) {
    std::string out;
    for (const jinja::Piece& piece : jinja::split(text).pieces) {
        if (piece.kind == jinja::PieceKind::text) out += "[" + std::string(piece.text) + "]";
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jinja_)

BOOST_AUTO_TEST_CASE(text_is_what_is_left_between_tags) {
    BOOST_TEST(printed("a {{ b }} c") == "[a ][ c]");
    BOOST_TEST(printed("a {{- b -}} c") == "[a][c]");
    BOOST_TEST(printed("a {%+ set b = 1 +%} c") == "[a ][ c]");
    BOOST_TEST(printed("a {# {{ b }} -#} c") == "[a ][c]");
    BOOST_TEST(printed("{% raw %}{{ a }}{% if %}{%- endraw %}b") == "[{{ a }}{% if %}][b]");
    BOOST_TEST(printed("{{ {'a': {}} }}b") == "[b]");
    BOOST_TEST(printed("{{ '}}' }}b") == "[b]");
}

BOOST_AUTO_TEST_CASE(texts_have_pythons_escapes) {
    const auto text = [](std::string_view written) {
        const auto pieces = jinja::split("{{ " + std::string(written) + " }}").pieces;
        const jinja::Token& token = pieces.at(0).tokens.at(0);
        return token.text + (token.escaped ? "!" : "") + (token.open ? "?" : "");
    };
    BOOST_TEST(text(R"('a\'b\\c\n')") == "a'b\\c\n");
    BOOST_TEST(text(R"("\x5f\u005f\U0000005f\137")") == "____!");
    BOOST_TEST(text(R"('\N{LOW LINE}\N{latin small letter a}')") == "_a!");
    BOOST_TEST(text(R"('\N{SNOWMAN}')") == "!?");
    BOOST_TEST(text(R"('\xZZ')") == "!?");
    BOOST_TEST(text(R"('\d')") == "\\d!");
}

BOOST_AUTO_TEST_CASE(what_is_no_template_is_named_with_its_place) {
    BOOST_TEST(fault("{{ a") == "0: a tag without an end");
    BOOST_TEST(fault("a {# b") == "2: a comment without an end");
    BOOST_TEST(fault("{{ a $ }}") == "5: a character that no token begins with");
    BOOST_TEST(fault("{% for a in b %}") == "0: a statement without an end");
    BOOST_TEST(fault("{% endif %}") == "0: an end without a beginning");
    BOOST_TEST(fault("{% if a %}{% endfor %}{% endif %}") == "10: an end without a beginning");
    BOOST_TEST(fault("{% nothing %}") == "3: a statement that is not known");
    BOOST_TEST(fault("{% else %}").ends_with("a branch of nothing"));
    BOOST_TEST(fault("{{ a b }}").ends_with("something behind the expression"));
    BOOST_TEST(fault("{{ }}").ends_with("an expression is missing"));
    BOOST_TEST(fault("{{ a. }}").ends_with("a name is missing"));
    BOOST_TEST(fault("{{ (a }}").ends_with("without an end"));
    BOOST_TEST(fault("{% set = 1 %}").ends_with("a name is missing"));
    BOOST_TEST(fault("{% raw %}{{ a }}").ends_with("a raw text without an end"));
    BOOST_TEST(fault("{{ 'a }}").ends_with("a character that no token begins with"));
    BOOST_TEST(fault(std::string(3000, '(')) == "");
    BOOST_TEST(fault("{{ " + std::string(3000, '(') + std::string(3000, ')') + " }}")
                   .ends_with("than the limit allows"));
    BOOST_TEST(fault("{{ " + std::string(3000, '-') + "1 }}").ends_with("than the limit allows"));
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "{% if a %}";
    BOOST_TEST(fault(deep).ends_with("than the limit allows"));
    // A tag that is wrong does not hide the others.
    const auto source = jinja::parse("{{ a b }}{{ c.d }}");
    BOOST_TEST(source.statements.size() == 2U);
    BOOST_TEST(source.unread.size() == 2U);
}

BOOST_AUTO_TEST_CASE(every_truncation_is_a_template_or_names_a_fault) {
    const std::string first = "{%- set ns = namespace(a='x') -%}";
    const std::string body =
        first +
        "{% for k, v in m|items if k is not none %}"
        "{% macro f(a, b='c') %}{{ a[1:-1] ~ b }}{% endmacro %}{{ f(k, b=v)|replace('a', \"b\") }}"
        "{% if k == 'a' and not v in [1, 2.5] %}{{ {'a': 1}['a'] if v else none }}{% endif %}"
        "{% endfor %}";
    const std::string whole = body + "{# end #}";
    BOOST_TEST(fault(whole) == "");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string cut = whole.substr(0, size);
        const auto source = jinja::parse(cut);
        (void)jinja::run(source);
        const std::string tags = cut.ends_with('{') ? cut.substr(0, size - 1) : cut;
        BOOST_TEST(source.faults.empty() == (tags.empty() || tags == first || tags == body), cut);
    }
}

BOOST_AUTO_TEST_CASE(statements_know_what_is_inside) {
    const auto source =
        jinja::parse("{% for m in a %}{% if m %}x{% else %}{% endif %}{% endfor %}y");
    BOOST_TEST_REQUIRE(source.statements.size() == 5U);
    BOOST_TEST(source.statements[0].end == 4U);
    BOOST_TEST(source.statements[1].end == 3U);
    BOOST_TEST((source.statements[3].kind == jinja::Kind::otherwise));
    BOOST_TEST(source.statements[4].text == "y");
}

BOOST_AUTO_TEST_CASE(attributes_by_every_spelling) {
    BOOST_TEST(attributes("{{ a.b.c }}") == "b c");
    BOOST_TEST(attributes("{{ a['b'][0].c }}") == "b c");
    BOOST_TEST(attributes("{{ a|attr('b') }}") == "b");
    BOOST_TEST(attributes("{{ a|map(attribute='b.c')|list }}") == "b c");
    BOOST_TEST(attributes("{{ a|map('attr', 'b')|list }}") == "b");
    BOOST_TEST(attributes("{{ a|selectattr('b', 'equalto', 1)|list }}").starts_with("b"));
    BOOST_TEST(attributes("{{ '{0.b[c]} {d.e!r:>3}'.format(a) }}") == "format b c e");
    BOOST_TEST(attributes("{{ a[b] }}") == "?");
    BOOST_TEST(attributes("{{ a[1] }}") == "");
    BOOST_TEST(attributes("{{ a|attr(b) }}") == "?");
    BOOST_TEST(attributes("{{ a.b() }}{% if a.c %}{% endif %}{{ f(a.d, x=a.e) }}") == "b c d e");
}

BOOST_AUTO_TEST_CASE(names_are_put_together) {
    const auto name = [](std::string_view key) {
        return attributes("{{ a[" + std::string(key) + "] }}");
    };
    for (const std::string_view key : {"'b' ~ 'c'",
                                       "'b' + 'c'",
                                       "'b' 'c'",
                                       "['b', 'c']|join",
                                       "'xbcx'[1:3]",
                                       "'cb'[::-1]",
                                       "'cb'|reverse",
                                       "'BC'|lower",
                                       "'b@'|replace('@', 'c')",
                                       "'%s%s'|format('b', 'c')",
                                       "'%c%c' % (98, 99)",
                                       "'{}{}'.format('b', 'c')",
                                       "'{1}{0}'.format('c', 'b')",
                                       "dict(b=1, c=2)|join",
                                       "''.join(['b', 'c'])",
                                       "'x,bc'.split(',')[1]",
                                       "['x', 'bc'][-1]",
                                       "' bc '|trim",
                                       "'xbc'.removeprefix('x')",
                                       "{'k': 'bc'}['k']",
                                       "{'k': 'bc'}.k",
                                       "'BC'.swapcase()",
                                       "['bc']|first|string|safe",
                                       "('bc', 1)[0]",
                                       "\"b\\x63\""}) {
        BOOST_TEST(name(key).ends_with("bc"), key);
    }
    BOOST_TEST(name("'b' if x else 'c'") == "b c");
    BOOST_TEST(name("x or 'b'") == "b ?");
    BOOST_TEST(name("'b' ~ nothing") == "b ?");
    BOOST_TEST(name("'b' ~ x.y") == "y ?");
}

BOOST_AUTO_TEST_CASE(names_go_through_variables) {
    BOOST_TEST(attributes("{% set b = 'c' %}{{ a[b] }}") == "c");
    BOOST_TEST(attributes("{% set b, c = 'd', 'e' %}{{ a[b ~ c] }}") == "de");
    BOOST_TEST(attributes("{% set b %}c{{ 'd' }}{% endset %}{{ a[b] }}") == "cd");
    BOOST_TEST(attributes("{% with b = 'c' %}{{ a[b] }}{% endwith %}") == "c");
    BOOST_TEST(attributes("{% macro m(b, c='d') %}{{ a[b ~ c] }}{% endmacro %}{{ m('x') }}") ==
               "? xd");
    BOOST_TEST(attributes("{% macro m() %}b{% endmacro %}{{ a[m() ~ 'c'] }}") == "bc");
    BOOST_TEST(attributes("{% set n = namespace(b='') %}{% for c in 'xyz' %}"
                          "{% set n.b = n.b ~ c %}{% endfor %}{{ a[n.b] }}")
                   .ends_with("xyz"));
    // What may or may not happen leaves both.
    BOOST_TEST(attributes("{% set b = 'c' %}{% if x %}{% set b = 'd' %}{% endif %}{{ a[b] }}") ==
               "c d");
    // A loop has a scope of its own.
    BOOST_TEST(attributes("{% set b = 'c' %}{% for i in [1] %}{% set b = 'd' %}{% endfor %}"
                          "{{ a[b] }}") == "c");
}

BOOST_AUTO_TEST_CASE(calls_are_told_apart) {
    using enum jinja::EffectKind;
    BOOST_TEST(effects(call, "{{ f(1) }}{{ range(3) }}") == "f range");
    BOOST_TEST(effects(call, "{% macro f() %}{% endmacro %}{{ f() }}") == "");
    BOOST_TEST(effects(method, "{{ a.f() }}{{ a.b.g(1) }}") == "f g");
    BOOST_TEST(effects(filter, "{{ a|f|g(1) }}{% filter h %}{% endfilter %}") == "f g h");
    BOOST_TEST(effects(filter, "{{ a|map('f')|list }}") == "map f list");
    BOOST_TEST(effects(filter, "{{ a|map(b)|list }}") == "map ? list");
    BOOST_TEST(effects(test, "{{ a is f }}{{ a is not g(1) }}{{ a is h 1 }}") == "f g h");
    BOOST_TEST(effects(test, "{{ a|select('f')|list }}") == "f");
    BOOST_TEST(effects(global, "{{ a }}{% set b = 1 %}{{ b }}{{ c is defined }}") == "a");
    BOOST_TEST(effects(load, "{% include 'a' %}{% extends b %}{% from 'c' import d %}") == "a ? c");
    const auto computed_calls = [](std::string_view text) {
        std::string out;
        for (const auto& effect : jinja::run(jinja::parse(text)).effects) {
            if (effect.kind == computed) out += effect.reached ? "!" : "?";
            if (effect.kind == method && effect.reached) out += "m";
        }
        return out;
    };
    BOOST_TEST(computed_calls("{{ a[b]() }}") == "!");
    BOOST_TEST(computed_calls("{% set f = a[b] %}{{ f() }}") == "!");
    BOOST_TEST(computed_calls("{{ (a|attr(b))() }}") == "!");
    BOOST_TEST(computed_calls("{% set n = namespace(get=a[b]) %}{{ n.get() }}") == "m");
    BOOST_TEST(computed_calls("{% set n = namespace(c='') %}{{ n.c.strip() }}") == "");
    BOOST_TEST(computed_calls("{% for m in a recursive %}{{ loop(m) }}{% endfor %}") == "");
}

BOOST_AUTO_TEST_CASE(amounts_that_nobody_needs) {
    using enum jinja::EffectKind;
    for (const std::string_view text :
         {"{{ range(100001) }}", "{{ 'x' * 100000000 }}", "{{ 'x'|center(999999) }}",
          "{{ 'x'.ljust(10 ** 6) }}",
          "{% for i in range(2000) %}{% for j in range(2000) %}"
          "{% endfor %}{% endfor %}",
          "{{ 'x'|indent(9 ** 999999) }}", "{{ '%1000000d'|format(1) }}", "{{ '%1000000d' % 1 }}",
          "{{ '{:>1000000}'.format(1) }}", "{{ range(99999)|join('x' * 99999) }}",
          "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}"
          "{% endif %}{% endmacro %}{{ m(60) }}",
          "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"}) {
        BOOST_TEST(!effects(amount, text).empty(), text);
    }
    for (const std::string_view text :
         {"{{ '%05.2f at 1000000'|format(1) }}", "{{ range(99)|join(', ') }}",
          "{% macro m(a, n) %}{{ m(a.b, n + 1) }}{% endmacro %}{{ m(x, 0) }}", "{{ range(100) }}",
          "{{ '-' * 80 }}", "{{ a|truncate(1000) }}", "{{ 10 ** 6 }}",
          "{% for i in range(100) %}{% for j in range(100) %}{% endfor %}{% endfor %}"}) {
        BOOST_TEST(effects(amount, text).empty(), text);
    }
}

BOOST_AUTO_TEST_CASE(whatever_is_doubled_stays_small) {
    std::string text = "{% set a = 'xxxxxxxxxxxxxxxx' %}{% set b = [a, a] %}{% set c = {'a': b} %}";
    for (int i = 0; i < 2000; ++i) {
        text += "{% set a = a ~ a %}{% set b = [b, b] %}{% set c = {'a': c} %}";
    }
    BOOST_TEST(!jinja::run(jinja::parse(text)).limited);
    std::string loops;
    for (int i = 0; i < 40; ++i) loops += "{% for i in range(60) %}";
    loops += "{{ a.b }}";
    for (int i = 0; i < 40; ++i) loops += "{% endfor %}";
    BOOST_TEST(jinja::run(jinja::parse(loops)).limited);
    std::string macro = "{% macro m(a) %}{{ m(a) ~ m(a) ~ m(a) }}{% endmacro %}{{ m(1) }}";
    BOOST_TEST(!jinja::run(jinja::parse(macro)).limited);
}

BOOST_AUTO_TEST_SUITE_END()
