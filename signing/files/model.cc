#include "signing/files/model.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/stamp.h"
#include "signing/files/beneath.h"
#include "signing/files/names.h"

namespace pratique::signing {
namespace {

/// A vanished entry was there a moment ago: the folder is being written to.
Refusal while_walking(Refusal refusal) {
    if (refusal.reason == Reason::missing_file) refusal.reason = Reason::unstable_file;
    return refusal;
}

Judged<struct stat> status(int fd, const std::string& name) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return unreadable(errno, name);
    return info;
}

/// A folder that is open for listing.
struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

/// A work list, not a recursion, and no descriptor but that of the folder at hand: folders may be
/// nested as deeply as names can say.
class Walk {
public:
    Walk(int root, const ModelOptions& options) : root_(root), options_(options) {
        ignored_ = options.ignored;
        std::sort(ignored_.begin(), ignored_.end());
    }

    Judged<void> run() {
        folders_.push_back({});
        while (!folders_.empty()) {
            const Folder folder = std::move(folders_.back());
            folders_.pop_back();
            TRY(list(folder));
        }
        const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
        std::sort(files.begin(), files.end(), by_name);
        std::sort(ignored_files.begin(), ignored_files.end());
        return {};
    }

    std::vector<ModelFile> files;
    std::vector<std::string> ignored_files;

private:
    struct Folder {
        std::string name;  // empty for the model itself
        bool ignored = false;
    };

    Judged<void> list(const Folder& folder) {
        auto fd = open_beneath(root_, folder.name, O_RDONLY | O_DIRECTORY, Links::refused);
        if (!fd) return while_walking(fd.error());
        const Stamp before = stamp_of(TRY(status(fd->get(), folder.name)));
        const OpenFolder open(::fdopendir(fd->get()));
        if (!open) return unreadable(errno, folder.name);
        fd->release();
        const std::vector<std::string> names = TRY(read_names(open.get(), folder.name));
        const std::size_t first_below = folders_.size();
        for (const std::string& name : names) {
            TRY(visit(open.get(), name, folder));
        }
        // The last one is taken first.
        std::reverse(folders_.begin() + static_cast<std::ptrdiff_t>(first_below), folders_.end());
        if (stamp_of(TRY(status(::dirfd(open.get()), folder.name))) != before) {
            return Refusal{Reason::unstable_file, folder.name, "files came or went"};
        }
        return {};
    }

    /// Sorted, so that the same model is always refused for the same reason.
    Judged<std::vector<std::string>> read_names(DIR* open, const std::string& folder) {
        std::vector<std::string> out;
        for (;;) {
            errno = 0;
            const dirent* entry = ::readdir(open);
            if (entry == nullptr) break;
            const std::string_view name = &entry->d_name[0];
            if (name == "." || name == "..") continue;
            bytes_ += folder.size() + 1 + name.size();
            if (++count_ > options_.most_files || bytes_ > options_.most_name_bytes) {
                return Refusal{Reason::too_large, folder, "more files than are looked at"};
            }
            out.emplace_back(name);
        }
        if (errno != 0) return unreadable(errno, folder);
        std::sort(out.begin(), out.end());
        if (std::adjacent_find(out.begin(), out.end()) != out.end()) {
            return Refusal{Reason::unstable_file, folder, "a file is listed twice"};
        }
        return out;
    }

    Judged<void> visit(DIR* open, const std::string& entry, const Folder& folder) {
        std::string name = folder.name.empty() ? entry : folder.name + "/" + entry;
        const bool ignored =
            folder.ignored || std::binary_search(ignored_.begin(), ignored_.end(), name);
        struct stat info {};
        if (::fstatat(::dirfd(open), entry.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
            return while_walking(refusal_of(errno, name));
        }
        if (S_ISDIR(info.st_mode)) {
            if (!ignored) TRY(check(name));
            folders_.push_back({std::move(name), ignored});
        } else if (ignored) {
            ignored_files.push_back(std::move(name));
        } else {
            TRY(check(name));
            return file(std::move(name), info);
        }
        return {};
    }

    static Judged<void> check(const std::string& name) {
        const std::string_view fault = fault_of_name(name);
        if (!fault.empty()) return Refusal{Reason::bad_file_name, name, std::string(fault)};
        return {};
    }

    Judged<void> file(std::string name, const struct stat& info) {
        if (S_ISREG(info.st_mode)) {
            files.push_back({std::move(name), static_cast<std::uint64_t>(info.st_size), false});
            return {};
        }
        if (!S_ISLNK(info.st_mode)) return Refusal{Reason::special_file, std::move(name), {}};
        if (!options_.allow_links) return Refusal{Reason::link, std::move(name), {}};
        // O_PATH finds out where it leads without opening anything.
        auto target = open_beneath(root_, name, O_PATH, Links::inside);
        if (!target && target.error().reason == Reason::missing_file) {
            return Refusal{Reason::link, std::move(name), "it leads nowhere"};
        }
        if (!target) return target.error();
        const struct stat behind = TRY(status(target->get(), name));
        if (S_ISDIR(behind.st_mode)) {
            return Refusal{Reason::link, std::move(name), "it leads to a folder"};
        }
        if (!S_ISREG(behind.st_mode)) return Refusal{Reason::special_file, std::move(name), {}};
        files.push_back({std::move(name), static_cast<std::uint64_t>(behind.st_size), true});
        return {};
    }

    int root_;
    const ModelOptions& options_;
    std::vector<std::string> ignored_;  // sorted
    std::vector<Folder> folders_;       // still to be listed
    std::size_t count_ = 0;
    std::uint64_t bytes_ = 0;
};

struct Free {
    void operator()(char* memory) const { std::free(memory); }  // NOLINT(*-no-malloc)
};

/// The path without links and dots.
Judged<std::string> real_path(const std::string& path) {
    if (path.find('\0') != std::string::npos) {
        return Refusal{Reason::bad_file_name, path, "a zero byte"};
    }
    const std::unique_ptr<char, Free> real(::realpath(path.c_str(), nullptr));
    if (!real) return unreadable(errno, path);
    return std::string(real.get());
}

}  // namespace

Judged<Model> Model::open(const std::string& path, const ModelOptions& options) {
    const std::string real = TRY(real_path(path));
    const std::size_t last = real.rfind('/');
    Model out;
    out.basename_ = real.substr(last + 1);
    if (const auto fault = fault_of_name(out.basename_); !fault.empty() && real != "/") {
        return Refusal{Reason::bad_file_name, path, std::string(fault)};
    }
    out.root_.reset(::open(real.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!out.root_) return unreadable(errno, path);
    const struct stat info = TRY(status(out.root_.get(), path));
    if (S_ISDIR(info.st_mode)) {
        Walk walk(out.root_.get(), options);
        TRY(walk.run());
        out.files_ = std::move(walk.files);
        out.ignored_files_ = std::move(walk.ignored_files);
        return out;
    }
    if (!S_ISREG(info.st_mode)) return Refusal{Reason::special_file, path, {}};
    // A file is reached as those of a folder are: from the folder that it lies in.
    const std::string folder = last == 0 ? "/" : real.substr(0, last);
    out.root_.reset(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!out.root_) return unreadable(errno, path);
    out.is_file_ = true;
    out.files_.push_back({out.basename_, static_cast<std::uint64_t>(info.st_size), false});
    return out;
}

Judged<Descriptor> Model::open_file(std::size_t index) const {
    const ModelFile& file = files_.at(index);
    const Links links = file.link ? Links::inside : Links::refused;
    Descriptor out = TRY(open_beneath(root_.get(), file.name, O_RDONLY, links));
    const struct stat info = TRY(status(out.get(), file.name));
    if (!S_ISREG(info.st_mode)) return Refusal{Reason::special_file, file.name, {}};
    return out;
}

}  // namespace pratique::signing
