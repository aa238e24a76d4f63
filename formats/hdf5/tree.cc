#include "formats/hdf5/tree.h"

#include <optional>
#include <unordered_set>
#include <vector>

namespace pratique::hdf5 {
namespace {

struct Node {
    std::uint64_t address = 0;
    std::optional<std::uint8_t> level;  ///< that it must have; of the root, any
};

}  // namespace

Status walk_tree(File& file, std::uint64_t root, TreeKind kind, std::uint64_t key_bytes,
                 const std::function<Status(Reader key, std::uint64_t child)>& leaf) {
    std::vector<Node> todo{{root, std::nullopt}};
    std::unordered_set<std::uint64_t> seen;
    while (!todo.empty()) {
        const Node node = todo.back();
        todo.pop_back();
        Reader in = TRY(file.from(node.address));
        const std::uint64_t at = in.offset();
        if (!seen.insert(node.address).second) return Error{Errc::overlap, at};
        TRY(expect(in, "TREE"));
        if (TRY(in.u8()) != static_cast<std::uint8_t>(kind)) return Error{Errc::bad_header, at};
        const std::uint8_t level = TRY(in.u8());
        if (node.level && *node.level != level) return Error{Errc::bad_header, at};
        const std::size_t count = TRY(in.le<std::uint16_t>());
        TRY(in.skip(2 * std::uint64_t{file.address_bytes()}));
        TRY(file.spend(count * (key_bytes + file.address_bytes()), at));
        for (std::size_t i = 0; i < count; ++i) {
            const Reader key = TRY(in.sub(key_bytes));
            const std::uint64_t child = TRY(file.address(in));
            if (level == 0) {
                TRY(leaf(key, child));
            } else {
                todo.push_back({child, static_cast<std::uint8_t>(level - 1)});
            }
        }
    }
    return {};
}

}  // namespace pratique::hdf5
