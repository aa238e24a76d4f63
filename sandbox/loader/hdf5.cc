#include "sandbox/loader/hdf5.h"

#include <algorithm>
#include <unordered_map>

#include "formats/hdf5/group.h"
#include "sandbox/loader/hdf5_chunks.h"
#include "sandbox/loader/hdf5_metadata.h"

namespace pratique::loader {
namespace {

/// Groups in groups. Models inside models reach some thirty.
constexpr std::size_t kMostDepth = 128;

class Walk {
public:
    Walk(Load& load, hdf5::File file)
        : load_(load), file_(file), budget_(load.file().size(), load.limits()) {}

    Status run(Hdf5Metadata& metadata) {
        const hdf5::Object root = TRY(hdf5::read_object(file_, file_.root()));
        if (!hdf5::is_group(root)) return Error{Errc::bad_header, root.offset};
        TRY(metadata.read_root(file_, root));
        TRY(enter(root));
        while (!open_.empty()) {
            Group& group = open_.back();
            if (group.next == group.links.size()) {
                open_.pop_back();
                if (!path_.empty()) path_.pop_back();
                continue;
            }
            const hdf5::Link link = group.links[group.next++];
            path_.push_back({std::string(link.name), false});
            const bool entered = TRY(follow(link, metadata));
            if (!entered) path_.pop_back();
        }
        return {};
    }

private:
    struct Group {
        std::uint64_t address = 0;
        std::vector<hdf5::Link> links;
        std::size_t next = 0;
    };

    /// True if it leads to a group, which is then the last of the open ones.
    Result<bool> follow(const hdf5::Link& link, Hdf5Metadata& metadata) {
        switch (link.kind) {
            case hdf5::LinkKind::hard: break;
            case hdf5::LinkKind::soft:
                load_.warn(Errc::unsupported, link.offset,
                           "a soft link was not followed; what it names has a name of its own");
                return false;
            case hdf5::LinkKind::external: return Error{Errc::external_data, link.offset};
            case hdf5::LinkKind::user: return Error{Errc::unsupported, link.offset};
        }
        const bool is_circle = std::any_of(
            open_.begin(), open_.end(), [&](const Group& g) { return g.address == link.address; });
        if (is_circle) {
            load_.warn(Errc::overlap, link.offset,
                       "a group that contains itself was not entered again");
            return false;
        }
        if (++objects_ > load_.limits().members) return Error{Errc::limit_members, link.offset};
        if (const auto known = datasets_.find(link.address); known != datasets_.end()) {
            Tensor again = known->second;
            again.path = path_;
            TRY(load_.add(std::move(again)));
            return false;
        }
        const hdf5::Object object = TRY(hdf5::read_object(file_, link.address));
        if (hdf5::is_group(object)) {
            TRY(metadata.read_group(file_, object, path_));
            TRY(enter(object));
            return true;
        }
        // What is neither is a type with a name.
        const bool is_dataset = object.find(hdf5::MessageType::layout) != nullptr ||
                                object.find(hdf5::MessageType::dataspace) != nullptr;
        if (is_dataset) TRY(add_dataset(object));
        return false;
    }

    Status enter(const hdf5::Object& object) {
        if (open_.size() >= kMostDepth) return Error{Errc::limit_depth, object.offset};
        open_.push_back({object.address, TRY(hdf5::read_links(file_, object)), 0});
        return {};
    }

    Status add_dataset(const hdf5::Object& object) {
        const hdf5::Dataset dataset = TRY(hdf5::read_dataset(file_, object));
        if (dataset.type.kind == hdf5::Class::variable && dataset.type.is_text) {
            load_.warn(Errc::unsupported, object.offset,
                       "a dataset of texts of variable length was left out: it is no tensor");
            return {};
        }
        Hdf5Element element = TRY(hdf5_element(dataset.type, object.offset));
        if (TRY(is_bfloat16(object, dataset))) element.dtype = Scalar::bfloat16;
        Tensor tensor;
        tensor.path = path_;
        tensor.dtype = element.dtype;
        tensor.shape = dataset.space.shape;
        if (dataset.space.is_null) tensor.shape = {0};
        tensor.shape.insert(tensor.shape.end(), element.inner.begin(), element.inner.end());
        if (tensor.shape.size() > kMostDimensions) return Error{Errc::limit_rank, object.offset};
        const std::uint64_t bytes = TRY(tensor.logical_bytes());
        if (bytes != 0) TRY(place(tensor, dataset, element, bytes));
        datasets_.emplace(object.address, tensor);
        return load_.add(std::move(tensor));
    }

    /// Keras keeps bfloat16, which h5py knows only as two bytes, under its name in an attribute.
    Result<bool> is_bfloat16(const hdf5::Object& object, const hdf5::Dataset& dataset) {
        if (dataset.type.kind != hdf5::Class::opaque || dataset.type.size != 2) return false;
        for (const auto& attribute : TRY(hdf5::read_attributes(file_, object))) {
            if (attribute.name != "dtype") continue;
            const auto texts = TRY(hdf5::read_texts(file_, attribute));
            return texts && texts->size() == 1 && texts->front() == "bfloat16";
        }
        return false;
    }

    Status place(Tensor& tensor, const hdf5::Dataset& dataset, const Hdf5Element& element,
                 std::uint64_t bytes) {
        const hdf5::Layout& layout = dataset.layout;
        if (layout.storage == hdf5::Storage::chunked) {
            tensor.source = kOutput;
            tensor.offset = TRY(assemble(load_, file_, dataset, element, bytes, budget_));
            return {};
        }
        const bool is_compact = layout.storage == hdf5::Storage::compact;
        if (!is_compact && layout.address == hdf5::kNoAddress) {
            tensor.source = kOutput;
            tensor.offset = TRY(load_.reserve(bytes));
            return write_fill(load_, dataset, element, tensor.offset, bytes, budget_);
        }
        if (layout.size != bytes) return Error{Errc::size_mismatch, layout.offset};
        const Bytes data = is_compact ? layout.compact : TRY(file_.data(layout.address, bytes));
        if (element.reversed.empty()) return load_.put(tensor, data);
        tensor.source = kOutput;
        tensor.offset = TRY(load_.reserve(bytes));
        return write_reversed(load_, tensor.offset, data, element);
    }

    Load& load_;
    hdf5::File file_;
    ChunkBudget budget_;
    std::vector<Group> open_;
    std::vector<Step> path_;
    std::unordered_map<std::uint64_t, Tensor> datasets_;  ///< by address: they can have many names
    std::uint64_t objects_ = 0;
};

}  // namespace

Result<TreeId> load_hdf5_member(Load& load, Bytes h5) {
    hdf5::File file = TRY(hdf5::File::open(h5, load.limits()));
    if (file.end() < h5.size()) {
        load.warn(Errc::trailing_bytes, file.end(), "bytes behind the end of the file are unread");
    }
    const std::size_t first = load.out().tensors.size();
    Hdf5Metadata metadata(load, file);
    TRY(Walk(load, file).run(metadata));
    return metadata.take(std::span(load.out().tensors).subspan(first));
}

Status load_hdf5(Load& load, Bytes bytes) {
    load.out().format += "hdf5";
    load.out().metadata = TRY(load_hdf5_member(load, bytes));
    return {};
}

}  // namespace pratique::loader
