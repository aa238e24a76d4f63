// A tool of the build: turns the policy table into BPF, by libseccomp, and writes it and the names
// of all system calls as C++ source. The worker only installs the array: building a filter costs
// three times as much as all the rest of the lock-down, and the product needs no libseccomp.
//
//   sandbox_policy filter <out.cc>      kStream and kSingle, for each architecture
//   sandbox_policy names <out.cc>       kCallNames, for each architecture
#include <seccomp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "sandbox/policy/compile.h"

using namespace pratique::sandbox;

namespace {

struct Target {
    std::uint32_t architecture;
    const char* macro;
};

constexpr std::array kTargets{Target{SCMP_ARCH_X86_64, "__x86_64__"},
                              Target{SCMP_ARCH_AARCH64, "__aarch64__"}};

void write_array(std::FILE* out, const std::string& name, const std::vector<sock_filter>& code) {
    std::fprintf(out, "constexpr sock_filter %s[] = {\n", name.c_str());
    for (const sock_filter& step : code) {
        std::fprintf(out, "    {0x%02x, %u, %u, 0x%08x},\n", step.code, step.jt, step.jf, step.k);
    }
    std::fputs("};\n", out);
}

void write_profile(std::FILE* out, const std::string& name, const policy::Policy& policy,
                   std::uint32_t architecture) {
    write_array(out, name + "Notify", compile(policy, policy::Denial::notify, architecture));
    write_array(out, name + "Trap", compile(policy, policy::Denial::trap, architecture));
    write_array(out, name + "Seal", compile_seal(policy, architecture));
}

void write_filters(std::FILE* out) {
    std::fputs("#include \"sandbox/child/filter.h\"\n\n", out);
    for (const Target& target : kTargets) {
        std::fprintf(out, "#if defined(%s)\nnamespace {\n", target.macro);
        write_profile(out, "kStream", policy::stream(), target.architecture);
        write_profile(out, "kSingle", policy::single(), target.architecture);
        std::fputs("}  // namespace\n#endif\n", out);
    }
    std::fputs(
        "namespace pratique::sandbox::child {\n"
        "const Filters kStream{kStreamNotify, kStreamTrap, kStreamSeal};\n"
        "const Filters kSingle{kSingleNotify, kSingleTrap, kSingleSeal};\n"
        "}  // namespace pratique::sandbox::child\n",
        out);
}

/// Calls newer than the library; they have the same number everywhere.
const char* newer_name(int number) {
    static constexpr auto kNewer = std::to_array<const char*>({"set_mempolicy_home_node",
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
    constexpr int kFirst = 450;
    const auto index = static_cast<std::size_t>(number - kFirst);
    return number < kFirst || index >= kNewer.size() ? nullptr : kNewer.at(index);
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
    if (!out) {
        std::perror(arguments[2]);
        return 1;
    }
    if (std::string(arguments[1]) == "filter") {
        write_filters(out.get());
    } else {
        write_names(out.get());
    }
    return std::ferror(out.get()) == 0 ? 0 : 1;
}
