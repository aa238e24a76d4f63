// The members of a zip archive as a loader wants them: by name, checked, in place where they are
// stored. The scanner reports what is odd about an archive; here an archive that two readers could
// understand differently is refused, for there is only one right set of tensors.
#pragma once

#include <list>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/archive/zip.h"
#include "sandbox/loader/load.h"

namespace pratique::loader {

class ZipMembers {
public:
    /// Reads the directory. Errors: truncated, bad_header, limit_members; and for archives that
    /// readers differ about: conflict, duplicate_key, overlap, trailing_bytes, encrypted,
    /// unsupported (a method, several volumes), out_of_bounds, bad_name.
    static Result<ZipMembers> open(Load& load, Bytes archive);

    const std::vector<zip::Entry>& entries() const { return archive_.entries; }
    /// Null if there is none.
    const zip::Entry* find(std::string_view name) const;
    std::size_t index(const zip::Entry& entry) const {
        return static_cast<std::size_t>(&entry - archive_.entries.data());
    }
    /// What a member holds: a piece of the archive if it is stored, else memory that lives as long
    /// as this. With Options::verify, or inflated, its CRC-32 is checked, once. Errors:
    /// bad_checksum, size_mismatch, and those of inflate().
    Result<Bytes> bytes(const zip::Entry& entry);

private:
    ZipMembers(Load& load, Bytes archive) : load_(&load), bytes_(archive) {}

    Result<Bytes> inflated(const zip::Entry& entry);

    Load* load_;
    Bytes bytes_;
    zip::Archive archive_;
    std::unordered_map<std::string_view, std::size_t> by_name_;
    std::vector<std::optional<Bytes>> read_;
    std::list<std::vector<std::byte>> memory_;
    std::uint64_t inflated_bytes_ = 0;
};

}  // namespace pratique::loader
