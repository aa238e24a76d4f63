#include "sandbox/output.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "sandbox/memory_file.h"

namespace pratique::sandbox {
namespace {

constexpr int kSealExec = 0x20;  // F_SEAL_EXEC, which comes with memory that is never executable
constexpr int kSize = F_SEAL_GROW | F_SEAL_SHRINK;
constexpr int kAll = kSize | F_SEAL_WRITE | F_SEAL_SEAL;

Outcome failed(const char* step) {
    return {.failure = Failure::setup_failed,
            .detail = std::string(step) + ": " + escape(std::strerror(errno))};
}

}  // namespace

Sealed::Sealed(Sealed&& other) noexcept
    : fd_(std::move(other.fd_)), bytes_(std::exchange(other.bytes_, {})) {}

Sealed& Sealed::operator=(Sealed&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Sealed::~Sealed() {
    // munmap() takes what mmap() gave, which was never writable.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::variant<Output, Outcome> Output::make(std::uint64_t size) {
    Descriptor fd = make_memory_file("pratique-output");
    if (!fd) return failed("memfd_create");
    if (!resize(fd.get(), size)) return failed("ftruncate");
    if (::fcntl(fd.get(), F_ADD_SEALS, kSize) != 0) return failed("seal");
    return Output(std::move(fd));
}

std::variant<Sealed, Outcome> Output::seal(std::uint64_t most) && {
    // EBUSY: someone still has it mapped writable.
    if (::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) != 0) return failed("seal");
    if ((::fcntl(fd_.get(), F_GET_SEALS) & kAll) != kAll) return failed("seals");
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return failed("fstat");
    const std::size_t size = std::min(static_cast<std::uint64_t>(status.st_size), most);
    if (size == 0) return Sealed(std::move(fd_), {});
    const void* memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd_.get(), 0);
    if (memory == MAP_FAILED) return failed("mmap");
    return Sealed(std::move(fd_), Bytes(static_cast<const std::byte*>(memory), size));
}

bool is_unsealed_output(int fd) {
    const int seals = ::fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & ~kSealExec) == kSize;
}

}  // namespace pratique::sandbox
