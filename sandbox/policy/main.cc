// A tool of the build: turns the policy table into BPF, by libseccomp, and writes it and the names
// of all system calls as C++ source. The worker only installs the array: building a filter costs
// three times as much as all the rest of the lock-down, and the product needs no libseccomp.
//
//   sandbox_policy filter <out.cc>      kStreamFilter, for each architecture
//   sandbox_policy names <out.cc>       kCallNames, for each architecture
#include <linux/filter.h>
#include <seccomp.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "sandbox/policy/table.h"

using namespace pratique::sandbox;

namespace {

struct Target {
    std::uint32_t architecture;
    const char* macro;
};

constexpr std::array kTargets{Target{SCMP_ARCH_X86_64, "__x86_64__"},
                              Target{SCMP_ARCH_AARCH64, "__aarch64__"}};

void require(int result, const char* what) {
    if (result >= 0) return;
    std::fprintf(stderr, "sandbox_policy: %s: %s\n", what, std::strerror(-result));
    std::exit(1);
}

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

Filter build(std::uint32_t architecture) {
    Filter filter(seccomp_init(SCMP_ACT_TRAP));
    require(filter ? 0 : -ENOMEM, "seccomp_init");
    if (architecture != seccomp_arch_native()) {
        require(seccomp_arch_remove(filter.get(), SCMP_ARCH_NATIVE), "seccomp_arch_remove");
        require(seccomp_arch_add(filter.get(), architecture), "seccomp_arch_add");
    }
    // Another architecture, and the x32 numbers of this one.
    require(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
            "SCMP_FLTATR_ACT_BADARCH");
    for (const policy::Rule& rule : policy::stream()) {
        if (seccomp_syscall_resolve_name_arch(architecture, rule.call) < 0) continue;  // none there
        // The library takes the number that the call has here, and translates.
        const int number = seccomp_syscall_resolve_name(rule.call);
        require(number == __NR_SCMP_ERROR ? -EINVAL : 0, rule.call);
        std::vector<scmp_arg_cmp> conditions;
        for (const policy::Condition& condition : rule.conditions) {
            conditions.push_back({condition.argument, SCMP_CMP_MASKED_EQ, condition.mask,
                                  condition.value & condition.mask});
        }
        const std::uint32_t action = rule.error == 0
                                         ? SCMP_ACT_ALLOW
                                         : SCMP_ACT_ERRNO(static_cast<std::uint32_t>(rule.error));
        require(seccomp_rule_add_exact_array(filter.get(), action, number,
                                             static_cast<unsigned>(conditions.size()),
                                             conditions.data()),
                rule.call);
    }
    return filter;
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

void write_filters(std::FILE* out) {
    std::fputs("#include \"sandbox/child/filter.h\"\n\n#include <array>\n\n", out);
    for (const Target& target : kTargets) {
        const std::vector<sock_filter> code = program(build(target.architecture));
        std::fprintf(out, "#if defined(%s)\nnamespace {\nconstexpr sock_filter kCode[] = {\n",
                     target.macro);
        for (const sock_filter& step : code) {
            std::fprintf(out, "    {0x%02x, %u, %u, 0x%08x},\n", step.code, step.jt, step.jf,
                         step.k);
        }
        std::fputs("};\n}  // namespace\n#endif\n", out);
    }
    std::fputs(
        "namespace pratique::sandbox::child {\n"
        "const std::span<const sock_filter> kStreamFilter = kCode;\n"
        "}  // namespace pratique::sandbox::child\n",
        out);
}

/// Calls newer than the library; they have the same number everywhere.
const char* newer_name(int number) {
    static constexpr auto names = std::to_array<const char*>({"set_mempolicy_home_node",
                                                              "cachestat",
                                                              "fchmodat2",
                                                              "map_shadow_stack",
                                                              "futex_wake",
                                                              "futex_wait",
                                                              "futex_requeue",
                                                              "statmount",
                                                              "listmount",
                                                              "lsm_get_self_attr",
                                                              "lsm_set_self_attr",
                                                              "lsm_list_modules",
                                                              "mseal",
                                                              "setxattrat",
                                                              "getxattrat",
                                                              "listxattrat",
                                                              "removexattrat",
                                                              "open_tree_attr",
                                                              "file_getattr",
                                                              "file_setattr"});
    constexpr int first = 450;
    const auto index = static_cast<std::size_t>(number - first);
    return number < first || index >= names.size() ? nullptr : names.at(index);
}

void write_names(std::FILE* out) {
    std::fputs("#include \"sandbox/call_names.h\"\n\n#include <array>\n\n", out);
    for (const Target& target : kTargets) {
        std::fprintf(out,
                     "#if defined(%s)\nnamespace {\n"
                     "constexpr std::string_view kNames[] = {\n",
                     target.macro);
        for (int number = 0; number < 470; ++number) {
            const std::unique_ptr<char, void (*)(void*)> known(
                seccomp_syscall_resolve_num_arch(target.architecture, number), std::free);
            const char* newer = newer_name(number);
            std::fprintf(out, "    \"%s\",\n", known ? known.get() : newer ? newer : "");
        }
        std::fputs("};\n}  // namespace\n#endif\n", out);
    }
    std::fputs(
        "namespace pratique::sandbox {\n"
        "const std::span<const std::string_view> kCallNames = kNames;\n"
        "}  // namespace pratique::sandbox\n",
        out);
}

}  // namespace

int main(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    if (arguments.size() != 3) return 64;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(arguments[2], "w"),
                                                              std::fclose);
    require(out ? 0 : -errno, arguments[2]);
    if (std::string(arguments[1]) == "filter") {
        write_filters(out.get());
    } else {
        write_names(out.get());
    }
    return std::ferror(out.get()) == 0 ? 0 : 1;
}
