#include "formats/hdf5/dataset.h"

#include "base/checked.h"

namespace pratique::hdf5 {
namespace {

constexpr std::size_t kMostDimensions = 32;
constexpr std::size_t kMostFilters = 32;

Status read_chunk_dimensions(Reader& in, std::size_t count, std::uint64_t width, Layout& out) {
    // The last one is the size of an element.
    if (count < 2 || count > kMostDimensions + 1) return Error{Errc::limit_rank, in.offset()};
    for (std::size_t i = 0; i + 1 < count; ++i) {
        out.chunk.push_back(TRY(number(in, width)));
        if (out.chunk.back() == 0) return Error{Errc::bad_header, in.offset()};
    }
    out.element = TRY(number(in, width));
    return {};
}

/// Versions 1 and 2, written before 2004.
Status read_oldest(const File& file, Reader& in, Layout& out) {
    const std::size_t rank = TRY(in.u8());
    const std::uint8_t storage = TRY(in.u8());
    TRY(in.skip(5));
    if (storage > 2) return Error{Errc::unsupported, out.offset};
    out.storage = static_cast<Storage>(storage);
    if (out.storage != Storage::compact) out.address = TRY(file.address(in));
    if (out.storage == Storage::chunked) return read_chunk_dimensions(in, rank, 4, out);
    // The dataset's dimensions and the size of an element, once more; libhdf5 does not look at
    // them.
    TRY(in.skip(4 * rank));
    if (out.storage == Storage::compact) {
        out.size = TRY(in.le<std::uint32_t>());
        out.compact = TRY(in.take(out.size));
    }
    return {};
}

Status read_single(const File& file, Reader& in, Layout& out) {
    if (!out.single_filtered) return {};
    out.single_size = TRY(file.length(in));
    out.single_skipped = TRY(in.le<std::uint32_t>());
    return {};
}

/// Chunked as versions 4 and 5 have it.
Status read_chunked(const File& file, Reader& in, Layout& out) {
    constexpr std::uint8_t kEdgesUnfiltered = 1;
    constexpr std::uint8_t kSingleFiltered = 2;
    const std::uint8_t flags = TRY(in.u8());
    out.edges_unfiltered = (flags & kEdgesUnfiltered) != 0;
    out.single_filtered = (flags & kSingleFiltered) != 0;
    const std::size_t count = TRY(in.u8());
    TRY(read_chunk_dimensions(in, count, TRY(in.u8()), out));
    const std::uint8_t index = TRY(in.u8());
    constexpr std::uint8_t kLastIndex = 5;
    if (index > kLastIndex) return Error{Errc::unsupported, in.offset() - 1};
    out.index = static_cast<Index>(index);
    switch (out.index) {
        case Index::single: TRY(read_single(file, in, out)); break;
        case Index::implicit: break;
        // The index says these parameters again, where they are used.
        case Index::fixed_array: TRY(in.skip(1)); break;
        case Index::extensible_array: TRY(in.skip(5)); break;
        case Index::tree2: TRY(in.skip(4 + 1 + 1)); break;
        case Index::tree: return Error{Errc::unsupported, in.offset() - 1};
    }
    out.address = TRY(file.address(in));
    return {};
}

Status read_newer(const File& file, Reader& in, Layout& out) {
    const std::uint8_t storage = TRY(in.u8());
    // 3 is a virtual dataset: its elements are those of others, mostly in other files.
    if (storage > 2) return Error{Errc::unsupported, out.offset};
    out.storage = static_cast<Storage>(storage);
    switch (out.storage) {
        case Storage::compact:
            out.size = TRY(in.le<std::uint16_t>());
            out.compact = TRY(in.take(out.size));
            return {};
        case Storage::contiguous:
            out.address = TRY(file.address(in));
            out.size = TRY(file.length(in));
            return {};
        case Storage::chunked: break;
    }
    if (out.version > 3) return read_chunked(file, in, out);
    const std::size_t count = TRY(in.u8());
    out.address = TRY(file.address(in));
    return read_chunk_dimensions(in, count, 4, out);
}

Result<Layout> read_layout(const File& file, const Message& message) {
    Reader in = message.reader();
    Layout out;
    out.offset = message.offset;
    out.version = TRY(in.u8());
    if (out.version < 1 || out.version > 5) return Error{Errc::unsupported, message.offset};
    TRY(out.version < 3 ? read_oldest(file, in, out) : read_newer(file, in, out));
    return out;
}

Result<Filter> read_filter(Reader& in, bool is_old) {
    constexpr std::uint16_t kFirstWithName = 256;
    Filter out;
    out.offset = in.offset();
    out.id = TRY(in.le<std::uint16_t>());
    std::uint64_t name = 0;
    if (is_old || out.id >= kFirstWithName) name = TRY(in.le<std::uint16_t>());
    TRY(in.skip(2));  // flags: whether a writer could go on without it
    const std::size_t count = TRY(in.le<std::uint16_t>());
    TRY(in.skip(is_old ? (name + 7) / 8 * 8 : name));
    for (std::size_t i = 0; i < count; ++i) out.values.push_back(TRY(in.le<std::uint32_t>()));
    if (is_old && count % 2 != 0) TRY(in.skip(4));
    return out;
}

Result<std::vector<Filter>> read_filters(const Message& message) {
    Reader in = message.reader();
    const std::uint8_t version = TRY(in.u8());
    if (version != 1 && version != 2) return Error{Errc::unsupported, message.offset};
    const std::size_t count = TRY(in.u8());
    if (count > kMostFilters) return Error{Errc::bad_header, message.offset};
    if (version == 1) TRY(in.skip(6));
    std::vector<Filter> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(TRY(read_filter(in, version == 1)));
    return out;
}

/// The value, or nothing where it was left undefined: then elements are zeros, as libhdf5 has them.
Result<Bytes> read_fill(const Message& message) {
    Reader in = message.reader();
    if (message.type == MessageType::fill) {
        const std::uint8_t version = TRY(in.u8());
        if (version < 1 || version > 3) return Error{Errc::unsupported, message.offset};
        if (version == 3) {
            if ((TRY(in.u8()) & 0x20) == 0) return Bytes{};
        } else {
            TRY(in.skip(2));
            if (TRY(in.u8()) == 0) return Bytes{};
        }
    }
    const auto size = TRY(in.le<std::uint32_t>());
    constexpr std::uint32_t kUndefined = UINT32_MAX;
    if (size == kUndefined) return Bytes{};
    return in.take(size);
}

/// The fill message that counts: the older one stands beside the newer for older readers.
Status take_fill(const Object& object, Dataset& out) {
    const Message* message = object.find(MessageType::fill);
    if (message == nullptr) message = object.find(MessageType::old_fill);
    if (message == nullptr || message->shared) return {};
    out.fill = TRY(read_fill(*message));
    if (!out.fill.empty() && out.fill.size() != out.type.size) {
        return Error{Errc::size_mismatch, message->offset};
    }
    return {};
}

/// What the layout says must fit what type and dataspace say.
Status check_layout(Dataset& out) {
    Layout& layout = out.layout;
    if (layout.storage == Storage::contiguous && layout.version < 3) {
        layout.size = out.type.size;
        for (const std::uint64_t length : out.space.shape) {
            layout.size = TRY(checked_mul(layout.size, length, layout.offset));
        }
    }
    if (layout.storage != Storage::chunked) return {};
    if (layout.chunk.size() != out.space.shape.size()) {
        return Error{Errc::rank_mismatch, layout.offset};
    }
    if (layout.element != out.type.size) return Error{Errc::size_mismatch, layout.offset};
    layout.chunk_bytes = layout.element;
    for (const std::uint64_t length : layout.chunk) {
        layout.chunk_bytes = TRY(checked_mul(layout.chunk_bytes, length, layout.offset));
    }
    return {};
}

}  // namespace

Result<Dataspace> read_dataspace(const File& file, Reader& in) {
    constexpr std::uint8_t kNull = 2;
    const std::uint64_t at = in.offset();
    const std::uint8_t version = TRY(in.u8());
    if (version != 1 && version != 2) return Error{Errc::unsupported, at};
    const std::size_t rank = TRY(in.u8());
    const bool has_most = (TRY(in.u8()) & 1) != 0;
    const std::uint8_t kind = TRY(in.u8());
    if (version == 1) TRY(in.skip(4));
    if (rank > kMostDimensions) return Error{Errc::limit_rank, at};
    Dataspace out;
    out.is_null = version == 2 && kind == kNull;
    for (std::size_t i = 0; i < rank; ++i) out.shape.push_back(TRY(file.length(in)));
    out.most = out.shape;
    const std::uint64_t none =
        file.length_bytes() == 8 ? kNoAddress : (std::uint64_t{1} << 8 * file.length_bytes()) - 1;
    for (std::size_t i = 0; has_most && i < rank; ++i) {
        const std::uint64_t most = TRY(file.length(in));
        out.most[i] = most == none ? kNoAddress : most;
        if (out.most[i] < out.shape[i]) return Error{Errc::bad_header, at};
    }
    return out;
}

Result<Dataset> read_dataset(File& file, const Object& object) {
    const Message* type = object.find(MessageType::datatype);
    const Message* space = object.find(MessageType::dataspace);
    const Message* layout = object.find(MessageType::layout);
    if (type == nullptr || space == nullptr || layout == nullptr) {
        return Error{Errc::missing_record, object.offset};
    }
    if (const Message* elsewhere = object.find(MessageType::external_files)) {
        return Error{Errc::external_data, elsewhere->offset};
    }
    if (space->shared || layout->shared) return Error{Errc::unsupported, object.offset};
    Dataset out;
    Reader type_in = TRY(resolve(file, *type)).reader();
    out.type = TRY(read_datatype(type_in));
    Reader space_in = space->reader();
    out.space = TRY(read_dataspace(file, space_in));
    out.layout = TRY(read_layout(file, *layout));
    if (const Message* filters = object.find(MessageType::filters)) {
        if (filters->shared) return Error{Errc::unsupported, filters->offset};
        out.filters = TRY(read_filters(*filters));
    }
    TRY(take_fill(object, out));
    TRY(check_layout(out));
    return out;
}

}  // namespace pratique::hdf5
