#include "formats/hdf5/attribute.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/hdf5/fractal_heap.h"
#include "formats/hdf5/heap.h"
#include "formats/hdf5/tree2.h"

namespace pratique::hdf5 {
namespace {

/// Elements of one attribute: names of layers and weights, a few thousand in the largest models.
constexpr std::uint64_t kMostElements = 1'000'000;

struct Sizes {
    std::uint64_t name = 0;
    std::uint64_t type = 0;
    std::uint64_t space = 0;
};

/// `length` bytes, and in version 1 what fills them up to a multiple of eight.
Result<Reader> part(Reader& in, std::uint64_t length, std::uint8_t version) {
    const Reader out = TRY(in.sub(length));
    const std::uint64_t padding = version == 1 ? (8 - length % 8) % 8 : 0;
    TRY(in.skip(std::min<std::uint64_t>(padding, in.left())));
    return out;
}

Result<Datatype> read_type(File& file, const Reader& in, bool is_shared) {
    const Message message{.type = MessageType::datatype,
                          .shared = is_shared,
                          .body = in.rest(),
                          .offset = in.offset()};
    Reader type = TRY(resolve(file, message)).reader();
    return read_datatype(type);
}

Result<Attribute> read_attribute(File& file, Reader in) {
    constexpr std::uint8_t kSharedType = 1;
    constexpr std::uint8_t kSharedSpace = 2;
    const std::uint64_t at = in.offset();
    const std::uint8_t version = TRY(in.u8());
    if (version < 1 || version > 3) return Error{Errc::unsupported, at};
    const std::uint8_t stated = TRY(in.u8());
    const int flags = version == 1 ? 0 : stated;  // reserved in version 1
    Sizes sizes;
    sizes.name = TRY(in.le<std::uint16_t>());
    sizes.type = TRY(in.le<std::uint16_t>());
    sizes.space = TRY(in.le<std::uint16_t>());
    if (version == 3) TRY(in.skip(1));
    Attribute out;
    const std::string_view name = text(TRY(part(in, sizes.name, version)).rest());
    out.name = name.substr(0, name.find('\0'));
    const Reader type = TRY(part(in, sizes.type, version));
    Reader space = TRY(part(in, sizes.space, version));
    if ((flags & kSharedSpace) != 0) return Error{Errc::unsupported, at};
    out.type = TRY(read_type(file, type, (flags & kSharedType) != 0));
    out.space = TRY(read_dataspace(file, space));
    out.offset = in.offset();
    out.value = in.rest();
    return out;
}

class AttributeReader {
public:
    AttributeReader(File& file, std::vector<Attribute>& out) : file_(file), out_(out) {}

    Status add(Reader in) {
        if (out_.size() >= file_.limits().members) return Error{Errc::limit_members, in.offset()};
        auto attribute = read_attribute(file_, in);
        if (attribute) {
            out_.push_back(std::move(*attribute));
            return {};
        }
        // Dimension scales and the like hold references; nothing here has a use for them.
        if (attribute.error().code == Errc::unsupported) return {};
        return attribute.error();
    }

    Status read_heap(const Message& message) {
        Reader in = message.reader();
        TRY(expect_version(in, 0));
        if ((TRY(in.u8()) & 1) != 0) TRY(in.skip(2));
        const std::uint64_t heap_address = TRY(file_.address(in));
        const std::uint64_t tree = TRY(file_.address(in));
        if (heap_address == kNoAddress) return {};
        FractalHeap heap = TRY(FractalHeap::open(file_, heap_address));
        return walk_tree2(file_, tree, kAttributeByName, [&](Reader record) -> Status {
            const Reader id = TRY(record.sub(heap.id_bytes()));
            constexpr std::uint8_t kShared = 0x02;
            if ((TRY(record.u8()) & kShared) != 0) return {};  // in a heap for the whole file
            return add(TRY(heap.object(file_, id)));
        });
    }

private:
    File& file_;
    std::vector<Attribute>& out_;
};

}  // namespace

Result<std::vector<Attribute>> read_attributes(File& file, const Object& object) {
    std::vector<Attribute> out;
    AttributeReader reader(file, out);
    for (const Message& message : object.messages) {
        if (message.type == MessageType::attribute && !message.shared) {
            TRY(reader.add(message.reader()));
        }
        if (message.type == MessageType::attribute_info) TRY(reader.read_heap(message));
    }
    std::sort(out.begin(), out.end(),
              [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
    return out;
}

std::string_view fixed_text(const Datatype& type, Bytes element) {
    const std::string_view raw = text(element);
    constexpr std::uint8_t kSpaces = 2;
    if (type.padding != kSpaces) return raw.substr(0, raw.find('\0'));
    const std::size_t last = raw.find_last_not_of(' ');
    return raw.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

Result<std::optional<std::vector<std::string_view>>> read_texts(File& file,
                                                                const Attribute& attribute) {
    const Datatype& type = attribute.type;
    const bool is_variable = type.kind == Class::variable && type.is_text;
    std::optional<std::vector<std::string_view>> out;
    if (type.kind != Class::string && !is_variable) return out;
    out.emplace();
    if (attribute.space.is_null) return out;
    std::uint64_t count = 1;
    for (const std::uint64_t dimension : attribute.space.shape) {
        count = TRY(checked_mul(count, dimension, attribute.offset));
    }
    if (count > kMostElements) return Error{Errc::limit_members, attribute.offset};
    Reader in(attribute.value, attribute.offset);
    for (std::uint64_t i = 0; i < count; ++i) {
        TRY(file.spend(1, attribute.offset));
        Reader element = TRY(in.sub(type.size));
        if (!is_variable) {
            out->push_back(fixed_text(type, element.rest()));
            continue;
        }
        const HeapReference place = TRY(read_heap_reference(file, element));
        const Bytes object = TRY(read_global_object(file, place));
        out->push_back(text(slice(object, 0, place.count)));
    }
    return out;
}

}  // namespace pratique::hdf5
