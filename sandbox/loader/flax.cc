#include "sandbox/loader/flax.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/msgpack/flax.h"
#include "sandbox/loader/narrow.h"

namespace pratique::loader {
namespace {

using msgpack::Item;
using msgpack::Kind;

/// Bytes of all names of tensors together, as they are kept: each repeats the keys of the maps
/// around it, and these may be short or empty and hundreds.
constexpr std::uint64_t kMostNames = 64 * kMiB;

/// What NumPy and ml_dtypes have: other plain types are names that no array can have.
std::optional<Scalar> type_named(std::string_view name) {
    const auto scalar = scalar_named(name);
    if (!scalar || *scalar == Scalar::complex32) return std::nullopt;
    const bool of_torch =
        name.starts_with("q") || name.starts_with("bits") || name.ends_with("_x2");
    return of_torch ? std::nullopt : scalar;
}

/// A map or list whose values are being looked at.
struct Frame {
    bool is_map = false;
    std::uint32_t at = 0;  ///< number of the next item inside
    std::uint32_t end = 0;
    std::uint64_t index = 0;       ///< of the next list item
    std::vector<TreeId> children;  ///< keys and values, or items
    bool has_step = true;          ///< its key is the last one on the path: not so at the root
};

class Flax {
public:
    Flax(Load& load, Bytes bytes)
        : load_(load), bytes_(bytes), keeps_(load.options().mode != Mode::tensors) {}

    Status run() {
        items_ = TRY(msgpack::read(bytes_));
        const TreeId root = TRY(walk());
        if (keeps_) load_.out().structure = root;
        DictBuilder metadata(load_.tree());
        metadata.text("format", "flax");
        if (chunked_ != 0) metadata.integer("chunked_arrays", chunked_);
        load_.out().metadata = metadata.take();
        return {};
    }

private:
    Result<TreeId> walk() {
        if (!holds_named(0)) return leaf(0);
        TRY(open(0, false));
        for (;;) {
            Frame& frame = frames_.back();
            if (frame.at == frame.end) {
                const TreeId made = close();
                if (frames_.empty()) return made;
                frames_.back().children.push_back(made);
                continue;
            }
            const std::uint32_t value = step_into(frame);
            frame.at = items_[value].end;
            if (holds_named(value)) {
                TRY(open(value, true));
            } else {
                const TreeId made = TRY(leaf(value));
                frame.children.push_back(made);
                path_.pop_back();
            }
        }
    }

    /// Whether a value is a map or list of others, each with a key or number.
    bool holds_named(std::uint32_t number) const {
        const Kind kind = items_[number].kind;
        return kind == Kind::array || (kind == Kind::map && !flax::is_chunked(items_, number));
    }

    /// Puts the key of the next value on the path, and gives the number of that value.
    std::uint32_t step_into(Frame& frame) {
        if (!frame.is_map) {
            path_.push_back({.key = std::to_string(frame.index++), .is_number = true});
            return frame.at;
        }
        const Item& key = items_[frame.at];
        path_.push_back({.key = std::string(key.characters()), .is_number = false});
        if (keeps_) frame.children.push_back(load_.tree().text(key.characters()));
        return key.end;
    }

    Status open(std::uint32_t container, bool has_step) {
        const Item& item = items_[container];
        Frame frame;
        frame.is_map = item.kind == Kind::map;
        frame.at = container + 1;
        frame.end = item.end;
        frame.has_step = has_step;
        if (frame.is_map) TRY(check_keys(container));
        frames_.push_back(std::move(frame));
        return {};
    }

    TreeId close() {
        const Frame frame = std::move(frames_.back());
        frames_.pop_back();
        if (frame.has_step) path_.pop_back();
        if (!keeps_) return 0;
        return load_.tree().container(frame.is_map ? TreeKind::dict : TreeKind::list,
                                      frame.children);
    }

    /// All keys are text, and each is there once.
    Status check_keys(std::uint32_t map) {
        std::vector<std::pair<std::string_view, std::uint64_t>> keys;
        std::uint32_t at = map + 1;
        for (std::uint32_t i = 0; i < items_[map].count; ++i) {
            const Item& key = items_[at];
            if (key.kind != Kind::text) return Error{Errc::bad_header, key.at};
            keys.emplace_back(key.characters(), key.at);
            at = items_[key.end].end;
        }
        std::sort(keys.begin(), keys.end());
        const auto twice =
            std::adjacent_find(keys.begin(), keys.end(),
                               [](const auto& a, const auto& b) { return a.first == b.first; });
        if (twice != keys.end()) return Error{Errc::duplicate_key, std::next(twice)->second};
        return {};
    }

    /// A value that holds no other named ones.
    Result<TreeId> leaf(std::uint32_t number) {
        const Item& item = items_[number];
        if (item.kind == Kind::map) return chunked(number);
        if (item.kind == Kind::extension) {
            if (item.type == flax::kArray || item.type == flax::kScalar) return array(item);
            if (item.type == flax::kComplex) return complex(item);
        }
        return keeps_ ? plain(item) : TreeId{0};
    }

    TreeId plain(const Item& item) {
        Tree& tree = load_.tree();
        switch (item.kind) {
            case Kind::nil: return tree.none();
            case Kind::boolean: return tree.boolean(item.number != 0);
            case Kind::integer: return tree.integer(static_cast<std::int64_t>(item.number));
            case Kind::unsigned_integer: return tree.unsigned_integer(item.number);
            case Kind::real: return tree.real(item.real());
            case Kind::text: return tree.text(item.characters());
            case Kind::bytes: return tree.string(TreeKind::bytes, item.characters());
            case Kind::array:
            case Kind::map:
            case Kind::extension: break;
        }
        return tree.string(TreeKind::opaque, "MessagePack extension " + std::to_string(item.type) +
                                                 " of " + std::to_string(item.content.size()) +
                                                 " bytes");
    }

    Result<TreeId> complex(const Item& item) {
        const flax::Complex value = TRY(flax::read_complex(item));
        if (!keeps_) return TreeId{0};
        Tree& tree = load_.tree();
        const TreeId parts[] = {tree.real(value.real), tree.real(value.imaginary)};
        const TreeId children[] = {tree.string(TreeKind::global, "builtins.complex"),
                                   tree.text("args"), tree.container(TreeKind::tuple, parts)};
        return tree.container(TreeKind::object, children);
    }

    Result<Tensor> start(const std::vector<std::uint64_t>& shape, const flax::Array& like) {
        const auto scalar = type_named(like.type);
        if (!scalar) return Error{Errc::unknown_dtype, like.type_at};
        for (const Step& step : path_) names_ += sizeof(Step) + step.key.size();
        if (names_ > kMostNames) return Error{Errc::limit_memory, like.type_at};
        Tensor out;
        out.path = path_;
        out.dtype = *scalar;
        out.shape = shape;
        return out;
    }

    /// Bytes of so many elements here, where each takes whole ones.
    static Result<std::uint64_t> size_in_file(const Tensor& tensor, std::uint64_t at) {
        const std::uint64_t each = tensor.dtype.group > 1 ? 1 : tensor.dtype.bytes;
        Tensor counted = tensor;
        counted.offset = at;
        return checked_mul(TRY(counted.count()), each, at);
    }

    Result<TreeId> array(const Item& item) {
        const flax::Array array = TRY(flax::read_array(item));
        Tensor out = TRY(start(array.shape, array));
        out.scalar = item.type == flax::kScalar;
        if (TRY(size_in_file(out, array.elements_at)) != array.elements.size()) {
            return Error{Errc::size_mismatch, array.elements_at};
        }
        if (narrow_bits(out.dtype) != 0) {
            TRY(put_narrow(load_, out, array.elements, array.elements_at));
        } else {
            TRY(load_.put(out, array.elements));
        }
        return finish(std::move(out));
    }

    /// An array in pieces: in the output they are one.
    Result<TreeId> chunked(std::uint32_t map) {
        const flax::Chunked chunked = TRY(flax::read_chunked(items_, map));
        ++chunked_;
        const std::uint64_t at = items_[map].at;
        Tensor out = TRY(start(chunked.shape, chunked.pieces[0]));
        // Pieces of types that share bytes would have to be packed across their ends.
        if (narrow_bits(out.dtype) != 0) return Error{Errc::unsupported, at};
        std::uint64_t size = 0;
        for (const flax::Array& piece : chunked.pieces) {
            const std::uint64_t wanted =
                TRY(checked_mul(piece.shape[0], out.dtype.bytes, piece.elements_at));
            if (wanted != piece.elements.size()) {
                return Error{Errc::size_mismatch, piece.elements_at};
            }
            size += wanted;
        }
        if (TRY(size_in_file(out, at)) != size) return Error{Errc::size_mismatch, at};
        if (chunked.pieces.size() == 1) {
            TRY(load_.put(out, chunked.pieces[0].elements));
            return finish(std::move(out));
        }
        out.source = kOutput;
        out.offset = TRY(load_.reserve(size));
        std::uint64_t to = out.offset;
        for (const flax::Array& piece : chunked.pieces) {
            TRY(load_.output().write(to, piece.elements));
            to += piece.elements.size();
        }
        return finish(std::move(out));
    }

    Result<TreeId> finish(Tensor tensor) {
        const auto index = static_cast<std::uint32_t>(load_.out().tensors.size());
        TRY(load_.add(std::move(tensor)));
        return keeps_ ? load_.tree().tensor(index) : TreeId{0};
    }

    Load& load_;
    Bytes bytes_;
    const bool keeps_;  ///< the structure, not only tensors
    std::vector<Item> items_;
    std::vector<Frame> frames_;
    std::vector<Step> path_;
    std::uint64_t names_ = 0;
    std::int64_t chunked_ = 0;
};

}  // namespace

Status load_flax(Load& load, Bytes bytes) {
    load.out().format += "flax";
    return Flax(load, bytes).run();
}

}  // namespace pratique::loader
