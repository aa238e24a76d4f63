#include "formats/hdf5/tree2.h"

#include <unordered_set>
#include <vector>

#include "base/checked.h"

namespace pratique::hdf5 {
namespace {

/// Magic, version, type; and the checksum at the end.
constexpr std::uint64_t kNodeHead = 6;
constexpr std::uint64_t kNodeFrame = kNodeHead + 4;
/// Nodes of two records each would hold 2¹⁶ of them.
constexpr std::size_t kMostDepth = 16;

struct Level {
    std::uint64_t most_records = 0;  ///< of one node
    std::uint64_t most_below = 0;    ///< of a node and all below it
    std::uint64_t below_bytes = 0;   ///< of a count of them; 0 for leaves, which have none
};

struct Node {
    std::uint64_t address = 0;
    std::uint64_t records = 0;
    std::size_t level = 0;
};

class Walk {
public:
    using Visit = std::function<Status(Reader record)>;

    Walk(File& file, std::uint8_t type, const Visit& visit)
        : file_(file), type_(type), visit_(visit) {}

    Status run(std::uint64_t header) {
        Node root;
        const std::uint64_t at = file_.offset_of(header);
        TRY(read_header(header, root));
        if (root.address != kNoAddress) todo_.push_back(root);
        while (!todo_.empty()) {
            const Node node = todo_.back();
            todo_.pop_back();
            TRY(read_node(node));
        }
        if (found_ != stated_) return Error{Errc::size_mismatch, at};
        return {};
    }

private:
    Status read_header(std::uint64_t address, Node& root) {
        Reader in = TRY(file_.from(address));
        const Bytes whole = in.rest();
        const std::uint64_t at = in.offset();
        TRY(expect(in, "BTHD"));
        TRY(expect_version(in, 0));
        if (TRY(in.u8()) != type_) return Error{Errc::unsupported, at};
        node_bytes_ = TRY(in.le<std::uint32_t>());
        record_bytes_ = TRY(in.le<std::uint16_t>());
        root.level = TRY(in.le<std::uint16_t>());
        TRY(in.skip(2));
        root.address = TRY(file_.address(in));
        root.records = TRY(in.le<std::uint16_t>());
        stated_ = TRY(file_.length(in));
        TRY(check_sum(in, whole.first(in.offset() - at)));
        if (root.level > kMostDepth) return Error{Errc::limit_depth, at};
        return measure(root.level, at);
    }

    /// What fits into the nodes of each level, from the leaves up.
    Status measure(std::size_t depth, std::uint64_t at) {
        if (record_bytes_ == 0 || node_bytes_ < kNodeFrame + record_bytes_) {
            return Error{Errc::bad_header, at};
        }
        const std::uint64_t room = node_bytes_ - kNodeFrame;
        const std::uint64_t in_leaf = room / record_bytes_;
        count_bytes_ = bytes_for(in_leaf);
        levels_.push_back({in_leaf, in_leaf, 0});
        while (levels_.size() <= depth) {
            const Level& below = levels_.back();
            const std::uint64_t pointer = pointer_bytes(below);
            if (room < pointer + record_bytes_ + pointer) return Error{Errc::bad_header, at};
            const std::uint64_t records = (room - pointer) / (record_bytes_ + pointer);
            const std::uint64_t all =
                TRY(checked_add(TRY(checked_mul(records + 1, below.most_below, at)), records, at));
            levels_.push_back({records, all, bytes_for(all)});
        }
        return {};
    }

    std::uint64_t pointer_bytes(const Level& child) const {
        return file_.address_bytes() + count_bytes_ + child.below_bytes;
    }

    Status read_node(const Node& node) {
        const std::uint64_t at = file_.offset_of(node.address);
        if (!seen_.insert(node.address).second) return Error{Errc::overlap, at};
        if (node.records > levels_[node.level].most_records) return Error{Errc::bad_header, at};
        const bool is_leaf = node.level == 0;
        const std::uint64_t pointers =
            is_leaf ? 0 : (node.records + 1) * pointer_bytes(levels_[node.level - 1]);
        const std::uint64_t length = kNodeFrame + node.records * record_bytes_ + pointers;
        Reader in = TRY(file_.at(node.address, length));
        const Bytes whole = in.rest();
        TRY(expect(in, is_leaf ? "BTLF" : "BTIN"));
        TRY(expect_version(in, 0));
        if (TRY(in.u8()) != type_) return Error{Errc::bad_header, at};
        Reader records = TRY(in.sub(node.records * record_bytes_));
        Reader children = TRY(in.sub(pointers));
        TRY(check_sum(in, whole.first(whole.size() - 4)));
        for (std::uint64_t i = 0; i < node.records; ++i) {
            TRY(visit_(TRY(records.sub(record_bytes_))));
            ++found_;
        }
        while (!children.at_end()) TRY(add_child(children, node.level - 1));
        return {};
    }

    Status add_child(Reader& in, std::size_t level) {
        Node child;
        child.level = level;
        child.address = TRY(file_.address(in));
        child.records = TRY(number(in, count_bytes_));
        TRY(in.skip(levels_[level].below_bytes));
        todo_.push_back(child);
        return {};
    }

    File& file_;
    const std::uint8_t type_;
    const Visit& visit_;
    std::uint64_t node_bytes_ = 0;
    std::uint64_t record_bytes_ = 0;
    std::uint64_t count_bytes_ = 0;
    std::uint64_t stated_ = 0;
    std::uint64_t found_ = 0;
    std::vector<Level> levels_;
    std::vector<Node> todo_;
    std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

Status walk_tree2(File& file, std::uint64_t header, std::uint8_t type,
                  const std::function<Status(Reader record)>& visit) {
    return Walk(file, type, visit).run(header);
}

}  // namespace pratique::hdf5
