// Sorted tables as LevelDB writes them, and TensorFlow's index in one.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "formats/tensorbundle/crc32c.h"
#include "protobuf_builder.h"

namespace pratique::test {

using Rows = std::vector<std::pair<std::string, std::string>>;

/// One block without its trailer: a restart every `interval` entries.
inline std::string block(const Rows& rows, std::size_t interval = 16) {
    std::string out;
    std::string restarts = little_endian(0, 4);
    std::size_t count = 1;
    std::string previous;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& [key, value] = rows[i];
        std::size_t shared = 0;
        if (i % interval == 0) {
            if (i != 0) {
                restarts += little_endian(out.size(), 4);
                ++count;
            }
        } else {
            while (shared < std::min(key.size(), previous.size()) &&
                   key[shared] == previous[shared])
                ++shared;
        }
        out += varint(shared) + varint(key.size() - shared) + varint(value.size()) +
               key.substr(shared) + value;
        previous = key;
    }
    return out + restarts + little_endian(count, 4);
}

inline std::string trailer(const std::string& contents, char compression) {
    const std::string checked = contents + compression;
    const auto crc = tensorbundle::crc32c(as_bytes(checked));
    return compression + little_endian(tensorbundle::masked(crc), 4);
}

inline std::string handle(std::uint64_t offset, std::uint64_t size) {
    return varint(offset) + varint(size);
}

/// The blocks, one behind the other, and everything behind them.
class TableBuilder {
public:
    /// Adds a block whose last key is `last`.
    TableBuilder& add(const std::string& contents, const std::string& last, char compression = 0) {
        index_.emplace_back(last, place(contents, compression));
        return *this;
    }
    TableBuilder& add(const Rows& rows) { return add(block(rows), rows.back().first); }

    std::string finish() {
        const std::string meta = place(block({}), 0);
        const std::string index = place(block(index_, 1), 0);
        std::string footer = meta + index;
        footer.resize(40, '\0');
        return out_ + footer + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
    }

private:
    std::string place(const std::string& contents, char compression) {
        const std::string where = handle(out_.size(), contents.size());
        out_ += contents + trailer(contents, compression);
        return where;
    }

    std::string out_;
    Rows index_;
};

inline std::string bundle_header(std::uint64_t shards = 1, const std::string& more = "") {
    return number(1, shards) + more;
}

inline std::string shape_of(const std::vector<std::uint64_t>& shape) {
    std::string out;
    for (const std::uint64_t extent : shape) out += bytes(2, number(1, extent));
    return out;
}

/// An entry of a variable whose bytes, `data`, stand at `offset` of shard 0.
inline std::string bundle_entry(std::uint64_t type, const std::vector<std::uint64_t>& shape,
                                std::uint64_t offset, const std::string& data) {
    const auto crc = tensorbundle::masked(tensorbundle::crc32c(as_bytes(data)));
    return number(1, type) + bytes(2, shape_of(shape)) + number(4, offset) +
           number(5, data.size()) + fixed32(6, crc);
}

}  // namespace pratique::test
