// Builds zip archives for tests, field by field, so that each test can say which field lies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pratique::test {

inline std::string little(std::uint64_t number, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
    return out;
}

/// CRC-32 as zip has it, bit by bit: tests need few bytes and no library.
inline std::uint32_t crc_of(const std::string& data) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char c : data) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/// What one of a member's two headers says.
struct ZipHeader {
    std::string name;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
    std::uint64_t packed = 0;
    std::uint64_t size = 0;
    std::string extra;
    std::uint64_t offset = 0;  // directory only, as are those below
    std::uint16_t made_by = 20;
    std::uint32_t attributes = 0;
    std::string comment;

    std::string common() const {
        return little(flags, 2) + little(method, 2) + little(0, 4) + little(crc, 4) +
               little(packed, 4) + little(size, 4) + little(name.size(), 2) +
               little(extra.size(), 2);
    }
    std::string local() const { return "PK\3\4" + little(20, 2) + common() + name + extra; }
    std::string central() const {
        return "PK\1\2" + little(made_by, 2) + little(20, 2) + common() +
               little(comment.size(), 2) + little(0, 4) + little(attributes, 4) +
               little(offset, 4) + name + extra + comment;
    }
};

inline std::string extra_part(std::uint16_t id, const std::string& data) {
    return little(id, 2) + little(data.size(), 2) + data;
}

inline std::string end_record(std::uint64_t count, std::uint64_t size, std::uint64_t offset,
                              const std::string& comment = "") {
    return "PK\5\6" + little(0, 4) + little(count, 2) + little(count, 2) + little(size, 4) +
           little(offset, 4) + little(comment.size(), 2) + comment;
}

/// The zip64 end record, and the locator that leads to it.
inline std::string end64_record(std::uint64_t count, std::uint64_t size, std::uint64_t offset) {
    return "PK\6\6" + little(44, 8) + little(45, 4) + little(0, 8) + little(count, 8) +
           little(count, 8) + little(size, 8) + little(offset, 8);
}
inline std::string locator64(std::uint64_t end64_offset) {
    return "PK\6\7" + little(0, 4) + little(end64_offset, 8) + little(1, 4);
}

/// Members and their directory records; what add() returns may be changed before build().
class ZipBuilder {
public:
    struct Member {
        ZipHeader local;
        ZipHeader central;
        std::string data;
        std::string descriptor;
        std::string before;  // bytes in front of the local header
        bool in_central = true;
        bool in_local = true;
    };

    explicit ZipBuilder(std::string prefix = "") : prefix_(std::move(prefix)) {}

    /// A stored member. The reference holds until the next add().
    Member& add(const std::string& name, const std::string& data) {
        Member member;
        member.local.name = name;
        member.local.crc = crc_of(data);
        member.local.packed = data.size();
        member.local.size = data.size();
        member.central = member.local;
        member.data = data;
        members_.push_back(member);
        return members_.back();
    }

    std::string build(const std::string& comment = "") {
        std::string out = body();
        const std::string directory = this->directory();
        const std::uint64_t offset = out.size();
        return out + directory + end_record(count(), directory.size(), offset, comment);
    }

    /// The members alone; fills in the offsets for directory().
    std::string body() {
        std::string out = prefix_;
        for (Member& member : members_) {
            out += member.before;
            member.central.offset = out.size();
            if (member.in_local) out += member.local.local() + member.data + member.descriptor;
        }
        return out;
    }

    std::string directory() const {
        std::string out;
        for (const Member& member : members_) {
            if (member.in_central) out += member.central.central();
        }
        return out;
    }

    std::uint64_t count() const {
        std::uint64_t out = 0;
        for (const Member& member : members_) out += member.in_central ? 1 : 0;
        return out;
    }

    std::vector<Member>& members() { return members_; }

private:
    std::string prefix_;
    std::vector<Member> members_;
};

}  // namespace pratique::test
