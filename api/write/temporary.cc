#include "api/write/temporary.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

namespace pratique::api {
namespace {

/// What is there now. Never taken down: a thread may still use it when the program ends.
struct All {
    std::mutex mutex;
    std::set<const Temporary*> them;
};
All& all() {
    static auto* const out = new All;  // NOLINT(cppcoreguidelines-owning-memory)
    return *out;
}

}  // namespace

int Temporary::make(int folder, std::string name, const std::function<int()>& create) {
    const std::lock_guard lock(all().mutex);
    if (const int error = create(); error != 0) return error;
    folder_ = folder;
    name_ = std::move(name);
    all().them.insert(this);
    return 0;
}

void Temporary::release() {
    if (name_.empty()) return;
    const std::lock_guard lock(all().mutex);
    all().them.erase(this);
    name_.clear();
}

void Temporary::remove() {
    if (name_.empty()) return;
    unlink();
    release();
}

void Temporary::unlink() const {
    if (::unlinkat(folder_, name_.c_str(), 0) == 0 || errno != EISDIR) return;
    std::error_code ignored;  // nobody is left to tell
    if (folder_ == AT_FDCWD) std::filesystem::remove_all(name_, ignored);
}

void Temporary::remove_all() {
    all().mutex.lock();  // for good
    for (const Temporary* one : all().them) one->unlink();
}

}  // namespace pratique::api
