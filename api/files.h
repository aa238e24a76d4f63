// What lies below the paths that were given: files to scan, grouped into trust roots, and whatever
// cannot be scanned, each with its reason. Nothing is left out silently.
//
// A trust root is a set of files that one author controls; its files may share a reading process.
// A folder with a model card, a configuration or an index is one, and so is one revision in a hub
// cache; of any other folder given, each first-level folder is one and its loose files are one.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "scanner/report.h"

namespace pratique::api {

using Sidecars = std::set<std::string, std::less<>>;

struct FoundFile {
    std::string path;  // as it was found; raw bytes
    std::uint32_t root = 0;
    /// Of a link that was found to lead where it may: what it led to, without links. That is
    /// opened, so that the link cannot be turned elsewhere in between.
    std::string target = {};
    /// Modules that an import would take from the file's folder; shared within a folder.
    std::shared_ptr<const Sidecars> sidecars = {};
    /// Given by the user, and not met in a folder: a pipe is read.
    bool named = false;

    const std::string& opened_as() const { return target.empty() ? path : target; }
};

/// Something below the paths that will not be scanned.
struct Unscannable {
    std::string path;
    scanner::GapReason reason{};
    std::string message;
};

struct Found {
    std::vector<FoundFile> files;  // sorted by path within each argument
    std::vector<Unscannable> unscannable;
};

/// Walks files and folders. Folders are read to the end; errors become entries of `unscannable`, as
/// does whatever can be read only once and was given before: half of a stream is not its content.
Found find_files(const std::vector<std::string>& paths);

/// The file `name` below the folder that the file `path` lies in, or why there is none: what the
/// name leads to lies in that folder or in its hub cache, links followed.
Found find_below(const std::string& path, const std::string& name);

/// The file `name` in the folder that the file `path` lies in, or why there is none. `name` is the
/// word of a model: anything but a plain name is refused, and a link is followed only to a file in
/// that folder or in its hub cache.
Found find_beside(const std::string& path, const std::string& name);

}  // namespace pratique::api
