// Why a Judged is none; the words are wanted of one that is, too.
#pragma once

#include <string>

#include "signing/refusal.h"

namespace pratique::test {

template <class T>
std::string why(const signing::Judged<T>& judged) {
    return judged ? std::string() : signing::describe(judged.error());
}

}  // namespace pratique::test
