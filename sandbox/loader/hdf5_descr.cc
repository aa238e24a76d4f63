// numpy.dtype.descr of a record, as h5py would make the dtype: what numpy/_core/_internal.py has in
// _array_descr(), with the metadata that h5py puts on texts and enumerations.
#include <algorithm>
#include <vector>

#include "sandbox/loader/hdf5_scalar.h"
#include "sandbox/loader/python_text.h"

namespace pratique::loader {
namespace {

using hdf5::Class;
using hdf5::Datatype;

/// "{'RED': 0, 'GREEN': 1}"
std::string enumeration(const Datatype& type) {
    const Datatype& base = type.base.front();
    std::string out;
    for (const auto& [name, value] : type.names) {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < value.size(); ++i) {
            const std::byte byte = base.big_endian ? value[i] : value[value.size() - 1 - i];
            number = number << 8 | std::to_integer<std::uint64_t>(byte);
        }
        const std::size_t unused = 64 - 8 * std::min<std::size_t>(value.size(), 8);
        const auto as_signed = static_cast<std::int64_t>(number << unused) >> unused;
        out += (out.empty() ? "" : ", ") + quoted(name) + ": " +
               (base.is_signed ? std::to_string(as_signed) : std::to_string(number));
    }
    return "{" + out + "}";
}

// NOLINTNEXTLINE(misc-no-recursion): types are read to a limited depth
Result<std::string> field_text(const hdf5::Field& field, std::uint64_t offset) {
    const Datatype* inner = &field.type;
    std::vector<std::uint64_t> shape;
    while (inner->kind == Class::array) {
        shape.insert(shape.end(), inner->shape.begin(), inner->shape.end());
        inner = &inner->base.front();
    }
    return "(" + quoted(field.name) + ", " + TRY(hdf5_descr(*inner, offset)) +
           (shape.empty() ? "" : ", " + tuple_of(shape)) + ")";
}

/// The fields in the order of their places, with names for the bytes that belong to none.
// NOLINTNEXTLINE(misc-no-recursion): types are read to a limited depth
Result<std::string> record(const Datatype& type, std::uint64_t offset) {
    std::vector<const hdf5::Field*> sorted;
    for (const hdf5::Field& field : type.fields) sorted.push_back(&field);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->offset < b->offset; });
    std::string out;
    std::uint64_t end = 0;
    const auto add = [&out](const std::string& item) { out += (out.empty() ? "" : ", ") + item; };
    const auto pad = [&](std::uint64_t to) {
        if (to > end) add("('', '|V" + std::to_string(to - end) + "')");
    };
    for (const hdf5::Field* field : sorted) {
        if (field->offset < end) return Error{Errc::overlap, offset};
        pad(field->offset);
        add(TRY(field_text(*field, offset)));
        end = field->offset + std::uint64_t{field->type.size};
    }
    pad(type.size);
    return "[" + out + "]";
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): types are read to a limited depth
Result<std::string> hdf5_descr(const Datatype& type, std::uint64_t offset) {
    const std::string size = std::to_string(type.size);
    if (is_extended(type)) return std::string("'<f16'");
    if (type.kind == Class::opaque) return "'|V" + size + "'";
    if (type.kind == Class::string) {
        return "('|S" + size + "', {'h5py_encoding': '" + (type.utf8 ? "utf-8" : "ascii") + "'})";
    }
    const auto scalar = TRY(hdf5_scalar(type, offset));
    if (!scalar) return record(type, offset);
    std::string out = numpy_descr(Dtype(*scalar));
    if (out.empty()) out = "'|V" + size + "'";
    if (type.kind == Class::enumeration && *scalar != Scalar::boolean) {
        out = "(" + out + ", {'enum': " + enumeration(type) + "})";
    }
    return out;
}

}  // namespace pratique::loader
