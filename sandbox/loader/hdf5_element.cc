#include "sandbox/loader/hdf5_element.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/checked.h"
#include "sandbox/loader/hdf5_scalar.h"

namespace pratique::loader {
namespace {

using hdf5::Class;
using hdf5::Datatype;

/// Big-endian numbers of one element: an array in a compound has one for each of its own.
constexpr std::size_t kMostReversed = 65'536;
/// Looks at the parts of a type: an array of records looks at all fields again for each.
constexpr std::uint64_t kMostSteps = 1'000'000;

/// h5py keeps times of NumPy's as bytes with this tag.
Dtype opaque(const Datatype& type) {
    constexpr std::string_view kTag = "NUMPY:<";
    if (type.size == 8 && type.tag.starts_with(kTag)) {
        const std::string_view unit = type.tag.substr(kTag.size());
        if (unit.starts_with("M8") || unit.starts_with("m8")) {
            return Dtype::other(std::string(unit), type.size);
        }
    }
    return Dtype::other("void" + std::to_string(type.size), type.size);
}

Result<Dtype> dtype_of(const Datatype& type, std::uint64_t offset) {
    if (is_extended(type)) return Dtype::other("longdouble128", type.size);
    if (type.kind == Class::string) {
        return Dtype::other("bytes" + std::to_string(type.size), type.size);
    }
    if (type.kind == Class::opaque) return opaque(type);
    const auto scalar = TRY(hdf5_scalar(type, offset));
    if (scalar) return Dtype(*scalar);
    return Dtype::other("struct:" + TRY(hdf5_descr(type, offset)), type.size);
}

bool is_number(const Datatype& type) {
    return type.kind == Class::integer || type.kind == Class::real || type.kind == Class::bits;
}

/// Notes the big-endian numbers of one element.
class Collector {
public:
    Collector(std::uint64_t offset, std::vector<Reversed>& out) : offset_(offset), out_(out) {}

    // NOLINTNEXTLINE(misc-no-recursion): types are read to a limited depth
    Status add(const Datatype& type, std::uint64_t at) {
        if (!TRY(has_reversed(type))) return {};
        if (is_number(type)) {
            if (out_.size() >= kMostReversed) return Error{Errc::limit_nodes, offset_};
            out_.push_back({at, type.size});
            return {};
        }
        for (const hdf5::Field& field : type.fields) TRY(add(field.type, at + field.offset));
        if (type.base.empty()) return {};
        // An array, the halves of a complex number, or the one number of an enumeration.
        const Datatype& base = type.base.front();
        if (base.size == 0) return {};
        for (std::uint64_t part = 0; part + base.size <= type.size; part += base.size) {
            TRY(add(base, at + part));
        }
        return {};
    }

private:
    // NOLINTNEXTLINE(misc-no-recursion): types are read to a limited depth
    Result<bool> has_reversed(const Datatype& type) {
        if (++steps_ > kMostSteps) return Error{Errc::limit_nodes, offset_};
        if (is_number(type)) return type.big_endian && type.size > 1;
        for (const hdf5::Field& field : type.fields) {
            if (TRY(has_reversed(field.type))) return true;
        }
        return type.base.empty() ? false : has_reversed(type.base.front());
    }

    std::uint64_t offset_;
    std::vector<Reversed>& out_;
    std::uint64_t steps_ = 0;
};

}  // namespace

Result<Hdf5Element> hdf5_element(const Datatype& type, std::uint64_t offset) {
    Hdf5Element out;
    const Datatype* inner = &type;
    while (inner->kind == Class::array) {
        out.inner.insert(out.inner.end(), inner->shape.begin(), inner->shape.end());
        inner = &inner->base.front();
    }
    out.dtype = TRY(dtype_of(*inner, offset));
    TRY(Collector(offset, out.reversed).add(*inner, 0));
    return out;
}

void reverse_elements(std::span<std::byte> bytes, const Hdf5Element& element) {
    const std::uint64_t size = element.dtype.bytes;
    if (element.reversed.empty() || size == 0) return;
    for (std::uint64_t at = 0; fits(at, size, bytes.size()); at += size) {
        for (const Reversed& number : element.reversed) {
            const auto part = bytes.subspan(at + number.offset, number.bytes);
            std::reverse(part.begin(), part.end());
        }
    }
}

}  // namespace pratique::loader
