// Object headers: what a group, a dataset or a named type consists of, as a list of messages. They
// come in two forms, and in as many blocks as a writer found room for.
//
//   1   01 00 | messages u16 | references u32 | bytes u32 | pad 4 | message*
//         message: type u16 | bytes u16 | flags u8 | 0 0 0 | body, a multiple of 8
//   2   'OHDR' 02 | flags | [times] | [limits] | bytes | message* | gap | checksum
//         message: type u8 | bytes u16 | flags u8 | [order u16] | body
//       'OCHK' message* | gap | checksum
//
// Source: HDF5 File Format Specification 3.0, IV.A.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/hdf5/file.h"

namespace pratique::hdf5 {

enum class MessageType : std::uint16_t {
    nil = 0x00,
    dataspace = 0x01,
    link_info = 0x02,
    datatype = 0x03,
    old_fill = 0x04,
    fill = 0x05,
    link = 0x06,
    external_files = 0x07,
    layout = 0x08,
    filters = 0x0B,
    attribute = 0x0C,
    continuation = 0x10,
    symbol_table = 0x11,
    attribute_info = 0x15,
};

struct Message {
    MessageType type{};
    bool shared = false;  ///< the body says where the message is
    Bytes body;
    std::uint64_t offset = 0;  ///< of the body, in the artifact

    Reader reader() const { return Reader(body, offset); }
};

struct Object {
    std::uint64_t address = 0;
    std::uint64_t offset = 0;  ///< in the artifact
    std::vector<Message> messages;

    /// The first message of this type, or null.
    const Message* find(MessageType type) const;
};

/// Errors: out_of_bounds, truncated, bad_header, bad_magic, bad_checksum, unsupported (versions,
/// messages that must be understood and are not known), limit_nodes, limit_steps.
Result<Object> read_object(File& file, std::uint64_t address);

/// The message itself, of one that is kept elsewhere: a named type. Errors: as read_object(),
/// missing_record, unsupported (the shared message heap).
Result<Message> resolve(File& file, const Message& message);

}  // namespace pratique::hdf5
