// Tests that root runs again as somebody else: root's powers would hide that a refusal rests on
// them, and an ordinary user's lack of them that a layer is missing.
#pragma once

#include <grp.h>
#include <sys/prctl.h>

#include <filesystem>
#include <string>

#include "talk.h"

namespace worker_test {

inline constexpr unsigned kNobody = 65534;

/// Beside a program that root copied: the same with the bit that makes it run as root.
inline std::string owned_by_root(const std::string& worker) { return worker + "-of-root"; }

/// The worker program in a folder that everybody can reach; the build's own may lie in /root.
class ReachableWorker {
public:
    ReachableWorker() {
        namespace fs = std::filesystem;
        folder_ = (fs::temp_directory_path() / "pratique-test-XXXXXX").string();
        if (::mkdtemp(folder_.data()) == nullptr) BOOST_FAIL("mkdtemp");
        const auto others = fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read |
                            fs::perms::others_exec;
        fs::permissions(folder_, fs::perms::owner_all | others);
        fs::copy_file(TEST_WORKER, path());
        fs::permissions(path(), fs::perms::owner_all | others);
        fs::copy_file(TEST_WORKER, owned_by_root(path()));
        fs::permissions(owned_by_root(path()), fs::perms::owner_all | others | fs::perms::set_uid);
    }
    ~ReachableWorker() { std::filesystem::remove_all(folder_); }
    ReachableWorker(const ReachableWorker&) = delete;
    ReachableWorker& operator=(const ReachableWorker&) = delete;

    std::string path() const { return folder_ + "/worker"; }

private:
    std::string folder_;
};

inline bool become_nobody() {
    return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
           ::setresuid(kNobody, kNobody, kNobody) == 0 &&
           ::prctl(PR_SET_DUMPABLE, 1) == 0;  // or /proc/self would stay root's
}

/// What `work` returns in a copy of this process that is not root any more.
inline std::string as_ordinary_user(const std::function<std::string(const Options&)>& work) {
    const ReachableWorker worker;
    const Descriptor answer(::memfd_create("answer", MFD_CLOEXEC));
    const int status = in_a_copy([&] {
        if (!become_nobody()) return 1;
        const std::string text = work({.worker = worker.path()});
        const auto size = static_cast<ssize_t>(text.size());
        return ::write(answer.get(), text.data(), text.size()) == size ? 0 : 2;
    });
    if (status != 0) return "the copy ended with status " + std::to_string(status);
    std::string text(static_cast<std::size_t>(::lseek(answer.get(), 0, SEEK_END)), '\0');
    const auto size = static_cast<ssize_t>(text.size());
    return ::pread(answer.get(), text.data(), text.size(), 0) == size ? text : "no answer";
}

}  // namespace worker_test
