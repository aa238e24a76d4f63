#include "sandbox/loader/pickle/literal_storages.h"

#include <bit>
#include <charconv>

#include "sandbox/loader/output_writer.h"

namespace pratique::loader {

using pickle::Value;

namespace {

/// The element that a number becomes, in the lowest bytes.
Result<std::uint64_t> bits_of(const pickle::Program& program, Value value, Scalar scalar,
                              std::uint64_t at) {
    const auto whole = program.integer(value);
    // A larger one did not fit the storage that was saved either.
    if (whole && scalar != Scalar::float32 && scalar != Scalar::float64) {
        return static_cast<std::uint64_t>(*whole);
    }
    const auto real = whole ? std::optional(static_cast<double>(*whole)) : program.real(value);
    if (!real) return Error{Errc::wrong_type, at};
    if (scalar == Scalar::float64) return std::bit_cast<std::uint64_t>(*real);
    if (scalar == Scalar::float32) {
        return std::uint64_t{std::bit_cast<std::uint32_t>(static_cast<float>(*real))};
    }
    return Error{Errc::wrong_type, at};
}

bool has_numbers(Scalar scalar) {
    return scalar == Scalar::float32 || scalar == Scalar::float64 || scalar == Scalar::int64 ||
           scalar == Scalar::int32 || scalar == Scalar::int16 || scalar == Scalar::int8 ||
           scalar == Scalar::uint8;
}

}  // namespace

Result<Storage> LiteralStorages::add(const Graph& graph, Value list, Scalar scalar,
                                     std::uint64_t at) {
    if (list.kind() != pickle::Kind::list) return Error{Errc::wrong_type, at};
    if (!has_numbers(scalar)) return Error{Errc::unsupported, at};
    const auto items = graph.program().items(list);
    Storage out;
    out.key = std::to_string(offsets_.size());
    out.scalar = scalar;
    out.numel = out.view_numel = items.size();
    out.location = "cpu";
    out.from = this;
    out.at = at;
    std::vector<std::uint64_t> numbers;
    numbers.reserve(items.size());
    for (const Value item : items) {
        numbers.push_back(TRY(bits_of(graph.program(), item, scalar, at)));
    }
    const auto size = static_cast<unsigned>(Dtype(scalar).bytes);
    const std::uint64_t offset = TRY(load_.reserve(items.size() * size));
    OutputWriter writer(load_, offset);
    TRY(writer.put_numbers(numbers, size));
    TRY(writer.finish());
    offsets_.push_back(offset);
    return out;
}

Result<StoragePlace> LiteralStorages::place(const Storage& storage, std::uint64_t /*bytes*/,
                                            std::uint64_t /*unit*/) {
    std::size_t index = 0;
    const std::string_view key = storage.key;
    const auto read = std::from_chars(key.begin(), key.end(), index);
    if (read.ec != std::errc{} || index >= offsets_.size()) {
        return Error{Errc::missing_record, storage.at};
    }
    return StoragePlace{kOutput, offsets_[index]};
}

}  // namespace pratique::loader
