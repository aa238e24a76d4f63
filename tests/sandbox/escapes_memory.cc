// 51 to 59 and others: memory that would be executable, or shared, or that the limits forbid.
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include <cerrno>

#include "escape.h"
#include "escape_calls.h"

namespace escapes {
namespace {

constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
constexpr int kBoth = PROT_READ | PROT_WRITE;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;

/// A page of its own, for the call that follows.
const std::vector<Call>& a_page() {
    static const std::vector<Call> call{{SYS_mmap, {0, kPage, kBoth, kAnonymous, -1, 0}}};
    return call;
}

Escapes on_a_page() {
    const Must no = denied();
    return {
        {52, "make memory executable", SYS_mprotect, {result, kPage, PROT_EXEC}, no, no, a_page()},
        {53,
         "make it executable with a key",
         SYS_pkey_mprotect,
         {result, kPage, PROT_EXEC, -1},
         no,
         no,
         a_page()},
        {56,
         "shuffle pages of a mapping",
         SYS_remap_file_pages,
         {result, kPage, 0, 0, 0},
         no,
         no,
         a_page()},
        {118, "call a page broken", SYS_madvise, {result, kPage, MADV_HWPOISON}, no, no, a_page()},
        {119, "hide it from a fork", SYS_madvise, {result, kPage, MADV_DONTFORK}, no, no, a_page()},
        {121, "seal its memory", kMseal, {result, kPage, 0}, no, no, a_page()},
    };
}

}  // namespace

Escapes memory() {
    Escapes rows = {
        {51,
         "map executable memory",
         SYS_mmap,
         {0, kPage, PROT_READ | PROT_EXEC, kAnonymous, -1, 0}},
        {51,
         "map memory that is executable by a bit above 32",
         SYS_mmap,
         {0, kPage, kHigh | PROT_READ, kAnonymous, -1, 0}},
        {51,
         "map memory that is shared and writable",
         SYS_mmap,
         {0, kPage, kBoth, MAP_SHARED | MAP_ANONYMOUS, -1, 0}},
        {51,
         "map memory over memory that is there",
         SYS_mmap,
         {0x10000, kPage, kBoth, kAnonymous | MAP_FIXED, -1, 0}},
        {54, "let readable mean executable", SYS_personality, {READ_IMPLIES_EXEC}},
        {55, "make shared memory", SYS_shmget, {IPC_PRIVATE, kPage, IPC_CREAT | 0600}},
        {57, "map a shadow stack", kMapShadowStack, {0, kPage, 0}},
        {58, "map its input to write", SYS_mmap, {0, kPage, kBoth, MAP_SHARED, input, 0}},
        {58, "map its input shared", SYS_mmap, {0, kPage, PROT_READ, MAP_SHARED, input, 0}},
        {59,
         "map a file executable",
         SYS_mmap,
         {0, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE, other, 0}},
        {59, "map it to write", SYS_mmap, {0, kPage, kBoth, MAP_SHARED, other, 0}},
        {123,
         "take more memory than its limit",
         SYS_mmap,
         {0, 16 * kGiB, kBoth, kAnonymous, -1, 0},
         error(ENOMEM)},
    };
    for (Escape& row : on_a_page()) rows.push_back(std::move(row));
    return rows;
}

}  // namespace escapes
