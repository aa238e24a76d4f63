#include "sandbox/loader/tensor_bundle.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/tensorbundle/bundle.h"
#include "formats/tensorbundle/crc32c.h"
#include "sandbox/loader/narrow.h"

namespace pratique::loader {
namespace {

using tensorbundle::Bundle;
using tensorbundle::BundleEntry;
using tensorbundle::Extent;
using tensorbundle::Slice;

/// Each pair of slices is compared.
constexpr std::size_t kMostSlices = 4096;

/// The range that an extent stands for. Errors: out_of_bounds.
Result<Extent> resolve(const Extent& extent, std::uint64_t size, std::uint64_t at) {
    if (!extent.length) return Extent{0, size};
    if (!fits(extent.start, *extent.length, size)) return Error{Errc::out_of_bounds, at};
    return extent;
}

bool is_disjoint(const Slice& a, const Slice& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        const bool apart =
            a[i].start + *a[i].length <= b[i].start || b[i].start + *b[i].length <= a[i].start;
        if (apart) return true;
    }
    return false;
}

/// Where the rows of a slice lie in the whole: the dimensions inside of which a slice has all there
/// is make one row, and those around it are counted through.
class Rows {
public:
    /// Neither has a dimension of zero. `bytes` is the size of an element.
    Rows(const Slice& slice, const std::vector<std::uint64_t>& shape, std::uint64_t bytes)
        : slice_(slice), strides_(shape.size()), at_(shape.size(), 0) {
        std::uint64_t stride = bytes;
        row_bytes_ = bytes;
        outer_ = 0;
        for (std::size_t i = shape.size(); i-- > 0;) {
            strides_[i] = stride;
            stride *= shape[i];
            if (outer_ != 0) continue;
            row_bytes_ *= *slice[i].length;
            if (*slice[i].length != shape[i]) outer_ = i + 1;
        }
        if (outer_ != 0) --outer_;
    }

    std::uint64_t row_bytes() const { return row_bytes_; }

    /// Offset of the present row in the whole.
    std::uint64_t offset() const {
        std::uint64_t out = 0;
        for (std::size_t i = 0; i < strides_.size(); ++i) {
            out += (slice_[i].start + at_[i]) * strides_[i];
        }
        return out;
    }

    void next() {
        for (std::size_t i = outer_; i-- > 0;) {
            if (++at_[i] < *slice_[i].length) return;
            at_[i] = 0;
        }
    }

private:
    const Slice& slice_;
    std::vector<std::uint64_t> strides_;
    std::vector<std::uint64_t> at_;
    std::uint64_t row_bytes_ = 0;
    std::size_t outer_ = 0;  ///< dimensions in front that are counted through
};

class TensorBundle {
public:
    TensorBundle(Load& load, Bytes index) : load_(load), index_(index) {}

    Status run() {
        bundle_ = TRY(tensorbundle::read_bundle(index_, load_.limits()));
        std::uint64_t slices = 0;
        for (const BundleEntry& entry : bundle_.entries) {
            if (entry.is_slice()) {
                ++slices;
            } else if (entry.type->bytes == 0) {
                note_other(entry);
            } else if (entry.slices.empty()) {
                TRY(add_whole(entry));
            } else {
                TRY(add_partitioned(entry));
            }
        }
        if (slices > used_slices_) {
            load_.warn(Errc::conflict, 0, "There are slices that belong to no variable.");
        }
        if (bundle_.table.unclaimed != 0) {
            load_.warn(Errc::trailing_bytes, 0, "The index has bytes that belong to no block.");
        }
        describe();
        return {};
    }

private:
    /// Text and the like: what TensorFlow keeps beside the variables.
    void note_other(const BundleEntry& entry) {
        DictBuilder out(load_.tree());
        out.text("name", entry.key);
        out.text("dtype", entry.type->name);
        std::vector<TreeId> shape;
        for (const std::uint64_t extent : entry.shape) {
            shape.push_back(load_.tree().integer(static_cast<std::int64_t>(extent)));
        }
        out.add("shape", load_.tree().container(TreeKind::list, shape));
        out.integer("nbytes", static_cast<std::int64_t>(entry.size));
        others_.push_back(out.take());
    }

    void describe() {
        Tree& tree = load_.tree();
        DictBuilder version(tree);
        version.integer("producer", bundle_.producer);
        version.integer("min_consumer", bundle_.min_consumer);
        DictBuilder out(tree);
        out.text("format", "tensor-bundle");
        out.add("version", version.take());
        out.integer("num_shards", bundle_.shards);
        out.text("endianness", bundle_.big_endian ? "big" : "little");
        if (!others_.empty()) out.add("other_entries", tree.container(TreeKind::list, others_));
        load_.out().metadata = out.take();
    }

    /// The shard of an entry as a source; nothing if it is not there yet.
    Result<std::optional<std::uint32_t>> shard_of(const BundleEntry& entry) {
        const auto name =
            tensorbundle::shard_name(load_.options().name, entry.shard, bundle_.shards);
        if (!name) return Error{Errc::bad_name, entry.at};
        const auto source = TRY(load_.companion(*name, entry.at));
        if (source && !fits(entry.offset, entry.size, load_.companion(*source).size)) {
            return Error{Errc::view_out_of_bounds, entry.at};
        }
        return source;
    }

    /// The elements, checked. Errors: unsupported (only the size of the shard is known).
    Result<Bytes> bytes_of(const BundleEntry& entry, std::uint32_t source) {
        const Bytes bytes = slice(load_.companion(source).bytes, entry.offset, entry.size);
        if (bytes.size() != entry.size) return Error{Errc::unsupported, entry.at};
        TRY(verify(entry, bytes));
        return bytes;
    }

    Status verify(const BundleEntry& entry, Bytes bytes) const {
        if (!load_.options().verify || bytes.size() != entry.size) return {};
        if (tensorbundle::masked(tensorbundle::crc32c(bytes)) != entry.crc32c) {
            return Error{Errc::bad_checksum, entry.at};
        }
        return {};
    }

    static Tensor start(const BundleEntry& entry) {
        Tensor out;
        out.path.push_back({.key = std::string(entry.key), .is_number = false});
        out.dtype = *scalar_named(entry.type->name);
        out.shape = entry.shape;
        return out;
    }

    Status add_whole(const BundleEntry& entry) {
        const auto source = TRY(shard_of(entry));
        if (!source) return {};
        Tensor out = start(entry);
        // Checked here as it is, before its bytes are read: many may stand for the same ones.
        out.source = *source;
        out.offset = entry.offset;
        const std::uint64_t unit = bundle_.big_endian ? swap_unit(out.dtype.scalar) : 1;
        if (narrow_bits(out.dtype) != 0) {
            const Bytes bytes = TRY(bytes_of(entry, *source));
            TRY(put_narrow(load_, out, bytes, entry.at));
        } else if (unit > 1) {
            const Bytes bytes = TRY(bytes_of(entry, *source));
            TRY(load_.put_swapped(out, bytes, unit));
        }
        const bool is_in_place = out.source == *source;
        TRY(load_.add(std::move(out)));
        if (!is_in_place) return {};
        return verify(entry, slice(load_.companion(*source).bytes, entry.offset, entry.size));
    }

    /// The slices of a variable, with lengths in every dimension. Errors: rank_mismatch, overlap,
    /// size_mismatch (parts of the variable are in no slice).
    static Result<std::vector<Slice>> resolved(const BundleEntry& entry) {
        if (entry.slices.size() > kMostSlices) return Error{Errc::limit_members, entry.at};
        std::vector<Slice> out;
        std::uint64_t covered = 0;
        std::uint64_t whole = 1;
        for (const std::uint64_t extent : entry.shape) {
            whole = TRY(checked_mul(whole, extent, entry.at));
        }
        for (const Slice& each : entry.slices) {
            if (each.size() != entry.shape.size()) return Error{Errc::rank_mismatch, entry.at};
            Slice full;
            std::uint64_t count = 1;
            for (std::size_t i = 0; i < each.size(); ++i) {
                full.push_back(TRY(resolve(each[i], entry.shape[i], entry.at)));
                count = TRY(checked_mul(count, *full.back().length, entry.at));
            }
            for (const Slice& other : out) {
                if (count != 0 && !is_disjoint(full, other)) return Error{Errc::overlap, entry.at};
            }
            covered = TRY(checked_add(covered, count, entry.at));
            out.push_back(std::move(full));
        }
        if (covered != whole) return Error{Errc::size_mismatch, entry.at};
        return out;
    }

    Status add_partitioned(const BundleEntry& entry) {
        const std::vector<Slice> slices = TRY(resolved(entry));
        Tensor out = start(entry);
        const bool is_plain = narrow_bits(out.dtype) == 0 && !bundle_.big_endian;
        if (!is_plain) return Error{Errc::unsupported, entry.at};
        used_slices_ += slices.size();
        std::vector<std::pair<const BundleEntry*, std::uint32_t>> parts;
        for (std::size_t i = 0; i < slices.size(); ++i) {
            const BundleEntry* part =
                bundle_.find(tensorbundle::slice_key(entry.key, entry.slices[i]));
            if (part == nullptr) return Error{Errc::missing_record, entry.at};
            std::vector<std::uint64_t> shape;
            for (const Extent& extent : slices[i]) shape.push_back(*extent.length);
            // One that had slices of its own would be of any size.
            const bool is_whole = part->slices.empty();
            if (!is_whole || part->type != entry.type || part->shape != shape) {
                return Error{Errc::conflict, part->at};
            }
            if (const auto source = TRY(shard_of(*part))) parts.emplace_back(part, *source);
        }
        if (parts.size() != slices.size()) return {};
        out.source = kOutput;
        const std::uint64_t size = TRY(out.logical_bytes());
        out.offset = TRY(load_.reserve(size));
        const std::uint64_t to = out.offset;
        TRY(load_.add(std::move(out)));
        if (size == 0) return {};
        for (std::size_t i = 0; i < slices.size(); ++i) {
            const Bytes bytes = TRY(bytes_of(*parts[i].first, parts[i].second));
            if (!bytes.empty()) TRY(copy_slice(entry, slices[i], bytes, to));
        }
        return {};
    }

    Status copy_slice(const BundleEntry& entry, const Slice& slice, Bytes bytes, std::uint64_t to) {
        Rows rows(slice, entry.shape, entry.type->bytes);
        for (; !bytes.empty(); bytes = bytes.subspan(rows.row_bytes())) {
            TRY(load_.output().write(to + rows.offset(), bytes.first(rows.row_bytes())));
            rows.next();
        }
        return {};
    }

    Load& load_;
    Bytes index_;
    Bundle bundle_;
    std::vector<TreeId> others_;
    std::uint64_t used_slices_ = 0;
};

}  // namespace

Status load_tensor_bundle(Load& load, Bytes bytes) {
    load.out().format += "tensor-bundle";
    return TensorBundle(load, bytes).run();
}

}  // namespace pratique::loader
