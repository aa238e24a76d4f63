#include "scanner/checks/archive/member.h"

#include <algorithm>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/extension.h"
#include "scanner/inspect.h"

namespace pratique::scanner {
namespace {

bool is_program_name(std::string_view name) {
    constexpr std::string_view kEndings[] = {".so",  ".dll", ".dylib", ".exe", ".sh",
                                             ".bat", ".cmd", ".ps1",   ".pyc"};
    return std::any_of(std::begin(kEndings), std::end(kEndings),
                       [&](std::string_view ending) { return ends_as(name, ending); });
}

/// "./a//b/" as "a/b".
std::string plain_path(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        const auto cut = std::min(name.find_first_of("/\\"), name.size());
        const std::string_view part = name.substr(0, cut);
        name.remove_prefix(std::min(cut + 1, name.size()));
        if (part.empty() || part == ".") continue;
        if (!out.empty()) out += '/';
        out += part;
    }
    return out;
}

bool is_limit(Errc code) { return code == Errc::limit_bytes || code == Errc::limit_ratio; }

}  // namespace

void check_member_name(Scan& scan, const Artifact& artifact, std::string_view name,
                       std::uint64_t offset) {
    const auto find = [&](RuleId rule) { scan.find(rule, artifact, offset, escape(name, 200)); };
    if (archive::escapes(name)) {
        find(RuleId::archive_escaping_name);
    } else if (!is_printable(name)) {
        find(RuleId::archive_name_characters);
    }
    if (is_program_name(name)) find(RuleId::archive_executable_member);
}

void check_link(Scan& scan, const Artifact& artifact, std::string_view name,
                std::string_view target, std::uint64_t offset) {
    const std::string shown = escape(name, 200) + " -> " + escape(target, 200);
    // The target counts from the link's own folder.
    const auto slash = name.rfind('/');
    std::string joined(name.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
    const bool absolute = target.starts_with('/') || target.starts_with('\\');
    joined += target;
    const bool outside = absolute || archive::escapes(target) ? archive::escapes(joined) || absolute
                                                              : archive::escapes(joined);
    scan.find(outside ? RuleId::archive_escaping_link : RuleId::archive_link_member, artifact,
              offset, shown);
}

void Links::add(std::string_view name) { names_.insert(plain_path(name)); }

void Links::check_behind(Scan& scan, const Artifact& artifact, std::string_view name,
                         std::uint64_t offset) const {
    if (names_.empty()) return;
    const std::string path = plain_path(name);
    for (auto end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
        if (!names_.contains(std::string_view(path).substr(0, end))) continue;
        return scan.find(RuleId::archive_through_link, artifact, offset, escape(name, 200));
    }
}

std::vector<std::byte> inflate_member(Scan& scan, const Artifact& member, archive::Codec codec,
                                      Bytes packed, std::optional<std::uint64_t> stated) {
    archive::InflateLimits limits = archive::inflate_limits(scan.limits());
    limits.bytes = std::min(limits.bytes, scan.inflatable());
    if (codec == archive::Codec::zip_lzma) limits.size = stated;
    auto inflated = archive::inflate(codec, packed, limits);
    scan.inflated(inflated.bytes.size());
    if (inflated.error) {
        scan.gap(*inflated.error, member);
        if (is_limit(inflated.error->code)) {
            scan.find(RuleId::archive_bomb, member, inflated.error->offset,
                      std::to_string(inflated.bytes.size()) + " bytes out of " +
                          std::to_string(inflated.consumed));
        }
    } else if (stated && *stated != inflated.bytes.size()) {
        scan.gap(Error{Errc::size_mismatch, 0}, member);
    }
    return std::move(inflated.bytes);
}

void inspect_unclaimed(Scan& scan, const Artifact& artifact, std::uint64_t begin,
                       std::uint64_t end) {
    const Bytes bytes = slice(artifact.bytes, begin, end - begin);
    if (is_blank(bytes)) return;
    // Nothing was claimed at all: looking at the same bytes once more would never end.
    if (bytes.size() == artifact.bytes.size()) return search_hidden_pickles(scan, artifact);
    scan.descend(artifact, "unclaimed@" + std::to_string(begin), bytes, true);
}

}  // namespace pratique::scanner
