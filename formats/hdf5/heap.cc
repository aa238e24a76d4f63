#include "formats/hdf5/heap.h"

namespace pratique::hdf5 {

Result<Reader> read_local_heap(File& file, std::uint64_t address) {
    Reader in = TRY(file.from(address));
    TRY(expect(in, "HEAP"));
    TRY(expect_version(in, 0));
    TRY(in.skip(3));
    const std::uint64_t size = TRY(file.length(in));
    TRY(file.length(in));  // free list
    return file.at(TRY(file.address(in)), size);
}

Result<std::string_view> heap_text(const Reader& heap, std::uint64_t offset) {
    if (offset >= heap.left()) return Error{Errc::out_of_bounds, heap.offset()};
    const std::string_view rest = text(from(heap.rest(), offset));
    const std::size_t length = rest.find('\0');
    if (length == std::string_view::npos) return Error{Errc::truncated, heap.offset() + offset};
    return rest.substr(0, length);
}

Result<HeapReference> read_heap_reference(const File& file, Reader& in) {
    HeapReference out;
    out.count = TRY(in.le<std::uint32_t>());
    out.collection = TRY(file.address(in));
    out.index = TRY(in.le<std::uint32_t>());
    return out;
}

Result<Bytes> read_global_object(File& file, const HeapReference& reference) {
    if (reference.count == 0) return Bytes{};
    Reader in = TRY(file.from(reference.collection));
    const std::uint64_t start = in.offset();
    TRY(expect(in, "GCOL"));
    TRY(expect_version(in, 1));
    TRY(in.skip(3));
    const std::uint64_t size = TRY(file.length(in));
    const std::uint64_t head = in.offset() - start;
    if (size < head) return Error{Errc::bad_header, start};
    Reader objects = TRY(in.sub(size - head));
    const std::uint64_t object_head = 8 + std::uint64_t{file.length_bytes()};
    while (objects.left() >= object_head) {
        TRY(file.spend(object_head, start));
        const std::uint16_t index = TRY(objects.le<std::uint16_t>());
        TRY(objects.skip(6));
        const std::uint64_t bytes = TRY(file.length(objects));
        if (index == 0) break;  // free space: nothing follows
        const Bytes object = TRY(objects.take(bytes));
        if (index == reference.index) return object;
        const std::uint64_t padding = (8 - bytes % 8) % 8;
        if (padding > objects.left()) break;
        TRY(objects.skip(padding));
    }
    return Error{Errc::missing_record, start};
}

}  // namespace pratique::hdf5
