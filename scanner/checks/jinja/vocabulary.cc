// Evidence: the builtins of Jinja 3.1 (defaults.py, filters.py, tests.py); the environment that
// transformers makes (utils/chat_template_utils.py), llama.cpp's own engine (common/jinja), and
// what 144 published templates of 60 families use.
#include "scanner/checks/jinja/vocabulary.h"

#include <algorithm>
#include <array>

namespace pratique::scanner::jinja {
namespace {

using Name = std::string_view;

constexpr auto kFunctions = std::to_array<Name>({
    "caller",
    "cycler",
    "dict",
    "joiner",
    "loop",
    "namespace",
    "raise_exception",
    "range",
    "strftime_now",
    "super",
});

constexpr auto kMethods = std::to_array<Name>({
    "append",       "capitalize", "casefold",  "center",      "count",        "cycle",
    "endswith",     "extend",     "find",      "format",      "get",          "index",
    "insert",       "isalnum",    "isalpha",   "isascii",     "isdecimal",    "isdigit",
    "isidentifier", "islower",    "isnumeric", "isprintable", "isspace",      "istitle",
    "isupper",      "items",      "join",      "keys",        "ljust",        "lower",
    "lstrip",       "next",       "partition", "pop",         "removeprefix", "removesuffix",
    "replace",      "rfind",      "rindex",    "rjust",       "rpartition",   "rsplit",
    "rstrip",       "setdefault", "split",     "splitlines",  "startswith",   "strftime",
    "strip",        "swapcase",   "title",     "update",      "upper",        "values",
    "zfill",
});

constexpr auto kFilters = std::to_array<Name>({
    "abs",
    "batch",
    "capitalize",
    "center",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "forceescape",
    "format",
    "from_json",
    "fromjson",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "keys",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "striptags",
    "strip",
    "sum",
    "title",
    "to_json",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "urlize",
    "values",
    "wordcount",
    "wordwrap",
    "xmlattr",
});

constexpr auto kTests = std::to_array<Name>({
    "boolean", "callable", "defined",  "divisibleby", "eq",       "equalto",     "escaped",
    "even",    "false",    "filter",   "float",       "ge",       "greaterthan", "gt",
    "in",      "integer",  "iterable", "le",          "lessthan", "lower",       "lt",
    "mapping", "ne",       "none",     "number",      "odd",      "sameas",      "sequence",
    "string",  "test",     "true",     "undefined",   "upper",
});

constexpr auto kEnvironment = std::to_array<Name>({
    "__builtins__", "__import__", "app",      "application", "builtins", "config",
    "cycler",       "dict",       "exec",     "eval",        "g",        "get_flashed_messages",
    "getattr",      "globals",    "handler",  "importlib",   "joiner",   "lipsum",
    "locals",       "namespace",  "open",     "os",          "range",    "request",
    "self",         "session",    "settings", "subprocess",  "sys",      "url_for",
});

// Beside what begins and ends with two underscores.
constexpr auto kInternal = std::to_array<Name>({
    "ag_await",     "ag_code",  "ag_frame",  "co_code",      "co_consts",  "cr_await",
    "cr_code",      "cr_frame", "cr_origin", "f_back",       "f_builtins", "f_code",
    "f_globals",    "f_locals", "f_trace",   "func_closure", "func_code",  "func_defaults",
    "func_globals", "gi_code",  "gi_frame",  "gi_yieldfrom", "im_class",   "im_func",
    "im_self",      "mro",      "tb_frame",  "tb_next",
});

constexpr auto kWay = std::to_array<Name>({
    "__base__",          "__bases__",     "__builtins__", "__call__",   "__class__",
    "__closure__",       "__code__",      "__dict__",     "__func__",   "__getattr__",
    "__getattribute__",  "__getitem__",   "__globals__",  "__import__", "__init__",
    "__init_subclass__", "__loader__",    "__module__",   "__mro__",    "__new__",
    "__reduce__",        "__reduce_ex__", "__self__",     "__spec__",   "__subclasses__",
    "__wrapped__",
});

template <std::size_t size>
bool has(const std::array<Name, size>& names, Name name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_vetted_function(Name name) { return has(kFunctions, name); }
bool is_vetted_method(Name name) { return has(kMethods, name); }
bool is_vetted_filter(Name name) { return has(kFilters, name); }
bool is_vetted_test(Name name) { return has(kTests, name); }
bool is_environment_object(Name name) { return has(kEnvironment, name); }

bool is_internal(Name attribute) {
    const bool dunder =
        attribute.size() > 4 && attribute.starts_with("__") && attribute.ends_with("__");
    return dunder || has(kInternal, attribute);
}

bool is_on_the_way_to_code(Name name) { return has(kWay, name); }

}  // namespace pratique::scanner::jinja
