// Inside the isolation of others, as in a container or a CI runner: which tier is there, and said
// so.
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <filesystem>
#include <fstream>

#include "forbid.h"
#include "sandbox/call_names.h"
#include "talk.h"

using namespace worker_test;
namespace fs = std::filesystem;

namespace {

/// Calls that the default profile of Docker (moby/profiles, 2026) has not on its list for a
/// container with the default capabilities. It answers them, and numbers that it does not know,
/// with EPERM. Left of what it asks of arguments: families of socket(), and personalities.
constexpr std::string_view kNotInDocker =
    " syslog uselib ustat sysfs vhangup pivot_root _sysctl acct settimeofday mount umount2 swapon "
    "swapoff reboot sethostname setdomainname iopl ioperm create_module init_module delete_module "
    "get_kernel_syms query_module quotactl nfsservctl getpmsg putpmsg afs_syscall tuxcall security "
    "lookup_dcookie clock_settime vserver mbind set_mempolicy get_mempolicy kexec_load add_key "
    "request_key keyctl migrate_pages unshare move_pages perf_event_open fanotify_init "
    "open_by_handle_at setns kcmp finit_module kexec_file_load bpf userfaultfd io_uring_setup "
    "io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount fspick "
    "pidfd_getfd process_madvise mount_setattr quotactl_fd set_mempolicy_home_node "
    "lsm_get_self_attr lsm_set_self_attr lsm_list_modules open_tree_attr file_getattr "
    "file_setattr ";

/// The capabilities that Docker leaves to root.
constexpr auto kDockerCapabilities =
    std::to_array<unsigned>({CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_KILL,
                             CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_NET_RAW,
                             CAP_SYS_CHROOT, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_SETFCAP});

bool keep_capabilities(std::span<const unsigned> kept) {
    std::array<__user_cap_data_struct, 2> sets{};
    for (const unsigned one : kept) sets[one / 32].permitted |= 1U << (one % 32);
    for (auto& half : sets) half.effective = half.permitted;
    for (unsigned long one = 0; one < 64; ++one) {
        const bool keep = std::ranges::find(kept, static_cast<unsigned>(one)) != kept.end();
        if (!keep && ::prctl(PR_CAPBSET_DROP, one, 0, 0, 0) != 0 && errno != EINVAL) return false;
    }
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

bool docker_filter() {
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool good = filter != nullptr;
    constexpr std::uint64_t namespaces = 0x7e020000;
    const auto none_of_them = SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces, 0);
    for (std::uint32_t number = 0; number < kCallNames.size(); ++number) {
        const std::string_view call = kCallNames[number];
        if (call.empty() || call == "clone" || call == "clone3") continue;
        if (kNotInDocker.find(" " + std::string(call) + " ") != std::string_view::npos) continue;
        good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, static_cast<int>(number), 0) == 0;
    }
    good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, none_of_them) == 0;
    good = good && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    return good && seccomp_load(filter) == 0;
}

bool become_nobody() {
    return ::setgroups(0, nullptr) == 0 && ::setresgid(65534, 65534, 65534) == 0 &&
           ::setresuid(65534, 65534, 65534) == 0;
}

/// The test worker where every user may run it.
struct Reachable {
    fs::path folder;
    std::string worker;
    Reachable() {
        std::string name = (fs::temp_directory_path() / "pratique-nested-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) BOOST_FAIL("mkdtemp");
        folder = name;
        fs::permissions(folder, fs::perms(0755));
        worker = name + "/worker";
        fs::copy_file(TEST_WORKER, worker);
        fs::permissions(worker, fs::perms(0755));
    }
    ~Reachable() { fs::remove_all(folder); }
};

/// What a worker says of itself here, in short: "strong notify: namespaces 1".
std::string here(const std::string& worker, Tier min_tier = Tier::basic) {
    const auto started = Session::start({.worker = worker, .min_tier = min_tier});
    if (const auto* outcome = std::get_if<Outcome>(&started)) {
        return std::string(name(outcome->failure)) + " " + outcome->detail;
    }
    const Isolation& isolation = std::get<Session>(started).isolation();
    std::string out =
        std::string(name(isolation.tier())) + " " + std::string(name(isolation.seccomp)) + ":";
    for (const Missing& row : isolation.missing) {
        out += " " + std::string(name(row.layer)) + " " + std::to_string(row.error);
    }
    return out;
}

/// The text that `work` returns in a copy of this process.
std::string in_a_copy_of_this(const std::function<std::string()>& work) {
    std::array<int, 2> pair{};
    BOOST_TEST_REQUIRE(::pipe2(pair.data(), O_CLOEXEC) == 0);
    const int status = in_a_copy([&] {
        const std::string text = work();
        return ::write(pair[1], text.data(), text.size()) >= 0 ? 0 : 1;
    });
    ::close(pair[1]);
    std::array<char, 1024> buffer{};
    const ssize_t count = ::read(pair[0], buffer.data(), buffer.size());
    ::close(pair[0]);
    BOOST_TEST(status == 0);
    return std::string(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
}

bool is_root() { return ::geteuid() == 0; }

/// mdwe is as new as Linux 6.3; what follows is said of kernels that have it and, less this, of
/// others.
std::string without_mdwe(std::string text) {
    const auto at = text.find(" mdwe 22");
    if (at != std::string::npos) text.erase(at, 8);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nested)

BOOST_AUTO_TEST_CASE(in_a_docker_container_the_tier_is_strong) {  // 164
    const Reachable reachable;
    for (const bool root : {true, false}) {
        if (root && !is_root()) continue;
        const std::string seen = in_a_copy_of_this([&] {
            if (root && !keep_capabilities(kDockerCapabilities)) return std::string("capset");
            if (!root && is_root() && !become_nobody()) return std::string("setresuid");
            if (!docker_filter()) return std::string("filter");
            return here(reachable.worker, Tier::strong);
        });
        BOOST_TEST(without_mdwe(seen) == "strong notify: namespaces 1");
    }
}

BOOST_AUTO_TEST_CASE(where_mounting_is_forbidden_the_tier_is_strong) {
    // User namespaces that may do nothing, as AppArmor makes them on Ubuntu.
    const std::string seen = in_a_copy_of_this([] {
        return forbid(SYS_mount, EACCES) ? here(TEST_WORKER, Tier::strong) : std::string("filter");
    });
    BOOST_TEST(seen.starts_with("strong notify:"));
    BOOST_TEST(seen.find(" namespaces ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(under_a_filter_with_a_listener_denied_calls_still_have_names) {  // 164
    const std::string seen = in_a_copy_of_this([] {
        std::array<sock_filter, 1> code{{BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
        const sock_fprog program{code.size(), code.data()};
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return std::string("no_new_privs");
        if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                      &program) < 0) {
            return std::string("listener");
        }
        const Outcome outcome = ending(kSocket);
        return here(TEST_WORKER, Tier::strong) + "; " + std::string(name(outcome.failure)) + " " +
               outcome.detail;
    });
    BOOST_TEST(seen.find(" trap:") != std::string::npos);
    BOOST_TEST(seen.ends_with("; denied_syscall socket"));
}

BOOST_AUTO_TEST_CASE(when_landlock_has_no_layer_left_the_tier_is_basic) {  // 164
    const std::string seen = in_a_copy_of_this([] {
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return std::string("no_new_privs");
        const std::uint64_t make_socket = 1U << 9;
        for (int layer = 0; layer < 16; ++layer) {
            const long set =
                ::syscall(SYS_landlock_create_ruleset, &make_socket, sizeof(make_socket), 0);
            if (set < 0) return std::string("no landlock");
            if (::syscall(SYS_landlock_restrict_self, set, 0) != 0) return std::string("restrict");
        }
        return here(TEST_WORKER, Tier::strong) + "; " + here(TEST_WORKER);
    });
    if (seen == "no landlock") return;
    BOOST_TEST(seen.starts_with("sandbox_unavailable landlock"));
    BOOST_TEST(seen.find("; basic notify:") != std::string::npos);
    BOOST_TEST(seen.find(" landlock 7") != std::string::npos);  // E2BIG
}

BOOST_AUTO_TEST_CASE(roots_of_a_rootless_container_get_namespaces_and_no_other_name) {  // 164
    if (!here(TEST_WORKER).starts_with("full")) return;  // there are no namespaces to nest
    const std::string seen = in_a_copy_of_this([] {
        const std::string map = "0 " + std::to_string(::geteuid()) + " 1";
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS)) {
            return std::string("unshare");
        }
        if (!std::ofstream("/proc/self/setgroups").write("deny", 4).flush() ||
            !(std::ofstream("/proc/self/uid_map") << map).flush() ||
            !(std::ofstream("/proc/self/gid_map") << map).flush()) {
            return std::string("maps");
        }
        return here(TEST_WORKER);
    });
    BOOST_TEST(without_mdwe(seen) == "strong notify: identity 1");
}

BOOST_AUTO_TEST_SUITE_END()
