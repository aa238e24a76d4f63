#include "formats/hdf5/external.h"

#include "base/checked.h"
#include "formats/hdf5/heap.h"

namespace pratique::hdf5 {
namespace {

/// A thousand files a dataset is more than any detector writes.
constexpr std::uint64_t kMostFiles = 100'000;
constexpr std::uint8_t kVirtual = 3;
constexpr std::uint32_t kMostDimensions = 32;

Result<std::string_view> read_name(Reader& in) {
    const std::string_view rest = text(in.rest());
    const std::size_t length = rest.find('\0');
    if (length == std::string_view::npos) return Error{Errc::truncated, in.offset()};
    TRY(in.skip(length + 1));
    return rest.substr(0, length);
}

/// `count` numbers of `width` bytes for each dimension, all to be passed over.
Status skip_numbers(Reader& in, std::uint64_t count, std::uint64_t rank, std::uint64_t width) {
    const std::uint64_t at = in.offset();
    if (rank > kMostDimensions) return Error{Errc::limit_rank, at};
    return in.skip(TRY(checked_mul(count, rank * width, at)));
}

Status skip_points(Reader& in, std::uint32_t version) {
    std::uint64_t width = 4;
    if (version == 1) TRY(in.skip(8));
    if (version == 2) width = TRY(in.u8());
    if (version != 1 && version != 2) return Error{Errc::unsupported, in.offset()};
    const std::uint64_t rank = TRY(in.le<std::uint32_t>());
    const std::uint64_t count = TRY(number(in, width));
    return skip_numbers(in, count, rank, width);
}

Status skip_hyperslab(Reader& in, std::uint32_t version) {
    constexpr std::uint8_t kRegular = 1;
    std::uint64_t width = 4;
    bool regular = false;
    switch (version) {
        case 1: TRY(in.skip(8)); break;
        case 2:
            regular = (TRY(in.u8()) & kRegular) != 0;
            TRY(in.skip(4));
            width = 8;
            break;
        case 3:
            regular = (TRY(in.u8()) & kRegular) != 0;
            width = TRY(in.u8());
            break;
        default: return Error{Errc::unsupported, in.offset()};
    }
    const std::uint64_t rank = TRY(in.le<std::uint32_t>());
    // Start, stride, count and block; or the two corners of each block.
    if (regular) return skip_numbers(in, 4, rank, width);
    const std::uint64_t blocks = TRY(number(in, width));
    return skip_numbers(in, TRY(checked_mul(blocks, std::uint64_t{2})), rank, width);
}

Status skip_selection(Reader& in) {
    enum Kind : std::uint32_t { none = 0, points = 1, hyperslab = 2, all = 3 };
    const std::uint64_t at = in.offset();
    const auto kind = TRY(in.le<std::uint32_t>());
    const auto version = TRY(in.le<std::uint32_t>());
    switch (kind) {
        case none:
        case all: return in.skip(8);
        case points: return skip_points(in, version);
        case hyperslab: return skip_hyperslab(in, version);
        default: return Error{Errc::unsupported, at};
    }
}

}  // namespace

Result<std::vector<ExternalFile>> read_external_files(File& file, const Message& message) {
    Reader in = message.reader();
    TRY(expect_version(in, 1));
    TRY(in.skip(3 + 2));
    const std::size_t used = TRY(in.le<std::uint16_t>());
    const Reader names = TRY(read_local_heap(file, TRY(file.address(in))));
    std::vector<ExternalFile> out;
    for (std::size_t i = 0; i < used; ++i) {
        ExternalFile slot;
        slot.offset = in.offset();
        slot.name = TRY(heap_text(names, TRY(file.length(in))));
        slot.begin = TRY(file.length(in));
        slot.bytes = TRY(file.length(in));
        out.push_back(slot);
    }
    return out;
}

bool is_virtual(const Message& layout) {
    return !layout.shared && layout.body.size() > 1 && layout.body[0] >= std::byte{3} &&
           layout.body[1] == std::byte{kVirtual};
}

Result<std::vector<ExternalFile>> read_virtual_sources(File& file, const Message& layout) {
    Reader message = layout.reader();
    TRY(message.skip(2));
    HeapReference place;
    place.count = 1;
    place.collection = TRY(file.address(message));
    place.index = TRY(message.le<std::uint32_t>());
    std::vector<ExternalFile> out;
    if (place.collection == kNoAddress) return out;
    Reader in(TRY(read_global_object(file, place)), layout.offset);
    TRY(expect_version(in, 0));
    const std::uint64_t count = TRY(file.length(in));
    if (count > kMostFiles) return Error{Errc::limit_members, layout.offset};
    for (std::uint64_t i = 0; i < count; ++i) {
        TRY(file.spend(1, layout.offset));
        ExternalFile source;
        source.offset = layout.offset;
        source.name = TRY(read_name(in));
        source.dataset = TRY(read_name(in));
        TRY(skip_selection(in));
        TRY(skip_selection(in));
        out.push_back(source);
    }
    return out;
}

}  // namespace pratique::hdf5
