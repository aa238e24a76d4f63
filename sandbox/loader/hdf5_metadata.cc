#include "sandbox/loader/hdf5_metadata.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/checked.h"
#include "sandbox/loader/hdf5_element.h"

namespace pratique::loader {
namespace {

/// Numbers of one attribute that are shown; of longer ones, what they are.
constexpr std::uint64_t kMostShown = 1'000;
constexpr std::size_t kMostAttributes = 10'000;

template <class T>
T number_at(Bytes bytes) {
    T out{};
    std::memcpy(&out, bytes.data(), sizeof(T));
    return out;
}

template <class T>
TreeId integer(Tree& tree, Bytes bytes) {
    return tree.integer(number_at<T>(bytes));
}
template <class T>
TreeId real(Tree& tree, Bytes bytes) {
    return tree.real(static_cast<double>(number_at<T>(bytes)));
}
TreeId boolean(Tree& tree, Bytes bytes) {
    return tree.boolean(number_at<std::uint8_t>(bytes) != 0);
}
TreeId unsigned_integer(Tree& tree, Bytes bytes) {
    return tree.unsigned_integer(number_at<std::uint64_t>(bytes));
}

struct Shown {
    Scalar scalar;
    TreeId (*make)(Tree& tree, Bytes bytes);
};

constexpr auto kShown = std::to_array<Shown>({
    {Scalar::boolean, boolean},
    {Scalar::int8, integer<std::int8_t>},
    {Scalar::uint8, integer<std::uint8_t>},
    {Scalar::int16, integer<std::int16_t>},
    {Scalar::uint16, integer<std::uint16_t>},
    {Scalar::int32, integer<std::int32_t>},
    {Scalar::uint32, integer<std::uint32_t>},
    {Scalar::int64, integer<std::int64_t>},
    {Scalar::uint64, unsigned_integer},
    {Scalar::float32, real<float>},
    {Scalar::float64, real<double>},
});

/// One number in this machine's order, or nothing.
std::optional<TreeId> number(Tree& tree, Scalar scalar, Bytes bytes) {
    const auto* row = std::find_if(kShown.begin(), kShown.end(),
                                   [&](const Shown& shown) { return shown.scalar == scalar; });
    if (row == kShown.end()) return std::nullopt;
    return row->make(tree, bytes);
}

/// The name without the number that Keras puts behind parts of a list: "layer_names0".
std::string_view without_number(std::string_view name) {
    return name.substr(0, name.find_last_not_of("0123456789") + 1);
}

bool is_optimizer(const Tensor& tensor) {
    if (tensor.path.empty()) return false;
    const std::string& first = tensor.path.front().key;
    return first == "optimizer_weights" || first == "optimizer";
}

}  // namespace

Hdf5Metadata::Hdf5Metadata(Load& load, const hdf5::File& file) : load_(load) {
    entries_.emplace_back("superblock", load.tree().integer(file.version()));
    if (file.base() != 0) {
        const auto base = static_cast<std::int64_t>(file.base());
        entries_.emplace_back("user_block", load.tree().integer(base));
    }
}

Status Hdf5Metadata::read_root(hdf5::File& file, const hdf5::Object& root) {
    return read(file, root);
}

Status Hdf5Metadata::read_group(hdf5::File& file, const hdf5::Object& group,
                                const std::vector<Step>& path) {
    if (path.size() != 1 || path.front().key != "model_weights") return {};
    return read(file, group);
}

Status Hdf5Metadata::read(hdf5::File& file, const hdf5::Object& object) {
    constexpr auto kKeras = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"keras_version", "framework_version"},
        {"backend", "backend"},
        {"model_config", "model_config"},
        {"training_config", "training_config"},
    });
    for (const auto& attribute : TRY(hdf5::read_attributes(file, object))) {
        if (attributes_.size() + entries_.size() >= kMostAttributes) {
            load_.warn(Errc::limit_members, attribute.offset,
                       "the attributes are too many; the rest of them were left out");
            break;
        }
        if (without_number(attribute.name) == "layer_names") {
            const auto texts = TRY(hdf5::read_texts(file, attribute));
            if (texts) {
                is_keras_ = true;
                for (const auto name : *texts) layer_names_.push_back(load_.tree().text(name));
                continue;
            }
        }
        const auto* known = std::find_if(kKeras.begin(), kKeras.end(), [&](const auto& row) {
            return row.first == attribute.name;
        });
        const TreeId value = TRY(value_of(file, attribute));
        if (known == kKeras.end()) {
            attributes_.emplace_back(attribute.name, value);
            continue;
        }
        is_keras_ = is_keras_ || known->first != "backend";
        // A whole model has the version and the backend in both places.
        const bool is_new = std::none_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
            return entry.first == known->second;
        });
        if (is_new) entries_.emplace_back(known->second, value);
    }
    return {};
}

Result<TreeId> Hdf5Metadata::value_of(hdf5::File& file, const hdf5::Attribute& attribute) {
    Tree& tree = load_.tree();
    if (attribute.space.is_null) return tree.none();
    bool is_scalar = attribute.space.shape.empty();
    if (const auto texts = TRY(hdf5::read_texts(file, attribute))) {
        std::vector<TreeId> items;
        for (const std::string_view text : *texts) items.push_back(tree.text(text));
        return is_scalar && !items.empty() ? items.front() : tree.container(TreeKind::list, items);
    }
    const auto element = hdf5_element(attribute.type, attribute.offset);
    if (!element) return tree.string(TreeKind::opaque, "a value of a type that is not read");
    std::uint64_t count = 1;
    for (const std::uint64_t length : attribute.space.shape) {
        count = TRY(checked_mul(count, length, attribute.offset));
    }
    for (const std::uint64_t length : element->inner) {
        count = TRY(checked_mul(count, length, attribute.offset));
        is_scalar = false;
    }
    std::vector<TreeId> items;
    const std::uint64_t size = element->dtype.bytes;
    Reader in(attribute.value, attribute.offset);
    for (std::uint64_t i = 0; i < count && count <= kMostShown; ++i) {
        const Bytes raw = TRY(in.take(size));
        std::vector<std::byte> copy(raw.begin(), raw.end());
        reverse_elements(copy, *element);
        const auto item = number(tree, element->dtype.scalar, copy);
        if (!item) break;
        items.push_back(*item);
    }
    if (items.size() == count && is_scalar) return items.front();
    if (items.size() == count) return tree.container(TreeKind::list, items);
    return tree.string(TreeKind::opaque,
                       std::string(element->dtype.name()) + " × " + std::to_string(count));
}

TreeId Hdf5Metadata::take(std::span<const Tensor> tensors) {
    Tree& tree = load_.tree();
    DictBuilder out(tree);
    out.text("format", "hdf5");
    if (is_keras_) out.text("framework", "keras");
    for (const auto& [key, value] : entries_) out.add(key, value);
    if (!layer_names_.empty()) {
        out.add("layer_names", tree.container(TreeKind::list, layer_names_));
    }
    const auto of_optimizer = std::count_if(tensors.begin(), tensors.end(), is_optimizer);
    if (of_optimizer != 0) out.integer("optimizer_tensors", of_optimizer);
    if (!attributes_.empty()) {
        DictBuilder rest(tree);
        for (const auto& [key, value] : attributes_) rest.add(key, value);
        out.add("attributes", rest.take());
    }
    return out.take();
}

}  // namespace pratique::loader
