#include "api/write/gguf.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/text.h"
#include "base/wire.h"

namespace pratique::api {
namespace {

using loader::Scalar;

constexpr std::size_t kMostRank = 4;
constexpr std::size_t kLongestName = 63;

constexpr auto kTypes = std::to_array<std::pair<Scalar, std::uint32_t>>({
    {Scalar::float32, 0},
    {Scalar::float16, 1},
    {Scalar::int8, 24},
    {Scalar::int16, 25},
    {Scalar::int32, 26},
    {Scalar::int64, 27},
    {Scalar::float64, 28},
    {Scalar::bfloat16, 30},
});

/// What GGUF has signed only: the same bits.
constexpr auto kSigned = std::to_array<std::pair<Scalar, Scalar>>({
    {Scalar::uint8, Scalar::int8},
    {Scalar::uint16, Scalar::int16},
    {Scalar::uint32, Scalar::int32},
    {Scalar::uint64, Scalar::int64},
});

struct Entry {
    const Item* item = nullptr;
    std::vector<std::uint64_t> shape;
    std::uint64_t bytes = 0;
    std::uint32_t type = 0;
};

std::optional<std::uint32_t> type_of(Scalar scalar) {
    for (const auto& [known, number] : kTypes) {
        if (known == scalar) return number;
    }
    return std::nullopt;
}

/// Nothing if the format has no such type.
std::optional<Entry> entry_of(const Item& item, bool raw_bits) {
    const loader::Tensor& tensor = *item.tensor;
    Form form = plain_form(tensor);
    // Blocks have no type of their own here; they are as the file had them.
    if (form.dtype.scalar == Scalar::other && tensor.ggml_type) {
        return Entry{&item, form.shape, form.bytes, *tensor.ggml_type};
    }
    auto type = type_of(form.dtype.scalar);
    if (!type && raw_bits) {
        form = raw_form(tensor);
        for (const auto& [bits, integer] : kSigned) {
            if (form.dtype.scalar == bits) type = type_of(integer);
        }
    }
    if (!type) return std::nullopt;
    return Entry{&item, std::move(form.shape), form.bytes, *type};
}

/// Why the format cannot hold it, whatever its type; empty if it can.
std::string complaint_of(const Entry& entry) {
    const std::string what = "tensor " + escape(entry.item->name) + " has ";
    if (entry.item->name.size() > kLongestName) {
        return what + "a name of " + std::to_string(entry.item->name.size()) +
               " bytes; GGUF has room for " + std::to_string(kLongestName);
    }
    if (entry.shape.size() > kMostRank) {
        return what + std::to_string(entry.shape.size()) + " dimensions; GGUF has at most " +
               std::to_string(kMostRank);
    }
    return "";
}

std::uint64_t padding_of(std::uint64_t size, std::uint64_t alignment) {
    return (alignment - size % alignment) % alignment;
}

void put_info(WireWriter& out, const Entry& entry, std::uint64_t offset) {
    put_gguf_text(out, entry.item->name);
    out.u32(static_cast<std::uint32_t>(entry.shape.size()));
    for (std::size_t i = entry.shape.size(); i-- > 0;) out.u64(entry.shape[i]);
    out.u32(entry.type).u64(offset);
}

WireWriter front_of(const std::vector<Entry>& entries, const GgufValues& values) {
    WireWriter out;
    out.raw(as_bytes("GGUF")).u32(3).u64(entries.size()).u64(values.count);
    out.raw(values.bytes.view());
    std::uint64_t offset = 0;
    for (const Entry& entry : entries) {
        put_info(out, entry, offset);
        offset += entry.bytes + padding_of(entry.bytes, values.alignment);
    }
    const std::uint64_t padding = padding_of(out.view().size(), values.alignment);
    out.raw(as_bytes(std::string(padding, '\0')));
    return out;
}

}  // namespace

Written write_gguf(const Plan& plan, const GgufValues& values, const Sources& sources,
                   bool raw_bits, TargetFile& file) {
    std::vector<Entry> entries;
    std::uint64_t total = 0;
    for (const Item& item : plan.items) {
        auto entry = entry_of(item, raw_bits);
        if (!entry) return no_type(item, "GGUF");
        if (std::string why = complaint_of(*entry); !why.empty()) return WriteFailure{why};
        total = saturating_add(total, entry->bytes + values.alignment);
        entries.push_back(std::move(*entry));
    }
    if (total > INT64_MAX / 2) return WriteFailure{"all tensors together are too large for a file"};
    if (const Status done = file.write(front_of(entries, values).view()); !done) {
        return failure_of(done.error(), nullptr, file);
    }
    for (const Entry& entry : entries) {
        Status done = put_elements(*entry.item, sources, file);
        if (done) done = file.zeros(padding_of(entry.bytes, values.alignment));
        if (!done) return failure_of(done.error(), entry.item, file);
    }
    return std::nullopt;
}

}  // namespace pratique::api
