#include "api/write/safetensors.h"

#include <algorithm>
#include <array>

#include "api/write/text.h"
#include "base/checked.h"
#include "base/text.h"
#include "base/wire.h"

namespace pratique::api {
namespace {

using loader::Scalar;

/// The order of the package's own list of types, of which the last comes first in a file.
constexpr auto kOrder = std::to_array<std::string_view>({
    "BOOL",    "F4",          "F6_E2M3",     "F6_E3M2", "U8",  "I8",  "F8_E5M2", "F8_E4M3",
    "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I16",     "U16", "F16", "BF16",    "I32",
    "U32",     "F32",         "C64",         "F64",     "I64", "U64",
});
/// A header larger than this is refused by the package.
constexpr std::uint64_t kMostHeader = 100'000'000;

struct Entry {
    const Item* item = nullptr;
    Form form;
    std::string_view type;
    std::size_t rank = 0;  ///< the place of the type in kOrder
};

std::optional<Entry> entry_of(const Item& item, bool raw_bits) {
    Entry out{&item, plain_form(*item.tensor), {}, 0};
    // Two values of four bits count as two elements here, as one in torch.
    if (out.form.dtype.scalar == Scalar::float4_e2m1fn_x2 && !out.form.shape.empty()) {
        out.form.dtype = Scalar::float4_e2m1fn;
        out.form.shape.back() *= 2;
    }
    out.type = safetensors_name(out.form.dtype);
    if (out.type.empty()) {
        if (!raw_bits) return std::nullopt;
        out.form = raw_form(*item.tensor);
        out.type = safetensors_name(out.form.dtype);
    }
    const auto* at = std::find(kOrder.begin(), kOrder.end(), out.type);
    out.rank = static_cast<std::size_t>(at - kOrder.begin());
    return out;
}

std::string header_of(const Plan& plan, const std::vector<Entry>& entries) {
    std::string out = "{";
    if (!plan.metadata.empty()) {
        out += R"("__metadata__":{)";
        for (const auto& [key, value] : plan.metadata) {
            if (out.back() != '{') out += ',';
            out += json_string(key) + ':' + json_string(value);
        }
        out += '}';
    }
    std::uint64_t at = 0;
    for (const Entry& entry : entries) {
        if (out.back() != '{') out += ',';
        const std::uint64_t end = at + entry.form.bytes;
        out += json_string(entry.item->name) + R"(:{"dtype":")" + std::string(entry.type) +
               R"(","shape":)" + json_numbers(entry.form.shape) + R"(,"data_offsets":[)" +
               std::to_string(at) + ',' + std::to_string(end) + "]}";
        at = end;
    }
    out += '}';
    out.resize((out.size() + 7) / 8 * 8, ' ');
    return out;
}

}  // namespace

Written write_safetensors(const Plan& plan, const Sources& sources, bool raw_bits,
                          TargetFile& file) {
    std::vector<Entry> entries;
    std::uint64_t total = 0;
    for (const Item& item : plan.items) {
        auto entry = entry_of(item, raw_bits);
        if (!entry) return no_type(item, "safetensors");
        total = saturating_add(total, entry->form.bytes);
        entries.push_back(std::move(*entry));
    }
    if (total > INT64_MAX) return WriteFailure{"all tensors together are too large for a file"};
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.rank != b.rank ? a.rank > b.rank : a.item->name < b.item->name;
    });
    const std::string header = header_of(plan, entries);
    if (header.size() > kMostHeader) {
        return WriteFailure{"names and metadata take more than readers of safetensors accept"};
    }
    WireWriter start;
    start.u64(header.size()).raw(as_bytes(header));
    if (const Status done = file.write(start.view()); !done) {
        return failure_of(done.error(), nullptr, file);
    }
    for (const Entry& entry : entries) {
        if (const Status done = put_elements(*entry.item, sources, file); !done) {
            return failure_of(done.error(), entry.item, file);
        }
    }
    return std::nullopt;
}

}  // namespace pratique::api
