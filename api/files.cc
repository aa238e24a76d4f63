#include "api/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>

#include "base/text.h"
#include "formats/archive/member_name.h"

namespace pratique::api {
namespace {

namespace fs = std::filesystem;
using scanner::GapReason;

/// The module that Python would import from a file of this name, or nothing.
std::string module_of(const std::string& name) {
    for (const std::string_view ending : {".py", ".pyc", ".so", ".pyd"}) {
        if (name.size() > ending.size() && name.ends_with(ending)) {
            return name.substr(0, name.find('.'));
        }
    }
    return {};
}

bool marks_repository(const std::string& name) {
    return name == "README.md" || name == "config.json" || name == "model_index.json" ||
           name.ends_with(".index.json");
}

/// True if `path` lies in `folder` or is it; both canonical.
bool is_inside(const fs::path& path, const fs::path& folder) {
    const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end() || (std::next(end) == folder.end() && end->empty());
}

class Walk {
public:
    void argument(const std::string& given) {
        if (given == "-") return standard_input();
        const fs::path path(given);
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (status.type() == fs::file_type::not_found || error) {
            if (!error) error = std::make_error_code(std::errc::no_such_file_or_directory);
            return refuse(given, GapReason::unreadable, error.message());
        }
        if (fs::is_directory(status)) return folder_argument(path);
        if (fs::is_fifo(status)) return pipe_argument(given);
        if (!fs::is_regular_file(status)) {
            return refuse(given, GapReason::special_file);
        }
        const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
        look_around(parent);
        const fs::path target = fs::canonical(path, error);
        add(given, parent, root_of(parent), error ? std::string() : target.native());
        found_.files.back().named = true;
    }

    /// A file below the folder that `path` lies in.
    void below(const std::string& path, const std::string& name) {
        const fs::path given = fs::path(path).parent_path();
        const fs::path folder = given.empty() ? fs::path(".") : given;
        std::error_code error;
        top_ = fs::canonical(folder, error);
        if (error) return refuse(path, GapReason::unreadable, error.message());
        blobs_ = hub_blobs(top_);
        const fs::path wanted = folder / name;
        const fs::path where = fs::canonical(wanted.parent_path(), error);
        if (error) return refuse(wanted.native(), GapReason::not_present, error.message());
        if (!may_lead_to(where)) return refuse(wanted.native(), GapReason::link_outside);
        if (fs::symlink_status(wanted, error).type() == fs::file_type::not_found) {
            return refuse(wanted.native(), GapReason::not_present, error.message());
        }
        std::vector<fs::path> folders;
        visit(fs::directory_entry(wanted), folder, next_root_++, folders);
        for (const fs::path& other : folders) refuse(other.native(), GapReason::special_file);
    }

    Found take() {
        // An empty folder alone is "nothing to scan"; beside others it must not pass unnoticed.
        if (!found_.files.empty() || !found_.unscannable.empty()) {
            for (const std::string& folder : empty_) {
                refuse(folder, GapReason::not_present, "nothing to scan in this folder");
            }
        }
        std::map<std::string, std::shared_ptr<const Sidecars>> shared;
        for (const Pending& pending : pending_) {
            auto& sidecars = shared[pending.folder];
            if (!sidecars) sidecars = std::make_shared<const Sidecars>(modules_[pending.folder]);
            found_.files[pending.file].sidecars = sidecars;
        }
        return std::move(found_);
    }

private:
    struct Pending {
        std::size_t file;
        std::string folder;
    };

    void refuse(const std::string& path, GapReason reason, std::string message = {}) {
        if (message.empty()) message = meaning(reason);
        found_.unscannable.push_back({path, reason, std::move(message)});
    }

    void standard_input() {
        struct stat info {};
        // One that is closed is no stream: opening it will say so.
        if (::fstat(STDIN_FILENO, &info) != 0) info = {};
        stream("-", info);
    }

    void pipe_argument(const std::string& given) {
        struct stat info {};
        if (::stat(given.c_str(), &info) != 0) {
            return refuse(given, GapReason::unreadable, std::strerror(errno));  // NOLINT
        }
        stream(given, info);
    }

    /// Whoever reads a stream takes its bytes away from the next reader, whatever name it goes by.
    void stream(const std::string& given, const struct stat& info) {
        if (!streams_.insert({info.st_dev, info.st_ino}).second) {
            return refuse(given, GapReason::unreadable, "given before, and can be read only once");
        }
        std::error_code error;
        const fs::path target = given == "-" ? fs::path() : fs::canonical(given, error);
        add(given, "", next_root_++, error ? std::string() : target.native());
        found_.files.back().named = true;
    }

    /// Files given one by one share a root with those from the same folder.
    std::uint32_t root_of(const fs::path& folder) {
        const auto [place, fresh] = roots_.emplace(folder.native(), next_root_);
        if (fresh) ++next_root_;
        return place->second;
    }

    /// The modules beside a file that was given by itself.
    void look_around(const fs::path& folder) {
        if (modules_.contains(folder.native())) return;
        Sidecars& out = modules_[folder.native()];
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end;
             it.increment(error)) {
            const std::string name = it->path().filename().native();
            std::error_code ignored;
            if (std::string module = module_of(name); !module.empty()) {
                out.insert(std::move(module));
            } else if (fs::exists(it->path() / "__init__.py", ignored)) {
                out.insert(name);
            }
        }
    }

    void folder_argument(const fs::path& path) {
        std::error_code error;
        top_ = fs::canonical(path, error);
        if (error) return refuse(path.native(), GapReason::unreadable, error.message());
        blobs_ = hub_blobs(top_);
        const std::uint32_t own = next_root_++;
        const std::size_t before = found_.files.size() + found_.unscannable.size();
        walk(path, own, !is_repository(path));
        const std::size_t after = found_.files.size() + found_.unscannable.size();
        if (after == before) empty_.push_back(path.native());
    }

    /// Below models--x--y/snapshots/<revision> links lead to models--x--y/blobs.
    static fs::path hub_blobs(const fs::path& folder) {
        for (fs::path at = folder; at.has_relative_path(); at = at.parent_path()) {
            if (at.filename() == "snapshots") return at.parent_path() / "blobs";
        }
        return {};
    }

    static bool is_repository(const fs::path& folder) {
        if (folder.parent_path().filename() == "snapshots") return true;
        std::error_code error;
        for (fs::directory_iterator it(folder, error), end; !error && it != end;
             it.increment(error)) {
            if (marks_repository(it->path().filename().native())) return true;
        }
        return false;
    }

    /// A work list, not a recursion: folders may be nested as deeply as the file system allows.
    void walk(const fs::path& start, std::uint32_t root, bool split) {
        struct Folder {
            fs::path path;
            std::uint32_t root;
            bool split;
        };
        std::vector<Folder> folders{{start, root, split}};
        while (!folders.empty()) {
            const Folder folder = folders.back();
            folders.pop_back();
            std::vector<fs::path> below;
            list(folder.path, folder.root, below);
            for (auto it = below.rbegin(); it != below.rend(); ++it) {
                const bool revision = it->parent_path().filename() == "snapshots";
                const std::uint32_t next = folder.split || revision ? next_root_++ : folder.root;
                folders.push_back({*it, next, false});
            }
        }
    }

    void list(const fs::path& folder, std::uint32_t root, std::vector<fs::path>& below) {
        std::error_code error;
        std::vector<fs::directory_entry> entries;
        fs::directory_iterator it(folder, error);
        for (; !error && it != fs::directory_iterator(); it.increment(error)) {
            entries.push_back(*it);
        }
        if (error) refuse(folder.native(), GapReason::unreadable, error.message());
        std::sort(entries.begin(), entries.end());
        for (const fs::directory_entry& entry : entries) {
            std::string module = module_of(entry.path().filename().native());
            if (!module.empty()) {
                modules_[folder.native()].insert(std::move(module));
                // A folder of Python files is a package to those beside it, __init__.py or not.
                modules_[folder.parent_path().native()].insert(folder.filename().native());
            }
            visit(entry, folder, root, below);
        }
    }

    void visit(const fs::directory_entry& entry, const fs::path& folder, std::uint32_t root,
               std::vector<fs::path>& below) {
        std::error_code error;
        const fs::file_status status = entry.symlink_status(error);
        const std::string& path = entry.path().native();
        if (error) return refuse(path, GapReason::unreadable, error.message());
        if (fs::is_symlink(status)) return visit_link(entry, folder, root);
        if (fs::is_directory(status)) return below.push_back(entry.path());
        if (!fs::is_regular_file(status)) return refuse(path, GapReason::special_file);
        add(path, folder, root);
    }

    bool may_lead_to(const fs::path& target) const {
        return is_inside(target, top_) || (!blobs_.empty() && is_inside(target, blobs_));
    }

    void visit_link(const fs::directory_entry& entry, const fs::path& folder, std::uint32_t root) {
        const std::string& path = entry.path().native();
        std::error_code error;
        const fs::path target = fs::canonical(entry.path(), error);
        if (error) return refuse(path, GapReason::unreadable, "a link to nothing");
        if (!may_lead_to(target)) return refuse(path, GapReason::link_outside);
        // A folder inside is walked where it lies; following the link would do it twice.
        if (fs::is_regular_file(target, error)) {
            add(path, folder, root, target.native());
        } else if (!fs::is_directory(target, error)) {
            refuse(path, GapReason::special_file);
        }
    }

    void add(const std::string& path, const fs::path& folder, std::uint32_t root,
             const std::string& target = {}) {
        pending_.push_back({found_.files.size(), folder.native()});
        found_.files.push_back({path, root, target, nullptr, false});
    }

    Found found_;
    std::vector<std::string> empty_;  // folders given that hold nothing
    std::vector<Pending> pending_;    // files whose folder's modules are known only at the end
    std::map<std::string, Sidecars> modules_;  // by folder
    std::map<std::string, std::uint32_t> roots_;
    std::set<std::pair<dev_t, ino_t>> streams_;  // standard input and pipes given so far
    std::uint32_t next_root_ = 0;
    fs::path top_;    // the argument being walked, canonical
    fs::path blobs_;  // of its hub cache, if it lies in one
};

}  // namespace

Found find_below(const std::string& path, const std::string& name) {
    Walk walk;
    if (archive::escapes(name)) {
        return {{},
                {{name, GapReason::link_outside, std::string(meaning(GapReason::link_outside))}}};
    }
    walk.below(path, name);
    return walk.take();
}

Found find_beside(const std::string& path, const std::string& name) {
    if (!archive::is_plain_name(name)) {
        return {{}, {{name, GapReason::link_outside, "no name of a file in the same folder"}}};
    }
    return find_below(path, name);
}

Found find_files(const std::vector<std::string>& paths) {
    Walk walk;
    for (const std::string& path : paths) walk.argument(path);
    return walk.take();
}

}  // namespace pratique::api
