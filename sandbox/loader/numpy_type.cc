#include "sandbox/loader/numpy_type.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "sandbox/loader/python_text.h"

namespace pratique::loader {
namespace {

using numpy::Field;

/// Records in records; NumPy's own limit is Python's recursion.
constexpr unsigned kMostNesting = 16;
/// Fields of a record, all levels together.
constexpr std::size_t kMostFields = 10'000;

/// A run of numbers inside one element that stand in the other byte order.
struct Swap {
    std::uint64_t offset;
    std::uint64_t unit;
    std::uint64_t count;
};

std::uint64_t base_size(const numpy::Dtype& type) {
    std::uint64_t count = 1;
    for (const std::uint64_t extent : type.shape) count *= extent;
    return count == 0 ? 0 : type.itemsize / count;
}

std::string unit_of(const numpy::Dtype& type) {
    const auto bracket = type.text.find('[');
    return bracket == std::string::npos ? "" : type.text.substr(bracket);
}

std::string scalar_descr(const numpy::Dtype& type) {
    const std::uint64_t size = base_size(type);
    const char kind = type.kind == '?' ? 'b' : type.kind;
    const bool ordered = type.order != '|' && size != 1;
    std::string out = ordered && kind != 'S' && kind != 'V' && kind != 'O' ? "<" : "|";
    out += kind;
    if (kind == 'O') return "|O";
    out += std::to_string(kind == 'U' ? size / 4 : size);
    return out + unit_of(type);
}

/// The fields as NumPy's `dtype.descr` lists them: with the gaps between them, by offset.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostNesting, which dtype_of() checks first
std::string record_descr(const numpy::Dtype& type) {
    std::vector<const Field*> fields;
    for (const Field& field : type.fields) fields.push_back(&field);
    std::stable_sort(fields.begin(), fields.end(),
                     [](const Field* a, const Field* b) { return a->offset < b->offset; });
    std::string out = "[";
    std::uint64_t end = 0;
    const auto add = [&out](const std::string& entry) {
        if (out.size() > 1) out += ", ";
        out += entry;
    };
    const auto add_gap = [&add](std::uint64_t bytes) {
        add("('', '|V" + std::to_string(bytes) + "')");
    };
    for (const Field* field : fields) {
        if (field->offset > end) add_gap(field->offset - end);
        const std::string name =
            field->title.empty() ? quoted(field->name)
                                 : "(" + quoted(field->title) + ", " + quoted(field->name) + ")";
        std::string entry = "(" + name + ", " + descr_of(field->dtype);
        if (!field->dtype.shape.empty()) entry += ", " + tuple_of(field->dtype.shape);
        add(entry + ")");
        end = field->offset + field->dtype.itemsize;
    }
    const std::uint64_t size = base_size(type);
    if (size > end) add_gap(size - end);
    return out + "]";
}

Result<Dtype> scalar_type(const numpy::Dtype& type, std::uint64_t offset) {
    const std::uint64_t size = base_size(type);
    const std::string bits = std::to_string(8 * size);
    const auto plain = [&](const std::string& name) -> Result<Dtype> {
        if (const auto scalar = scalar_named(name)) return Dtype(*scalar);
        return Error{Errc::unknown_dtype, offset};
    };
    switch (type.kind) {
        case '?': return Dtype(Scalar::boolean);
        case 'i': return plain("int" + bits);
        case 'u': return plain("uint" + bits);
        case 'f': return size > 8 ? Dtype::other("longdouble" + bits, size) : plain("float" + bits);
        case 'c':
            return size > 16 ? Dtype::other("clongdouble" + bits, size) : plain("complex" + bits);
        case 'S': return Dtype::other("bytes" + std::to_string(size), size);
        case 'U': return Dtype::other("utf32x" + std::to_string(size / 4), size);
        case 'V': return Dtype::other("void" + std::to_string(size), size);
        case 'M':
        case 'm': return Dtype::other(type.kind + std::string("8") + unit_of(type), size);
        case 'O': return Dtype::object();
        default: return Error{Errc::unknown_dtype, offset};
    }
}

Status check_nesting(const numpy::Dtype& type, std::uint64_t offset) {
    std::vector<std::pair<const numpy::Dtype*, unsigned>> todo{{&type, 0}};
    std::size_t fields = 0;
    while (!todo.empty()) {
        const auto [at, depth] = todo.back();
        todo.pop_back();
        if (depth > kMostNesting) return Error{Errc::limit_depth, offset};
        fields += at->fields.size();
        if (fields > kMostFields) return Error{Errc::limit_members, offset};
        for (const Field& field : at->fields) {
            if (!fits(field.offset, field.dtype.itemsize, base_size(*at))) {
                return Error{Errc::out_of_bounds, offset};
            }
            todo.emplace_back(&field.dtype, depth + 1);
        }
    }
    return {};
}

/// Where numbers must be reversed. `type` was checked by check_nesting().
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostNesting
Status add_swaps(const numpy::Dtype& type, std::uint64_t base, std::uint64_t offset,
                 std::vector<Swap>& out) {
    const std::uint64_t size = base_size(type);
    const std::uint64_t repeats = size == 0 ? 0 : type.itemsize / size;
    if (out.size() > kMostFields) return Error{Errc::limit_members, offset};
    if (type.fields.empty()) {
        if (type.order != '>') return {};
        const bool pairs = type.kind == 'c';
        const std::uint64_t unit = type.kind == 'U' ? 4 : pairs ? size / 2 : size;
        if (unit > 1) out.push_back({base, unit, repeats * (size / unit)});
        return {};
    }
    for (std::uint64_t i = 0; i < repeats; ++i) {
        for (const Field& field : type.fields) {
            TRY(add_swaps(field.dtype, base + i * size + field.offset, offset, out));
        }
        if (out.empty()) return {};  // none in the first, so none in the others
    }
    return {};
}

void swap_element(std::span<std::byte> element, const std::vector<Swap>& swaps) {
    for (const Swap& swap : swaps) {
        for (std::uint64_t i = 0; i < swap.count; ++i) {
            const auto number = element.subspan(swap.offset + i * swap.unit, swap.unit);
            std::reverse(number.begin(), number.end());
        }
    }
}

Status put_records(Load& load, Tensor& tensor, Bytes part, std::uint64_t size,
                   const std::vector<Swap>& swaps) {
    constexpr std::uint64_t kPiece = 256 * kKiB;
    tensor.source = kOutput;
    tensor.offset = TRY(load.reserve(part.size()));
    const std::uint64_t step = std::max(size, kPiece / size * size);
    std::vector<std::byte> piece;
    for (std::uint64_t at = 0; at < part.size(); at += step) {
        const Bytes from = slice(part, at, step);
        piece.assign(from.begin(), from.end());
        for (std::uint64_t i = 0; i + size <= piece.size(); i += size) {
            swap_element(std::span(piece).subspan(i, size), swaps);
        }
        TRY(load.output().write(tensor.offset + at, piece));
    }
    return {};
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): see record_descr()
std::string descr_of(const numpy::Dtype& type) {
    return type.fields.empty() ? "'" + scalar_descr(type) + "'" : record_descr(type);
}

Result<Dtype> dtype_of(const numpy::Dtype& type, std::uint64_t offset) {
    TRY(check_nesting(type, offset));
    if (type.fields.empty()) return scalar_type(type, offset);
    if (type.has_object) return Dtype::object();
    return Dtype::other("struct:" + record_descr(type), base_size(type));
}

std::vector<std::uint64_t> fortran_strides(const std::vector<std::uint64_t>& shape) {
    std::vector<std::uint64_t> out;
    std::uint64_t stride = 1;
    for (const std::uint64_t extent : shape) {
        out.push_back(stride);
        // Of an array whose size fits; of any other the strides are never used.
        stride *= std::max<std::uint64_t>(extent, 1);
    }
    return out;
}

Status put_elements(Load& load, Tensor& tensor, const numpy::Dtype& type, Bytes part,
                    std::uint64_t offset) {
    tensor.dtype = TRY(dtype_of(type, offset));
    if (!type.shape.empty()) {
        // A sub-array lies inside its element: behind all other dimensions, in C order.
        if (!tensor.strides.empty()) return Error{Errc::unsupported, offset};
        tensor.shape.insert(tensor.shape.end(), type.shape.begin(), type.shape.end());
    }
    const std::uint64_t expected = TRY(tensor.logical_bytes());
    if (part.size() != expected) return Error{Errc::size_mismatch, offset};
    std::vector<Swap> swaps;
    TRY(add_swaps(type, 0, offset, swaps));
    if (swaps.empty() || part.empty()) return load.put(tensor, part);
    const bool single = type.fields.empty();
    if (single) return load.put_swapped(tensor, part, swaps.front().unit);
    return put_records(load, tensor, part, type.itemsize, swaps);
}

}  // namespace pratique::loader
