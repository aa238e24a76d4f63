// 15 to 30: files by their paths, and the tree that the paths lead through.
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

#include "escape.h"

namespace escapes {
namespace {

constexpr const char* kFile = "/etc/passwd";
constexpr const char* kNoFile = "/tmp/pratique-escape";
constexpr const char* kAnotherFile = "/tmp/pratique-escape-2";

}  // namespace

Escapes paths() {
    const Value how = words(O_RDONLY, 0, 0);                // struct open_how
    const Value handle = words(pair(128, 0), space(0), 0);  // struct file_handle: size, type, …
    const Value attributes = words(0, 0, 0, 0);             // struct mount_attr
    return {
        // Libraries try these and can do without; an errno and no alarm is the right answer.
        {15, "open a file", SYS_openat, {AT_FDCWD, kFile, O_RDONLY}, error(EACCES)},
        {15,
         "make a file",
         SYS_openat,
         {AT_FDCWD, kNoFile, O_WRONLY | O_CREAT, 0600},
         error(EACCES)},
        {17, "open a file, the newest way", SYS_openat2, {AT_FDCWD, kFile, how, 24}},
        {19, "open a file by its handle", SYS_open_by_handle_at, {AT_FDCWD, handle, O_RDONLY}},
        {20,
         "ask for the handle of a file",
         SYS_name_to_handle_at,
         {AT_FDCWD, kFile, space(256), space(8), 0}},
        {21,
         "open its own memory",
         SYS_openat,
         {AT_FDCWD, "/proc/self/mem", O_RDWR},
         error(EACCES)},
        {22,
         "open its input again, to write",
         SYS_openat,
         {AT_FDCWD, "/proc/self/fd/6", O_RDWR},
         error(EACCES)},
        {22,
         "open it again by its number in the folder",
         SYS_openat,
         {AT_FDCWD, "/proc/self/fd/3", O_RDWR},
         error(EACCES)},
        {23, "delete a file", SYS_unlinkat, {AT_FDCWD, kNoFile, 0}},
        {24,
         "rename a file",
         SYS_renameat2,
         {AT_FDCWD, kNoFile, AT_FDCWD, kAnotherFile, RENAME_NOREPLACE}},
        {25, "mount", SYS_mount, {"none", kNoFile, "tmpfs", MS_NOSUID, 0}},
        {26, "mount, the newer way", SYS_fsopen, {"tmpfs", FSOPEN_CLOEXEC}},
        {27, "copy a mount", SYS_open_tree, {AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC}},
        {28, "change a mount", SYS_mount_setattr, {AT_FDCWD, kNoFile, 0, attributes, 32}},
        {29, "take another root", SYS_pivot_root, {kNoFile, kNoFile}},
        {30, "take another root, the old way", SYS_chroot, {"/tmp"}},
    };
}

}  // namespace escapes
