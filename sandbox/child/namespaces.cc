#include "sandbox/child/namespaces.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <string>
#include <string_view>

namespace pratique::sandbox::child {
namespace {

constexpr int kSpaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;

int failed(long result) { return result < 0 ? errno : 0; }

int write_file(const char* path, std::string_view text) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int error = failed(::write(fd, text.data(), text.size()));
    ::close(fd);
    return error;
}

/// Outside and inside the new user namespace this is the same user, and there is no other.
int map_id(const char* path, unsigned id) {
    const std::string number = std::to_string(id);
    return write_file(path, number + " " + number + " 1");
}

int leave_as_user() {
    const unsigned user = ::geteuid();
    const unsigned group = ::getegid();
    // A program that its user may not read is not dumpable, and /proc/self then not writable.
    if (const int error = failed(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))) return error;
    if (const int error = failed(::unshare(CLONE_NEWUSER | kSpaces))) return error;
    // A group map may be written only by those who cannot drop groups that forbid them something.
    if (const int error = write_file("/proc/self/setgroups", "deny")) return error;
    if (const int error = map_id("/proc/self/uid_map", user)) return error;
    return map_id("/proc/self/gid_map", group);
}

/// A new namespace of names starts with the host's.
int forget_names() {
    constexpr std::string_view kName = "pratique";
    if (const int error = failed(::sethostname(kName.data(), kName.size()))) return error;
    return failed(::setdomainname(kName.data(), kName.size()));
}

/// A folder that is on every Linux system, to build the new root on.
constexpr const char* kAnyFolder = "/dev";

int empty_root() {
    if (const int error = failed(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr))) {
        return error;
    }
    constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
    if (const int error =
            failed(::mount("none", kAnyFolder, "tmpfs", kFlags, "size=4k,nr_inodes=2,mode=0555"))) {
        return error;
    }
    if (const int error = failed(::chdir(kAnyFolder))) return error;
    // Puts the old root on top of the new one, from where it is taken away.
    if (const int error = failed(::syscall(SYS_pivot_root, ".", "."))) return error;
    if (const int error = failed(::umount2(".", MNT_DETACH))) return error;
    return failed(::chdir("/"));
}

/// The attempt that counts. Anyone may list "/"; it must have nothing.
int expect_nothing() {
    DIR* root = ::opendir("/");
    if (root == nullptr) return errno;
    int error = 0;
    while (const dirent* entry = ::readdir(root)) {
        const std::string_view name(std::begin(entry->d_name));
        if (name != "." && name != "..") error = EPROTO;
    }
    ::closedir(root);
    return error;
}

}  // namespace

int leave_namespaces() {
    int error = failed(::unshare(kSpaces));
    // Without the power to do that: as everyone may, where everyone may.
    if (error == EPERM) error = leave_as_user();
    if (error == 0) error = forget_names();
    if (error == 0) error = empty_root();
    return error == 0 ? expect_nothing() : error;
}

}  // namespace pratique::sandbox::child
