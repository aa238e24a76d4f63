#include "scanner/checks/hdf5/soft_links.h"

#include <algorithm>

#include "base/text.h"
#include "rules/findings.h"

namespace pratique::scanner {
namespace {

/// libhdf5 follows 16 links in a row by default.
constexpr int kMostSteps = 32;
/// Longer paths are neither kept nor followed: links can make them grow.
constexpr std::size_t kLongestPath = 1024;

/// One slash between names, none at the end, and no "." of the group itself.
std::string normal(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        if (name.empty() || name == ".") continue;
        out += '/';
        out += name;
    }
    return out;
}

}  // namespace

void SoftLinks::keep(Paths& all, const std::string& path) {
    if (path.size() <= kLongestPath) all.insert(path);
}

void SoftLinks::add(const std::string& path, const hdf5::Link& link) {
    if (path.size() > kLongestPath) return;
    const std::string_view to = link.path;
    // A path without a slash in front counts from the link's own group.
    const std::string from = to.starts_with('/') ? "" : path.substr(0, path.rfind('/') + 1);
    const std::string_view shown = to.substr(0, kLongestPath + 1);
    links_[path] = {normal(from + std::string(shown)), link.offset};
}

bool SoftLinks::step(std::string& path) const {
    for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
        const auto found = links_.find(path.substr(0, at));
        if (found != links_.end()) {
            path = found->second.path + (at == std::string::npos ? "" : path.substr(at));
            return true;
        }
        if (at == std::string::npos) return false;
    }
}

bool SoftLinks::is_below_opaque(const std::string& path) const {
    for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
        if (opaque_.contains(path.substr(0, at))) return true;
        if (at == std::string::npos) return false;
    }
}

Result<SoftLinks::End> SoftLinks::follow(hdf5::File& file, std::string path) const {
    for (int steps = 0;; ++steps) {
        if (path.size() > kLongestPath) return End::unknown;
        // Each part of the path is looked up.
        const auto parts = static_cast<std::uint64_t>(std::ranges::count(path, '/'));
        TRY(file.spend((parts + 1) * path.size()));
        if (!step(path)) break;
        if (steps == kMostSteps) return End::circle;
    }
    if (path.empty() || objects_.contains(path)) return End::object;
    return is_below_opaque(path) ? End::unknown : End::nothing;
}

void SoftLinks::report(Scan& scan, const Artifact& artifact, hdf5::File& file) const {
    for (const auto& [path, target] : links_) {
        const auto end = follow(file, path);
        if (!end) return scan.gap(end.error(), artifact);
        if (*end != End::nothing && *end != End::circle) continue;
        scan.find(*end == End::circle ? RuleId::hdf5_circle : RuleId::hdf5_dangling_link, artifact,
                  target.offset, escape(path, 200) + " -> " + escape(target.path, 200));
    }
}

}  // namespace pratique::scanner
