// The links of a group, in whichever of three ways they are kept: a symbol table (a B-tree over a
// heap of names), messages in the group's header, or a heap of such messages with a B-tree of its
// own. A hard link leads to an object of this file, a soft one to a path, an external one to a path
// in another file.
//
//   'SNOD' 01 0 | count u16 | { name offset O | object O | cache u32 | 0 u32 | scratch 16 }*
//   link   01 | flags | [kind u8] | [order u64] | [charset u8] | name bytes | name |
//            hard: O      soft: u16, path      external (64): u16, 00, file NUL path NUL
//
// Source: HDF5 File Format Specification 3.0, III.B, III.C and IV.A.2.g.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/hdf5/object.h"

namespace pratique::hdf5 {

enum class LinkKind : std::uint8_t { hard, soft, external, user };

struct Link {
    std::string_view name;
    LinkKind kind = LinkKind::hard;
    std::uint64_t address = kNoAddress;  ///< of the object; hard links only
    std::string_view file;               ///< external links: the other file
    std::string_view path;               ///< soft links: in this file; external: in the other
    std::uint64_t offset = 0;            ///< of the link, in the artifact
};

/// True if the object is a group: it has one of the three.
bool is_group(const Object& object);

/// All links, sorted by the bytes of their names. Errors: those of what is read for it, bad_name
/// (empty, or with a slash), duplicate_key, limit_members, unsupported (versions, shared messages).
Result<std::vector<Link>> read_links(File& file, const Object& object);

}  // namespace pratique::hdf5
