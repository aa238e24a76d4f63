// The policy table as BPF, by libseccomp. Runs when the project is built, and in its tests.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "sandbox/policy/table.h"

namespace pratique::sandbox::policy {

/// What becomes of a call that the table does not have.
enum class Denial {
    notify,  ///< the parent is told by the kernel, and kills
    trap,    ///< the worker is told by SIGSYS, says so and exits; where notify is not to be had
};

/// The first filter of a profile: its rules and what arming needs. Calls of another architecture,
/// and x32's, kill. `architecture` is libseccomp's (SCMP_ARCH_X86_64, …). Ends the program with a
/// message if the table cannot be compiled.
std::vector<sock_filter> compile(const Policy& policy, Denial denial, std::uint32_t architecture);

/// The second: traps the calls that only arming needs, and allows the rest, of which the first
/// filter is the judge.
std::vector<sock_filter> compile_seal(const Policy& policy, std::uint32_t architecture);

}  // namespace pratique::sandbox::policy
