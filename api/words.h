// What became of a worker, in words for people; safe to print.
#pragma once

#include <string>

#include "sandbox/outcome.h"
#include "scanner/report.h"

namespace pratique::api {

/// "the worker made a system call that parsing never needs: openat (signal 31): detail".
std::string words(const sandbox::Outcome& outcome);
/// The gap that it leaves, with `before` in front of its words.
scanner::Gap gap_of(const sandbox::Outcome& outcome, const std::string& before = {});
/// Of what was not read to its end because nobody wants it any more (base/cancel.h).
scanner::Gap gave_up();

}  // namespace pratique::api
