// Soft links name an object by its path, which need not be there, and may be another soft link.
// They can be judged when all names of the file are known.
#pragma once

#include <map>
#include <string>
#include <unordered_set>

#include "formats/hdf5/group.h"
#include "scanner/scan.h"

namespace pratique::scanner {

class SoftLinks {
public:
    /// A soft link at `path`, which begins with a slash as all of them do.
    void add(const std::string& path, const hdf5::Link& link);
    /// An object that was looked at under this path.
    void add_object(const std::string& path) { keep(objects_, path); }
    /// A path below which names are not known: an object that has another one, another file.
    void add_opaque(const std::string& path) { keep(opaque_, path); }

    /// Circles, and links that lead to nothing. What it costs is counted by `file`.
    void report(Scan& scan, const Artifact& artifact, hdf5::File& file) const;

private:
    struct Target {
        std::string path;
        std::uint64_t offset = 0;
    };
    enum class End : std::uint8_t { object, nothing, unknown, circle };
    using Paths = std::unordered_set<std::string>;

    static void keep(Paths& all, const std::string& path);
    Result<End> follow(hdf5::File& file, std::string path) const;
    /// Replaces the first part of `path` that is a soft link; false if none is one.
    bool step(std::string& path) const;
    bool is_below_opaque(const std::string& path) const;

    std::map<std::string, Target> links_;
    Paths objects_;
    Paths opaque_;
};

}  // namespace pratique::scanner
