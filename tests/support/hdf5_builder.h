// Builds HDF5 files for tests, structure by structure, so that each test can say which one lies.
// Superblock 0, object headers of version 1 and links as messages unless a test wants others.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "formats/hdf5/checksum.h"

namespace pratique::test::h5 {

inline constexpr std::uint64_t kNone = UINT64_MAX;

inline std::string number(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}
inline std::string u8(std::uint64_t value) { return number(value, 1); }
inline std::string u16(std::uint64_t value) { return number(value, 2); }
inline std::string u32(std::uint64_t value) { return number(value, 4); }
inline std::string u64(std::uint64_t value) { return number(value, 8); }

inline std::string padded(std::string text) {
    text.resize((text.size() + 7) / 8 * 8, '\0');
    return text;
}
/// With the checksum of all of it behind it.
inline std::string summed(const std::string& bytes) {
    return bytes + u32(hdf5::lookup3(as_bytes(bytes)));
}

// --- Messages: type and body -------------------------------------------------------------------

struct Message {
    std::uint16_t type = 0;
    std::string body;
    std::uint8_t flags = 0;
};
using Messages = std::vector<Message>;

inline std::string integer(std::uint32_t size, bool is_signed = true, bool big_endian = false) {
    return u8(0x10) + u8((is_signed ? 8 : 0) | (big_endian ? 1 : 0)) + u16(0) + u32(size) + u16(0) +
           u16(8 * size);
}
inline std::string float32(bool big_endian = false) {
    return u8(0x11) + u8(0x20 | (big_endian ? 1 : 0)) + u8(31) + u8(0) + u32(4) + u16(0) + u16(32) +
           u8(23) + u8(8) + u8(0) + u8(23) + u32(127);
}
inline std::string fixed_text(std::uint32_t size) {
    return u8(0x13) + std::string(3, '\0') + u32(size);
}
inline std::string opaque(std::uint32_t size) {
    return u8(0x15) + std::string(3, '\0') + u32(size);
}

inline Message datatype(const std::string& type) { return {0x03, type}; }

inline Message dataspace(const std::vector<std::uint64_t>& shape,
                         const std::vector<std::uint64_t>& most = {}) {
    std::string body = u8(1) + u8(shape.size()) + u8(most.empty() ? 0 : 1) + std::string(5, '\0');
    for (const auto extent : shape) body += u64(extent);
    for (const auto extent : most) body += u64(extent);
    return {0x01, body};
}
inline Message contiguous(std::uint64_t address, std::uint64_t size) {
    return {0x08, u8(3) + u8(1) + u64(address) + u64(size)};
}
inline Message compact(const std::string& data) {
    return {0x08, u8(3) + u8(0) + u16(data.size()) + data};
}
/// Chunked with a B-tree of version 1; the last of `dimensions` is the size of an element.
inline Message chunked(std::uint64_t address, const std::vector<std::uint32_t>& dimensions) {
    std::string body = u8(3) + u8(2) + u8(dimensions.size()) + u64(address);
    for (const auto extent : dimensions) body += u32(extent);
    return {0x08, body};
}
/// Chunked with another index, whose own parameters are `parameters`.
inline Message chunked4(std::uint8_t index, std::uint64_t address, const std::string& parameters,
                        const std::vector<std::uint32_t>& dimensions, std::uint8_t flags = 0) {
    std::string body = u8(4) + u8(2) + u8(flags) + u8(dimensions.size()) + u8(4);
    for (const auto extent : dimensions) body += u32(extent);
    return {0x08, body + u8(index) + parameters + u64(address)};
}
inline Message fill(const std::string& value) {
    return {0x05, u8(2) + u8(2) + u8(0) + u8(1) + u32(value.size()) + value};
}
inline Message filters(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& pipeline) {
    std::string body = u8(2) + u8(pipeline.size());
    for (const auto& [id, value] : pipeline) {
        body += u16(id) + (id >= 256 ? u16(0) : "") + u16(0) + u16(1) + u32(value);
    }
    return {0x0B, body};
}
inline Message hard_link(const std::string& name, std::uint64_t address) {
    return {0x06, u8(1) + u8(0) + u8(name.size()) + name + u64(address)};
}
inline Message other_link(const std::string& name, std::uint8_t kind, const std::string& target) {
    return {0x06, u8(1) + u8(8) + u8(kind) + u8(name.size()) + name + u16(target.size()) + target};
}
inline Message attribute(const std::string& name, const std::string& type, const Message& space,
                         const std::string& value) {
    return {0x0C, u8(1) + u8(0) + u16(name.size() + 1) + u16(type.size()) + u16(space.body.size()) +
                      padded(name + '\0') + padded(type) + padded(space.body) + value};
}

inline std::string messages(const Messages& list) {
    std::string out;
    for (const Message& message : list) {
        const std::string body = padded(message.body);
        out +=
            u16(message.type) + u16(body.size()) + u8(message.flags) + std::string(3, '\0') + body;
    }
    return out;
}

// --- Files --------------------------------------------------------------------------------------

/// One file under construction. Addresses are those that put() gives.
class File {
public:
    std::uint64_t put(const std::string& bytes) {
        out_ = padded(out_);
        const std::uint64_t address = out_.size();
        out_ += bytes;
        return address;
    }
    /// An object header of version 1.
    std::uint64_t object(const Messages& list) {
        const std::string all = messages(list);
        return put(u8(1) + u8(0) + u16(list.size()) + u32(1) + u32(all.size()) + u32(0) + all);
    }
    /// An object header of version 2.
    std::uint64_t object2(const Messages& list) {
        std::string all;
        for (const Message& message : list) {
            all += u8(message.type) + u16(message.body.size()) + u8(message.flags) + message.body;
        }
        return put(summed("OHDR" + u8(2) + u8(2) + u32(all.size()) + all));
    }
    std::uint64_t dataset(const std::string& type, const std::vector<std::uint64_t>& shape,
                          const Message& layout, const Messages& more = {}) {
        Messages all{dataspace(shape), datatype(type), layout};
        all.insert(all.end(), more.begin(), more.end());
        return object(all);
    }
    /// A B-tree of version 1 with one leaf: keys and children in turn.
    std::uint64_t tree(std::uint8_t kind,
                       const std::vector<std::pair<std::string, std::uint64_t>>& rows,
                       std::uint8_t level = 0) {
        std::string body;
        for (const auto& [key, child] : rows) body += key + u64(child);
        const std::string last = rows.empty() ? "" : rows.front().first;
        return put("TREE" + u8(kind) + u8(level) + u16(rows.size()) + u64(kNone) + u64(kNone) +
                   body + last);
    }
    /// The key of a chunk in such a tree.
    static std::string chunk_key(std::uint32_t size, const std::vector<std::uint64_t>& offsets,
                                 std::uint32_t skipped = 0) {
        std::string out = u32(size) + u32(skipped);
        for (const auto offset : offsets) out += u64(offset);
        return out + u64(0);
    }

    /// The finished file, with this root group.
    std::string build(std::uint64_t root, std::uint64_t driver = kNone) const {
        std::string head = "\x89HDF\r\n\x1a\n" + u32(0) + u8(0) + u8(8) + u8(8) + u8(0) + u16(4) +
                           u16(16) + u32(0) + u64(0) + u64(kNone) + u64(out_.size()) + u64(driver) +
                           u64(0) + u64(root);
        head.resize(kHead, '\0');
        return head + out_.substr(kHead);
    }
    /// The same with superblock 2.
    std::string build2(std::uint64_t root) const {
        std::string head = summed("\x89HDF\r\n\x1a\n" + u8(2) + u8(8) + u8(8) + u8(0) + u64(0) +
                                  u64(kNone) + u64(out_.size()) + u64(root));
        head.resize(kHead, '\0');
        return head + out_.substr(kHead);
    }
    /// A file whose root group has these links.
    std::string with_root(const Messages& links) {
        const std::uint64_t root = object(links);
        return build(root);
    }

private:
    static constexpr std::size_t kHead = 96;
    std::string out_ = std::string(kHead, '\0');
};

}  // namespace pratique::test::h5
