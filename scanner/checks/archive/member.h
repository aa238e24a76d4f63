// What all containers share: members' names, links, compressed payloads, and the bytes that no
// member claims.
#pragma once

#include <set>
#include <string>

#include "formats/archive/codec.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// Findings on a member's name: one that leads out of the folder it is unpacked into, one that is
/// made to be misread, one that is a program.
void check_member_name(Scan& scan, const Artifact& artifact, std::string_view name,
                       std::uint64_t offset);

/// A link member: where it leads. Links that stay inside are worth knowing at most.
void check_link(Scan& scan, const Artifact& artifact, std::string_view name,
                std::string_view target, std::uint64_t offset);

/// The symbolic links that an archive has made so far: what is unpacked behind one lands elsewhere.
class Links {
public:
    /// A finding if a folder in `name` is a link.
    void check_behind(Scan& scan, const Artifact& artifact, std::string_view name,
                      std::uint64_t offset) const;
    void add(std::string_view name);

private:
    std::set<std::string, std::less<>> names_;  // without "." and doubled separators
};

/// The decompressed payload, as far as limits and damage allow; what is missing is a gap (and a
/// bomb a finding) of `member`. `stated` is the size that the container states.
std::vector<std::byte> inflate_member(Scan& scan, const Artifact& member, archive::Codec codec,
                                      Bytes packed,
                                      std::optional<std::uint64_t> stated = std::nullopt);

/// Bytes beside the structure, unless they are blank: inspected as an artifact of their own.
void inspect_unclaimed(Scan& scan, const Artifact& artifact, std::uint64_t begin,
                       std::uint64_t end);

}  // namespace pratique::scanner
