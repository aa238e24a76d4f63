#include "sandbox/policy/compile.h"

#include <seccomp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace pratique::sandbox::policy {
namespace {

void require(int result, const char* what) {
    if (result >= 0) return;
    std::fprintf(stderr, "sandbox policy: %s: %s\n", what, std::strerror(-result));
    std::exit(1);
}

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

Filter open_filter(std::uint32_t otherwise, std::uint32_t architecture) {
    Filter filter(seccomp_init(otherwise));
    require(filter ? 0 : -ENOMEM, "seccomp_init");
    if (architecture != seccomp_arch_native()) {
        require(seccomp_arch_remove(filter.get(), SCMP_ARCH_NATIVE), "seccomp_arch_remove");
        require(seccomp_arch_add(filter.get(), architecture), "seccomp_arch_add");
    }
    // Another architecture, and the x32 numbers of this one.
    require(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
            "SCMP_FLTATR_ACT_BADARCH");
    return filter;
}

void add(const Filter& filter, std::uint32_t architecture, const Rule& rule, std::uint32_t action) {
    if (seccomp_syscall_resolve_name_arch(architecture, rule.call) < 0) return;  // none there
    // The library takes the number that the call has here, and translates.
    const int number = seccomp_syscall_resolve_name(rule.call);
    require(number == __NR_SCMP_ERROR ? -EINVAL : 0, rule.call);
    std::vector<scmp_arg_cmp> conditions;
    for (const Condition& condition : rule.conditions) {
        conditions.push_back({condition.argument, SCMP_CMP_MASKED_EQ, condition.mask,
                              condition.value & condition.mask});
    }
    require(
        seccomp_rule_add_exact_array(filter.get(), action, number,
                                     static_cast<unsigned>(conditions.size()), conditions.data()),
        rule.call);
}

void add_allowing(const Filter& filter, std::uint32_t architecture,
                  const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
        add(filter, architecture, rule,
            rule.error == 0 ? SCMP_ACT_ALLOW
                            : SCMP_ACT_ERRNO(static_cast<std::uint32_t>(rule.error)));
    }
}

std::vector<sock_filter> program(const Filter& filter) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    require(file ? 0 : -errno, "tmpfile");
    const int descriptor = fileno(file.get());
    require(seccomp_export_bpf(filter.get(), descriptor), "seccomp_export_bpf");
    std::vector<sock_filter> code(BPF_MAXINSNS);
    const ssize_t bytes = pread(descriptor, code.data(), code.size() * sizeof(sock_filter), 0);
    require(bytes > 0 ? 0 : -EIO, "pread");
    code.resize(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
    return code;
}

bool names(const std::vector<Rule>& rules, std::string_view call) {
    return std::ranges::any_of(rules, [call](const Rule& rule) { return rule.call == call; });
}

}  // namespace

std::vector<sock_filter> compile(const Policy& policy, Denial denial, std::uint32_t architecture) {
    const Filter filter = open_filter(SCMP_ACT_TRAP, architecture);
    add_allowing(filter, architecture, policy.rules);
    add_allowing(filter, architecture, policy.arming);
    std::vector<sock_filter> code = program(filter);
    if (denial == Denial::trap) return code;
    // The library makes such a filter only on a kernel that can run it; this one is for later.
    for (sock_filter& step : code) {
        if (step.code == (BPF_RET | BPF_K) && step.k == SECCOMP_RET_TRAP) {
            step.k = SECCOMP_RET_USER_NOTIF;
        }
    }
    return code;
}

std::vector<sock_filter> compile_seal(const Policy& policy, std::uint32_t architecture) {
    const Filter filter = open_filter(SCMP_ACT_ALLOW, architecture);
    for (const Rule& rule : policy.arming) {
        if (!names(policy.rules, rule.call)) {
            add(filter, architecture, {rule.call}, SCMP_ACT_TRAP);
        }
    }
    return program(filter);
}

}  // namespace pratique::sandbox::policy
