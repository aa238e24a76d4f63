#include "formats/hdf5/group.h"

#include <algorithm>
#include <optional>

#include "formats/hdf5/fractal_heap.h"
#include "formats/hdf5/heap.h"
#include "formats/hdf5/tree.h"
#include "formats/hdf5/tree2.h"

namespace pratique::hdf5 {
namespace {

class LinkReader {
public:
    LinkReader(File& file, std::vector<Link>& out) : file_(file), out_(out) {}

    Status read(const Object& object) {
        for (const Message& message : object.messages) {
            if (message.type == MessageType::symbol_table) TRY(read_table(message));
            if (message.type == MessageType::link_info) TRY(read_heap(message));
            if (message.type != MessageType::link) continue;
            if (message.shared) return Error{Errc::unsupported, message.offset};
            TRY(read_link(message.reader()));
        }
        return {};
    }

private:
    Status add(const Link& link) {
        // "/" parts the names of a path; "." is the group itself.
        const bool is_name = !link.name.empty() && link.name != "." &&
                             link.name.find_first_of(std::string_view("/\0", 2)) == link.name.npos;
        if (!is_name) return Error{Errc::bad_name, link.offset};
        if (out_.size() >= file_.limits().members) return Error{Errc::limit_members, link.offset};
        out_.push_back(link);
        return {};
    }

    Status read_table(const Message& message) {
        Reader in = message.reader();
        const std::uint64_t tree = TRY(file_.address(in));
        const Reader names = TRY(read_local_heap(file_, TRY(file_.address(in))));
        return walk_tree(
            file_, tree, TreeKind::group, file_.length_bytes(),
            [&](Reader /*key*/, std::uint64_t child) { return read_symbols(child, names); });
    }

    Status read_symbols(std::uint64_t address, const Reader& names) {
        Reader in = TRY(file_.from(address));
        TRY(expect(in, "SNOD"));
        TRY(expect_version(in, 1));
        TRY(in.skip(1));
        const std::size_t count = TRY(in.le<std::uint16_t>());
        constexpr std::uint32_t kSoft = 2;
        for (std::size_t i = 0; i < count; ++i) {
            TRY(file_.spend(24 + 2 * std::uint64_t{file_.address_bytes()}, in.offset()));
            Link link;
            link.offset = in.offset();
            link.name = TRY(heap_text(names, TRY(file_.address(in))));
            link.address = TRY(file_.address(in));
            const auto cache = TRY(in.le<std::uint32_t>());
            TRY(in.skip(4));
            Reader scratch = TRY(in.sub(16));
            if (cache == kSoft) {
                link.kind = LinkKind::soft;
                link.path = TRY(heap_text(names, TRY(scratch.le<std::uint32_t>())));
            }
            TRY(add(link));
        }
        return {};
    }

    /// A group's links are either all in messages or all in the heap.
    Status read_heap(const Message& message) {
        Reader in = message.reader();
        TRY(expect_version(in, 0));
        const std::uint8_t flags = TRY(in.u8());
        if ((flags & 1) != 0) TRY(in.skip(8));
        const std::uint64_t heap_address = TRY(file_.address(in));
        const std::uint64_t tree = TRY(file_.address(in));
        if (heap_address == kNoAddress) return {};
        FractalHeap heap = TRY(FractalHeap::open(file_, heap_address));
        return walk_tree2(file_, tree, kLinkByName, [&](Reader record) -> Status {
            TRY(record.skip(4));  // the hash of the name
            return read_link(TRY(heap.object(file_, record)));
        });
    }

    Status read_link(Reader in) {
        constexpr std::uint8_t kHard = 0;
        constexpr std::uint8_t kSoft = 1;
        constexpr std::uint8_t kExternal = 64;
        Link link;
        link.offset = in.offset();
        TRY(expect_version(in, 1));
        const std::uint8_t flags = TRY(in.u8());
        const std::uint8_t kind = (flags & 0x08) != 0 ? TRY(in.u8()) : kHard;
        if ((flags & 0x04) != 0) TRY(in.skip(8));
        if ((flags & 0x10) != 0) TRY(in.skip(1));
        const std::uint64_t length = TRY(number(in, std::uint64_t{1} << (flags & 3)));
        link.name = text(TRY(in.take(length)));
        link.kind = kind == kHard       ? LinkKind::hard
                    : kind == kSoft     ? LinkKind::soft
                    : kind == kExternal ? LinkKind::external
                                        : LinkKind::user;
        if (link.kind == LinkKind::hard) link.address = TRY(file_.address(in));
        if (link.kind == LinkKind::soft) {
            link.path = text(TRY(in.take(TRY(in.le<std::uint16_t>()))));
        }
        if (link.kind == LinkKind::external) TRY(read_external(in, link));
        return add(link);
    }

    static Status read_external(Reader& in, Link& out) {
        const std::uint64_t at = in.offset();
        const std::uint64_t length = TRY(in.le<std::uint16_t>());
        const std::string_view value = text(TRY(in.take(length)));
        // Version and flags in one byte, both 0; then two texts.
        const std::size_t end = value.find('\0', 1);
        if (value.empty() || end == std::string_view::npos) return Error{Errc::truncated, at};
        out.file = value.substr(1, end - 1);
        out.path = value.substr(end + 1);
        out.path = out.path.substr(0, out.path.find('\0'));
        return {};
    }

    File& file_;
    std::vector<Link>& out_;
};

}  // namespace

bool is_group(const Object& object) {
    return object.find(MessageType::symbol_table) != nullptr ||
           object.find(MessageType::link_info) != nullptr ||
           object.find(MessageType::link) != nullptr;
}

Result<std::vector<Link>> read_links(File& file, const Object& object) {
    std::vector<Link> out;
    TRY(LinkReader(file, out).read(object));
    std::sort(out.begin(), out.end(), [](const Link& a, const Link& b) { return a.name < b.name; });
    const auto twin = std::adjacent_find(
        out.begin(), out.end(), [](const Link& a, const Link& b) { return a.name == b.name; });
    if (twin != out.end()) return Error{Errc::duplicate_key, twin->offset};
    return out;
}

}  // namespace pratique::hdf5
