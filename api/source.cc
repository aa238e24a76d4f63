#include "api/source.h"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "api/sealed.h"
#include "api/words.h"
#include "base/cancel.h"
#include "base/checked.h"
#include "base/limits.h"
#include "sandbox/memory_file.h"

namespace pratique::api {
namespace {

constexpr std::uint64_t kCopiedAtOnce = 16 * kMiB;

}  // namespace

Source::Source(sandbox::Sealed output) : output_(std::move(output)), bytes_(output_.bytes()) {}

Source::~Source() {
    // munmap() takes what mmap() gave.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    if (mapped_) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::shared_ptr<const Source> Source::map(int fd, std::uint64_t size, bool writable) {
    if (size == 0) return std::make_shared<const Source>(sandbox::Sealed());
    // Nothing is reserved for copies that are hardly ever made.
    const int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    const int kind = writable ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED;
    const void* memory = ::mmap(nullptr, size, access, kind, fd, 0);
    if (memory == MAP_FAILED) return nullptr;
    // The constructor is private: no make_shared.
    return std::shared_ptr<const Source>(
        new Source(Bytes(static_cast<const std::byte*>(memory), size), writable));
}

std::shared_ptr<const Source> Source::of(sandbox::Sealed output, bool writable) {
    if (writable) return map(output.descriptor(), output.bytes().size(), true);
    return std::make_shared<const Source>(std::move(output));
}

void Source::let_go(std::uint64_t offset, std::uint64_t size) const {
    // What was written to would be lost.
    if (!mapped_ || writable_ || !fits(offset, size, bytes_.size())) return;
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t begin = (offset + page - 1) / page * page;
    const std::uint64_t end = (offset + size) / page * page;
    if (begin >= end) return;
    const Bytes pages = slice(bytes_, begin, end - begin);
    // A shared mapping of a file: nothing is lost. That it may fail is no matter.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    (void)::madvise(const_cast<std::byte*>(pages.data()), pages.size(), MADV_DONTNEED);
}

std::variant<Descriptor, scanner::Gap> join_files(const std::vector<Opened>& files,
                                                  std::uint64_t page,
                                                  std::vector<std::uint64_t>& offsets, int cancel) {
    DescriptorOrGap memory = open_memory();
    if (std::holds_alternative<scanner::Gap>(memory)) return memory;
    const int target = std::get<Descriptor>(memory).get();
    std::uint64_t at = 0;
    for (const Opened& file : files) {
        at = (at + page - 1) / page * page;
        offsets.push_back(at);
        if (!sandbox::resize(target, at + file.stamp.size) ||
            ::lseek(target, static_cast<off_t>(at), SEEK_SET) < 0) {
            return gap_of_error("a private copy", errno);
        }
        off_t from = 0;
        while (static_cast<std::uint64_t>(from) < file.stamp.size) {
            if (is_cancelled(cancel)) return gave_up();
            const auto left = file.stamp.size - static_cast<std::uint64_t>(from);
            const ssize_t put =
                ::sendfile(target, file.fd.get(), &from, std::min(left, kCopiedAtOnce));
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return gap_of_error("a private copy", put < 0 ? errno : EIO);
        }
        at += file.stamp.size;
    }
    return seal(std::move(std::get<Descriptor>(memory)));
}

}  // namespace pratique::api
