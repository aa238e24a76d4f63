// A model as something to be signed: the regular files below a folder, or one file. It is opened
// once, by a descriptor; everything below is reached from that descriptor and never by a path from
// the root, without following a link, without leaving the folder, and without waiting for anything
// that is no file.
//
//      folder ──getdents──► names ──openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)──► descriptor
//
// Names are relative, in UTF-8, with "/" between components, compared byte by byte (OMS 1.0,
// section 6). Thread-safe once it is open. Throws only std::bad_alloc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/limits.h"
#include "signing/refusal.h"

namespace pratique::signing {

struct ModelFile {
    std::string name;
    std::uint64_t size = 0;
    /// A symbolic link stands for it; its size is that of the file behind it.
    bool link = false;
};

struct ModelOptions {
    /// Relative paths that are left out with all below them; whole components, no patterns.
    std::vector<std::string> ignored = {};
    /// Links to files inside the folder stand for what they lead to. A link to a folder is
    /// refused either way: no signature could tell what lies behind it.
    bool allow_links = false;
    /// Files of all kinds and folders together. More are refused (too_large).
    std::size_t most_files = 1'000'000;
    /// Bytes of all their names together, the same: a name holds those of its folders.
    std::uint64_t most_name_bytes = 256 * kMiB;
};

class Model {
public:
    /// Opens a folder or a file. Refusals: unreadable, link, special_file, bad_file_name,
    /// too_large; unstable_file if files come or go meanwhile. Of several, that of the first name
    /// in its folder. A link given as the path itself is followed: it is the user's word. Other
    /// file systems that are mounted inside are part of the model.
    static Judged<Model> open(const std::string& path, const ModelOptions& options = {});

    bool is_file() const { return is_file_; }
    /// The last component of the path, links and dots resolved.
    const std::string& basename() const { return basename_; }
    /// What is to be signed, in the order of the bytes of their names. Of a single file: one, whose
    /// name is its basename.
    const std::vector<ModelFile>& files() const { return files_; }
    /// What lies below the ignored paths, links and special files with it, which are not opened;
    /// sorted. Raw bytes: these may be no UTF-8.
    const std::vector<std::string>& ignored_files() const { return ignored_files_; }

    /// A file of files() for reading: a regular one, and no link unless it was one and links are
    /// allowed. Refusals: as open(), missing_file.
    Judged<Descriptor> open_file(std::size_t index) const;

private:
    Descriptor root_;
    bool is_file_ = false;
    std::string basename_;
    std::vector<ModelFile> files_;
    std::vector<std::string> ignored_files_;
};

}  // namespace pratique::signing
