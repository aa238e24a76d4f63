#include "formats/hdf5/chunks.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/hdf5/tree.h"
#include "formats/hdf5/tree2.h"

namespace pratique::hdf5 {
namespace {

std::uint64_t pieces(std::uint64_t whole, std::uint64_t piece) {
    return whole / piece + (whole % piece != 0 ? 1 : 0);
}

Status read_tree_index(File& file, const Dataset& dataset, ChunkList& list) {
    const std::size_t rank = dataset.layout.chunk.size();
    const std::uint64_t key_bytes = 4 + 4 + 8 * (rank + 1);
    return walk_tree(file, dataset.layout.address, TreeKind::chunks, key_bytes,
                     [&](Reader key, std::uint64_t child) -> Status {
                         const std::uint64_t at = key.offset();
                         Chunk chunk;
                         chunk.address = child;
                         chunk.size = TRY(key.le<std::uint32_t>());
                         chunk.skipped = TRY(key.le<std::uint32_t>());
                         std::vector<std::uint64_t> offsets(rank);
                         for (std::uint64_t& o : offsets) o = TRY(key.le<std::uint64_t>());
                         return list.add_at(chunk, offsets, at);
                     });
}

Status read_tree2_index(File& file, const Dataset& dataset, ChunkList& list) {
    const std::size_t rank = dataset.layout.chunk.size();
    const bool is_filtered = !dataset.filters.empty();
    const std::uint64_t fixed = file.address_bytes() + 8 * rank;
    return walk_tree2(file, dataset.layout.address, is_filtered ? kFilteredChunk : kChunk,
                      [&](Reader record) -> Status {
                          const std::uint64_t at = record.offset();
                          const std::uint64_t bytes = record.left();
                          Chunk chunk;
                          chunk.address = TRY(file.address(record));
                          chunk.size = list.chunk_bytes();
                          if (is_filtered) {
                              if (bytes < fixed + 4) return Error{Errc::bad_header, at};
                              chunk.size = TRY(number(record, bytes - fixed - 4));
                              chunk.skipped = TRY(record.le<std::uint32_t>());
                          }
                          std::vector<std::uint64_t> scaled(rank);
                          for (std::uint64_t& s : scaled) s = TRY(record.le<std::uint64_t>());
                          return list.add_scaled(chunk, scaled, at);
                      });
}

Status read_single(const Dataset& dataset, ChunkList& list) {
    const Layout& layout = dataset.layout;
    Chunk chunk;
    chunk.address = layout.address;
    chunk.size = layout.single_filtered ? layout.single_size : layout.chunk_bytes;
    chunk.skipped = layout.single_skipped;
    return list.add_scaled(chunk, std::vector<std::uint64_t>(layout.chunk.size()), layout.offset);
}

/// All chunks lie one behind the other, so that the file must be at least as long as they are.
Status read_implicit(const File& file, const Dataset& dataset, ChunkList& list) {
    const Layout& layout = dataset.layout;
    const std::uint64_t count = TRY(list.numbers());
    const std::uint64_t all = TRY(checked_mul(count, layout.chunk_bytes, layout.offset));
    TRY(file.data(layout.address, all));
    for (std::uint64_t i = 0; i < count; ++i) {
        const Chunk chunk{.position = 0,
                          .address = layout.address + i * layout.chunk_bytes,
                          .size = layout.chunk_bytes,
                          .skipped = 0};
        TRY(list.add_numbered(chunk, i, layout.offset));
    }
    return {};
}

Status read_index(File& file, const Dataset& dataset, ChunkList& list) {
    const Layout& layout = dataset.layout;
    switch (layout.index) {
        case Index::tree: return read_tree_index(file, dataset, list);
        case Index::single: return read_single(dataset, list);
        case Index::implicit: return read_implicit(file, dataset, list);
        case Index::fixed_array: return read_fixed_array(file, layout.address, list);
        case Index::extensible_array: return read_extensible_array(file, layout.address, list);
        case Index::tree2: return read_tree2_index(file, dataset, list);
    }
    return Error{Errc::unsupported, layout.offset};
}

/// No place twice, and no byte in two chunks: one stored chunk cannot fill a whole dataset.
Status check_apart(const File& file, std::vector<Chunk>& chunks) {
    std::sort(chunks.begin(), chunks.end(),
              [](const Chunk& a, const Chunk& b) { return a.address < b.address; });
    for (std::size_t i = 1; i < chunks.size(); ++i) {
        if (chunks[i].address - chunks[i - 1].address < chunks[i - 1].size) {
            return Error{Errc::overlap, file.offset_of(chunks[i].address)};
        }
    }
    std::sort(chunks.begin(), chunks.end(),
              [](const Chunk& a, const Chunk& b) { return a.position < b.position; });
    const auto twin =
        std::adjacent_find(chunks.begin(), chunks.end(),
                           [](const Chunk& a, const Chunk& b) { return a.position == b.position; });
    if (twin != chunks.end()) return Error{Errc::overlap, file.offset_of(twin->address)};
    return {};
}

}  // namespace

std::vector<std::uint64_t> grid_of(const std::vector<std::uint64_t>& shape,
                                   const std::vector<std::uint64_t>& chunk) {
    std::vector<std::uint64_t> out;
    for (std::size_t i = 0; i < shape.size(); ++i) out.push_back(pieces(shape[i], chunk[i]));
    return out;
}

ChunkList::ChunkList(const Dataset& dataset, std::vector<Chunk>& out)
    : dataset_(dataset), out_(out), grid_(grid_of(dataset.space.shape, dataset.layout.chunk)) {
    const std::vector<std::uint64_t>& most = dataset.space.most;
    for (std::size_t i = 0; i < grid_.size(); ++i) {
        const bool is_endless = most[i] == kNoAddress;
        most_.push_back(is_endless ? kNoAddress : pieces(most[i], dataset.layout.chunk[i]));
        // Endless dimensions go in front; there is at most one in an index that is numbered.
        if (is_endless) {
            slowest_first_.insert(slowest_first_.begin(), i);
        } else {
            slowest_first_.push_back(i);
        }
    }
}

Status ChunkList::add_at(Chunk chunk, const std::vector<std::uint64_t>& offsets,
                         std::uint64_t offset) {
    std::vector<std::uint64_t> scaled = offsets;
    for (std::size_t i = 0; i < scaled.size(); ++i) {
        const std::uint64_t length = dataset_.layout.chunk[i];
        if (scaled[i] % length != 0) return Error{Errc::bad_header, offset};
        scaled[i] /= length;
    }
    return add_scaled(chunk, scaled, offset);
}

Status ChunkList::add_scaled(Chunk chunk, const std::vector<std::uint64_t>& scaled,
                             std::uint64_t offset) {
    if (chunk.address == kNoAddress) return {};
    std::uint64_t position = 0;
    for (std::size_t i = 0; i < scaled.size(); ++i) {
        if (scaled[i] >= grid_[i]) return {};
        position = TRY(checked_mul(position, grid_[i], offset));
        position = TRY(checked_add(position, scaled[i], offset));
    }
    if (out_.size() >= kMostChunks) return Error{Errc::limit_nodes, offset};
    chunk.position = position;
    out_.push_back(chunk);
    return {};
}

Status ChunkList::add_numbered(Chunk chunk, std::uint64_t number, std::uint64_t offset) {
    if (chunk.address == kNoAddress) return {};
    std::vector<std::uint64_t> scaled(grid_.size());
    for (std::size_t i = slowest_first_.size(); i > 0; --i) {
        const std::size_t dimension = slowest_first_[i - 1];
        const std::uint64_t length = most_[dimension];
        if (length == 0 || (length == kNoAddress && i != 1)) return Error{Errc::bad_header, offset};
        scaled[dimension] = number % length;
        number /= length;
    }
    return number == 0 ? add_scaled(chunk, scaled, offset) : Status{};
}

Result<std::uint64_t> ChunkList::numbers() const {
    if (std::find(grid_.begin(), grid_.end(), 0) != grid_.end()) return std::uint64_t{0};
    // One behind the last chunk of the present shape.
    std::uint64_t last = 0;
    for (const std::size_t dimension : slowest_first_) {
        const bool is_first = dimension == slowest_first_.front();
        if (!is_first) last = TRY(checked_mul(last, most_[dimension], dataset_.layout.offset));
        last = TRY(checked_add(last, grid_[dimension] - 1, dataset_.layout.offset));
    }
    return checked_add(last, std::uint64_t{1}, dataset_.layout.offset);
}

Result<std::vector<Chunk>> read_chunks(File& file, const Dataset& dataset) {
    std::vector<Chunk> out;
    if (dataset.layout.address == kNoAddress) return out;
    ChunkList list(dataset, out);
    TRY(read_index(file, dataset, list));
    TRY(check_apart(file, out));
    return out;
}

}  // namespace pratique::hdf5
