// Runs a template without any data: every branch is taken, loops over what is known are gone
// through item by item, and texts that the template puts together are put together. What it would
// do to the program that renders it comes out as effects, in the order in which they were met:
// names it reads from objects, what it calls, which filters and tests it names.
//
// As with the pickle machine, nothing is executed, and good and bad are not told apart here.
#pragma once

#include "formats/jinja/template.h"

namespace pratique::jinja {

enum class EffectKind : std::uint8_t {
    attribute,  // `name` of an object: by a point, brackets, a filter, or a field of str.format
    call,       // the global function `name`
    method,     // the method `name` of an object
    computed,   // something that is no name is called
    filter,     // the filter `name`
    test,       // the test `name`
    global,     // the global `name` as a value
    load,       // another template, `name`
    spelled,    // the text `name` was put together
    amount,     // a number or size that only serves to use up memory or time
};

/// How an attribute is named.
enum class By : std::uint8_t {
    point,     // x.name
    brackets,  // x["name"], which may be a key of a dict as well
    filter,    // x|attr("name"), x|map(attribute="name")
    format,    // "{0.name}".format(x)
};

struct Effect {
    EffectKind kind{};
    std::uint64_t offset = 0;  // in the template
    std::string name = {};     // "" where it is open
    std::string path = {};     // for people: how it was reached, `lipsum.__globals__`
    bool open = false;         // the name depends on what is not known
    bool marked = false;       // and "__" goes into it
    By by = By::point;         // of attributes
    bool engine = false;       // of attributes: of an object of the template engine
    bool reached = false;      // of calls: what is called was reached by an open name
};

struct Effects {
    std::vector<Effect> effects;  // each once
    /// The work or the number of effects went over a limit: there may be more.
    bool limited = false;
};

/// Above it a number that is handed to a function, filter or method is an `amount`; jinja's own
/// sandbox allows no longer range.
inline constexpr std::int64_t kLargestArgument = 100'000;
/// Turns of nested loops that are known, and characters put together, above which it is one.
inline constexpr std::int64_t kMostTurns = 1'000'000;
inline constexpr std::int64_t kLongestOutput = 16 << 20;

/// Thread-safe; time and memory are bounded, whatever the template repeats.
Effects run(const Template& source);

}  // namespace pratique::jinja
