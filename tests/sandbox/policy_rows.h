// System calls on both sides of each line of the policy table: the form that is allowed, and its
// neighbours, which are not. The kernel is asked about them (policy_test) and so are filters that
// were broken on purpose (mutation_test).
#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

#include "sandbox/attempt.h"
#include "sandbox/options.h"

namespace policy_rows {

using pratique::sandbox::Argument;
using pratique::sandbox::Profile;

/// An argument: a number, `data` or `input`.
struct A : Argument {
    template <class T>
    requires(std::integral<T> || std::is_enum_v<T>) A(T number)
        : Argument{Meaning::number, static_cast<std::uint64_t>(number)} {}
    A(Argument other) : Argument(other) {}
};

struct Row {
    long call;
    std::vector<A> arguments;
    int result = 0;  ///< 0: works; else this errno
};

std::vector<Row> allowed(Profile profile);
std::vector<Row> forbidden(Profile profile);

/// Allowed and forbidden while the worker arms itself, under the first filter alone.
std::vector<Row> allowed_while_arming(Profile profile);
std::vector<Row> forbidden_while_arming(Profile profile);

/// The call and its arguments, for people.
std::string context(const Row& row);

}  // namespace policy_rows
