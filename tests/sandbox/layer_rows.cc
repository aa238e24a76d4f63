// The rows of the layers, 128 to 133.
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <csignal>

#include "layer.h"

namespace escapes {
namespace {

constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
constexpr int kBoth = PROT_READ | PROT_WRITE;
constexpr std::uint64_t kPage = 4096;

const std::string kSecret = "of the parent";

bool is_zero(std::string_view bytes) {
    return !bytes.empty() && bytes.find_first_not_of('\0') == std::string_view::npos;
}

bool names_the_host(std::string_view names) {
    utsname host{};
    ::uname(&host);
    return std::string_view(names.substr(offsetof(utsname, nodename)).data()) == host.nodename;
}

std::vector<Call> connect_to(int family, const Value& address, std::size_t size) {
    return {{SYS_socket, {family, SOCK_STREAM, 0}}, {SYS_connect, {result, address, size}}};
}

LayerRows on_paths(const Host& host) {
    const Must no = error(EACCES);
    const std::string file = host.path("file");
    const std::string fresh = host.path("new");
    return {
        {128, "open a file to read", {{SYS_openat, {AT_FDCWD, file, O_RDONLY}}}, no},
        {128, "open a file to write", {{SYS_openat, {AT_FDCWD, file, O_WRONLY}}}, no},
        {128, "list a folder", {{SYS_openat, {AT_FDCWD, "/", O_RDONLY | O_DIRECTORY}}}, no},
        // So IOCTL_DEV has nothing to stop: no device can be opened, and rights on what was open
        // before are not taken away.
        {128, "open a device", {{SYS_openat, {AT_FDCWD, "/dev/null", O_RDWR}}}, no},
        {128, "make a file", {{SYS_openat, {AT_FDCWD, fresh, O_WRONLY | O_CREAT, 0600}}}, no},
        {128, "make a folder", {{SYS_mkdirat, {AT_FDCWD, fresh, 0700}}}, no},
        {128, "make a pipe", {{SYS_mknodat, {AT_FDCWD, fresh, S_IFIFO | 0600, 0}}}, no},
        {128, "make a link", {{SYS_symlinkat, {"/", AT_FDCWD, fresh}}}, no},
        {128, "delete a file", {{SYS_unlinkat, {AT_FDCWD, file, 0}}}, no},
        {128, "rename a file", {{SYS_renameat2, {AT_FDCWD, file, AT_FDCWD, fresh, 0}}}, no},
        {128,
         "move a file to another folder",
         {{SYS_renameat2, {AT_FDCWD, file, AT_FDCWD, host.path("folder/new"), 0}}},
         no | error(EXDEV)},
        {128,
         "run a program",
         {{SYS_execve, {"/bin/true", words("/bin/true", 0), words(0)}}},
         no,
         leaves(0)},
        {.number = 128,
         .attempt = "cut a file off",
         .calls = {{SYS_truncate, {file, 0}}},
         .must = no,
         .since = 3},
    };
}

LayerRows on_others(const Host& host) {
    const std::string abstract = host.abstract_socket();
    const std::string named = host.named_socket();
    const Value here = words(space(kSecret.size()), kSecret.size());
    const Value there = words(std::bit_cast<std::uint64_t>(kSecret.data()), kSecret.size());
    return {
        {.number = 128,
         .attempt = "connect to a port",
         .calls = connect_to(AF_INET, host.tcp(), sizeof(sockaddr_in)),
         .must = error(EACCES),
         .since = 4},
        {.number = 128,
         .attempt = "take a port",
         .calls = {{SYS_socket, {AF_INET, SOCK_STREAM, 0}},
                   {SYS_bind, {result, words(AF_INET, 0), sizeof(sockaddr_in)}}},
         .must = error(EACCES),
         .since = 4},
        {.number = 128,
         .attempt = "connect to a socket without a path",
         .calls = connect_to(AF_UNIX, abstract, abstract.size()),
         .must = error(EPERM),
         .since = 6},
        {.number = 128,
         .attempt = "signal the parent",
         .calls = {{SYS_kill, {::getpid(), 0}}},
         .must = error(EPERM),
         .since = 6},
        {.number = 128,
         .attempt = "connect to a socket with a path",
         .calls = connect_to(AF_UNIX, named, named.size()),
         .must = error(EACCES),
         .since = 9},
        // Where Yama is, it does not let a child read its parent either.
        {.number = 128,
         .attempt = "read the parent's memory",
         .calls = {{SYS_process_vm_readv, {::getpid(), here, 1, there, 1, 0}}},
         .must = error(EPERM),
         .without = works() | error(EPERM),
         .holds = [](std::string_view data) { return data.find(kSecret) == data.npos; }},
    };
}

/// Fills 32 MiB at a time with random bytes: about a tenth of a second of computing each.
std::vector<Call> compute() {
    constexpr std::uint64_t address = 0x10'0000'0000;
    constexpr std::uint64_t size = 32 * kMiB;
    std::vector<Call> calls(200, Call{SYS_getrandom, {address, size, 0}});
    calls.insert(calls.begin(), {SYS_mmap, {address, size, kBoth, kAnonymous | MAP_FIXED, -1, 0}});
    return calls;
}

}  // namespace

LayerRows landlock_rows(const Host& host) {
    LayerRows rows = on_paths(host);
    for (LayerRow& row : on_others(host)) rows.push_back(std::move(row));
    return rows;
}

LayerRows limit_rows() {
    const Call core{SYS_prlimit64, {0, RLIMIT_CORE, 0, space(sizeof(rlimit))}};
    const Call page{SYS_mmap, {0, kPage, kBoth, kAnonymous, -1, 0}};
    return {
        // Root may; the layers above take that away.
        {129, "make a process", {{SYS_clone, {SIGCHLD}}}, error(EAGAIN), kUntried, Who::others},
        {129,
         "lock memory",
         {page, {SYS_mlock, {result, kPage}}},
         error(EPERM) | error(ENOMEM),
         works(),
         Who::others},
        {129, "hold more descriptors", std::vector<Call>(250, Call{SYS_dup, {kErrors}}),
         error(EMFILE)},
        {129,
         "write a file",
         {{SYS_memfd_create, {"x", MFD_CLOEXEC}}, {SYS_write, {result, "x", 1}}},
         ends_by(SIGXFSZ)},
        {129, "compute without end", compute(), ends_by(SIGXCPU), kUntried},
        {129,
         "take more memory",
         {{SYS_mmap, {0, 16 * kGiB, kBoth, kAnonymous, -1, 0}}},
         error(ENOMEM)},
        {129,
         "take more addresses",
         {{SYS_mmap, {0, 2048 * kGiB, PROT_NONE, kAnonymous, -1, 0}}},
         error(ENOMEM)},
        {.number = 129,
         .attempt = "leave a copy of its memory",
         .calls = {core},
         .must = works(),
         .without = kUntried,
         .holds = is_zero},
    };
}

LayerRows capability_rows(const Host& host) {
    const Must no = error(EPERM);
    const Value version = words(pair(_LINUX_CAPABILITY_VERSION_3, 0));
    const std::string fresh = host.path("new");
    constexpr std::size_t header = 16;
    const auto root = Who::root;
    return {
        {.number = 133,
         .attempt = "have powers",
         .calls = {{SYS_capget, {version, space(sizeof(__user_cap_data_struct) * 2)}}},
         .must = works(),
         .who = root,
         .holds = [](std::string_view data) { return is_zero(data.substr(header)); }},
        {133,
         "mount",
         {{SYS_mount, {"none", host.path("folder"), "tmpfs", 0, 0}}},
         no,
         kUntried,
         root},
        {133, "become another user", {{SYS_setuid, {1}}}, no, works(), root},
        {133, "take a group", {{SYS_setgroups, {1, words(0)}}}, no, works(), root},
        {133, "take another root", {{SYS_chroot, {host.path("folder")}}}, no, works(), root},
        {133, "enter namespaces", {{SYS_unshare, {CLONE_NEWNS | CLONE_NEWNET}}}, no, works(), root},
        {133,
         "listen to all packets",
         {{SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP}}},
         no,
         works(),
         root},
        {133,
         "make a device",
         {{SYS_mknodat, {AT_FDCWD, fresh, S_IFCHR | 0600, ::makedev(1, 3)}}},
         no,
         works() | no,  // containers may lack this power
         root},
        {133,
         "give a file away",
         {{SYS_fchownat, {AT_FDCWD, host.path("file"), 1, 1, 0}}},
         no,
         works(),
         root},
        {133,
         "raise a limit",
         {{SYS_prlimit64, {0, RLIMIT_CORE, words(5, 5), 0}},
          {SYS_prlimit64, {0, RLIMIT_CORE, words(5, 6), 0}}},
         no,
         works() | no,
         root},
    };
}

LayerRows identity_rows(const Host& host) {
    const auto root = Who::root;
    const std::string file = host.path("private");
    return {
        {133,
         "open a file of root's",
         {{SYS_openat, {AT_FDCWD, file, O_RDONLY}}},
         error(EACCES),
         works(),
         root},
        {133,
         "signal a process of root's",
         {{SYS_kill, {::getpid(), 0}}},
         error(EPERM),
         works(),
         root},
        {133, "become root again", {{SYS_setuid, {0}}}, error(EPERM), works(), root},
        {133, "become of root's group again", {{SYS_setgid, {0}}}, error(EPERM), works(), root},
    };
}

LayerRows seal_rows() {
    const Must no = error(EPERM);
    const auto on = [](const char* path, Call call) {
        return std::vector<Call>{{SYS_openat, {AT_FDCWD, path, O_RDWR}}, std::move(call)};
    };
    const Call write{SYS_write, {result, "x", 1}};
    const Call cut{SYS_ftruncate, {result, 0}};
    const Call grow{SYS_ftruncate, {result, kPage}};
    const Call map{SYS_mmap, {0, kPage, kBoth, MAP_SHARED, result, 0}};
    const char* sealed = "/proc/self/fd/6";
    const char* open = "/proc/self/fd/7";
    return {
        {130, "open its sealed input and write", on(sealed, write), no, kUntried},
        {130, "open it and cut it off", on(sealed, cut), no, kUntried},
        {130, "open it and let it grow", on(sealed, grow), no, kUntried},
        {130, "open it and map it to write", on(sealed, map), no, kUntried},
        // What the seals are there for.
        {130, "open an input without seals and write", on(open, write), works(), kUntried},
        {130, "open it and cut it off", on(open, cut), works(), kUntried},
        {130, "open it and let it grow", on(open, grow), works(), kUntried},
        {130, "open it and map it to write", on(open, map), works(), kUntried},
    };
}

LayerRows output_seal_rows() {
    const Must no = error(EPERM);
    const Must yes = works();
    return {
        {130, "cut its output off", {{SYS_ftruncate, {other, 0}}}, no, kUntried},
        {130, "let its output grow", {{SYS_ftruncate, {other, 2 * kOutputBytes}}}, no, kUntried},
        {130, "write behind it", {{SYS_pwrite64, {other, "x", 1, kOutputBytes}}}, no, kUntried},
        {130, "write into it", {{SYS_pwrite64, {other, "x", 1, kOutputBytes - 1}}}, yes, kUntried},
    };
}

LayerRows privilege_rows(const std::string& program) {
    const Value arguments = words("worker", "who", 0);
    return {
        {131,
         "become root by a program that is root's",
         {{SYS_execve, {program, arguments, words(0)}}},
         leaves(kOrdinary),
         leaves(kRoot),
         Who::others},
    };
}

LayerRows namespace_rows(const Host& host) {
    const std::string abstract = host.abstract_socket();
    constexpr int get_flags = 0x8913;            // SIOCGIFFLAGS
    constexpr int get_name = 0x8910;             // SIOCGIFNAME
    constexpr std::size_t own_entries = 2 * 24;  // of getdents64: "." and ".."
    const Value loopback = words(pair('l' | 'o' << 8, 0), 0, 0, 0, 0);  // struct ifreq
    const Value second = words(0, 0, 2, 0, 0);
    const Call socket{SYS_socket, {AF_INET, SOCK_DGRAM, 0}};
    return {
        {132, "open a file", {{SYS_openat, {AT_FDCWD, "/etc/passwd", O_RDONLY}}}, error(ENOENT)},
        {132,
         "make a file",
         {{SYS_openat, {AT_FDCWD, "/new", O_WRONLY | O_CREAT, 0600}}},
         error(EROFS),
         kUntried},
        {132, "leave by its parent", {{SYS_chdir, {"/../../etc"}}}, error(ENOENT)},
        {.number = 132,
         .attempt = "list the root",
         .calls = {{SYS_openat, {AT_FDCWD, "/", O_RDONLY | O_DIRECTORY}},
                   {SYS_getdents64, {result, space(1024), 1024}}},
         .must = works(),
         .holds = [](std::string_view data) { return is_zero(data.substr(own_entries)); }},
        {.number = 132,
         .attempt = "find the loopback device up",
         .calls = {socket, {SYS_ioctl, {result, get_flags, loopback}}},
         .must = works(),
         .holds = [](std::string_view data) { return (data.at(16) & IFF_UP) == 0; }},
        {132,
         "find a network device",
         {socket, {SYS_ioctl, {result, get_name, second}}},
         error(ENODEV),
         works() | error(ENODEV)},
        {132, "connect to a port of the host", connect_to(AF_INET, host.tcp(), sizeof(sockaddr_in)),
         error(ENETUNREACH)},
        {132, "connect to a socket of the host without a path",
         connect_to(AF_UNIX, abstract, abstract.size()), error(ECONNREFUSED)},
        {132,
         "find shared memory of the host",
         {{SYS_shmget, {host.shared_memory_key(), 0, 0}}},
         error(ENOENT)},
        {.number = 132,
         .attempt = "ask for another name than the host's",
         .calls = {{SYS_uname, {space(sizeof(utsname))}}},
         .must = works(),
         .holds = [](std::string_view data) { return !names_the_host(data); }},
        // Processes are not hidden: that would take one more process. They are governed by the
        // user, by Landlock and by the filter.
        {132, "signal the parent", {{SYS_kill, {::getpid(), 0}}}, works()},
    };
}

LayerRows executable_memory_rows() {
    const Must no = error(EACCES);
    const Call page{SYS_mmap, {0, kPage, kBoth, kAnonymous, -1, 0}};
    return {
        {51,
         "map memory to write and run",
         {{SYS_mmap, {0, kPage, kBoth | PROT_EXEC, kAnonymous, -1, 0}}},
         no},
        {52,
         "run memory that was written",
         {page, {SYS_mprotect, {result, kPage, PROT_READ | PROT_EXEC}}},
         no},
    };
}

}  // namespace escapes
