// A value that was chosen by a process which may have been taken over. It cannot be used before
// something has looked at it: validate() is the only way in, and can be searched for.
#pragma once

#include <functional>
#include <utility>

namespace pratique {

template <class T>
class Untrusted {
public:
    Untrusted() = default;
    explicit Untrusted(T value) : value_(std::move(value)) {}

    /// What `check` makes of the value: a type that exists only if the value was good, or an error.
    template <class Check>
    decltype(auto) validate(Check&& check) const {
        return std::invoke(std::forward<Check>(check), value_);
    }

private:
    T value_{};
};

}  // namespace pratique
