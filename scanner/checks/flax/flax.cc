#include "scanner/checks/flax/flax.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/checked.h"
#include "base/text.h"
#include "formats/archive/member_name.h"
#include "formats/msgpack/flax.h"
#include "formats/numpy/dtype.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"

namespace pratique::scanner {
namespace {

using msgpack::Item;
using msgpack::Kind;

/// Of MessagePack itself.
constexpr std::int8_t kTimestamp = -1;

/// One value, and where it ends.
struct Front {
    std::vector<Item> items;
    std::uint64_t end = 0;
};

std::optional<Front> read_front(Bytes bytes) {
    auto items = msgpack::read(bytes);
    if (items) return Front{std::move(*items), bytes.size()};
    if (items.error().code != Errc::trailing_bytes) return std::nullopt;
    const std::uint64_t end = items.error().offset;
    items = msgpack::read(slice(bytes, 0, end));
    if (!items) return std::nullopt;
    return Front{std::move(*items), end};
}

bool is_map(Bytes bytes) {
    const auto lead = bytes.empty() ? 0U : std::to_integer<unsigned>(bytes[0]);
    return (lead > 0x80 && lead <= 0x8f) || lead == 0xde || lead == 0xdf;
}

bool is_array(const Item& item) {
    return item.kind == Kind::extension &&
           (item.type == flax::kArray || item.type == flax::kScalar);
}

bool holds_array(const Front& front) {
    return std::ranges::any_of(
        front.items, [](const Item& item) { return is_array(item) && flax::read_array(item); });
}

/// ml_dtypes, which NumPy does not know; each takes whole bytes.
std::uint64_t bytes_of_ml_type(std::string_view name) {
    if (name == "bfloat16") return 2;
    constexpr std::string_view kOfOneByte[] = {"float8_", "float6_", "float4_", "int4",
                                               "uint4",   "int2",    "uint2"};
    return std::ranges::any_of(kOfOneByte, [&](auto start) { return name.starts_with(start); }) ? 1
                                                                                                : 0;
}

class FlaxCheck {
public:
    FlaxCheck(Scan& scan, const Artifact& artifact, const Front& front)
        : scan_(scan), artifact_(artifact), items_(front.items) {}

    void run() {
        for (std::size_t i = 0; i < items_.size(); ++i) {
            if (items_[i].kind == Kind::map) check_map(i);
            if (items_[i].kind == Kind::extension) check_extension(items_[i]);
        }
    }

private:
    void check_map(std::size_t map) {
        std::size_t key = map + 1;
        for (std::uint32_t i = 0; i < items_[map].count; ++i) {
            const Item& name = items_[key];
            if (name.kind == Kind::text && archive::escapes(name.characters())) {
                find(RuleId::flax_name_escapes, name.at, name.characters());
            }
            key = items_[name.end].end;
        }
        if (flax::is_chunked(items_, map)) check_chunked(map);
    }

    void check_chunked(std::size_t map) {
        const auto array = flax::read_chunked(items_, map);
        if (!array) return scan_.gap(array.error(), artifact_);
        std::uint64_t pieces = 0;
        for (const flax::Array& piece : array->pieces) {
            // The pieces are looked at one by one as well.
            if (!piece.shape.empty()) pieces = saturating_add(pieces, piece.shape[0]);
        }
        const auto whole = numpy::count_items(array->shape, items_[map].at);
        if (!whole) return scan_.gap(whole.error(), artifact_);
        if (*whole != pieces) scan_.gap(Error{Errc::size_mismatch, items_[map].at}, artifact_);
    }

    void check_extension(const Item& item) {
        if (is_array(item)) {
            const auto array = flax::read_array(item);
            return array ? check_array(*array) : scan_.gap(array.error(), artifact_);
        }
        if (item.type == flax::kComplex) {
            const auto number = flax::read_complex(item);
            if (!number) scan_.gap(number.error(), artifact_);
        } else if (item.type != kTimestamp) {
            find(RuleId::flax_extension, item.at, "extension " + std::to_string(item.type));
            scan_.descend(artifact_, "extension@" + std::to_string(item.content_at), item.content,
                          true);
        }
    }

    void check_array(const flax::Array& array) {
        std::uint64_t bytes = bytes_of_ml_type(array.type);
        if (bytes == 0) {
            const auto type = numpy::parse_descr(array.type);
            if (!type) return scan_.gap(Error{Errc::unknown_dtype, array.type_at}, artifact_);
            if (type->has_object || type->kind == 'V') {
                return find(RuleId::flax_element_type, array.type_at, array.type);
            }
            bytes = type->itemsize;
        }
        const auto items = numpy::count_items(array.shape, array.type_at);
        if (!items) return scan_.gap(items.error(), artifact_);
        if (saturating_mul(*items, bytes) != array.elements.size()) {
            scan_.gap(Error{Errc::size_mismatch, array.elements_at}, artifact_);
        }
    }

    void find(RuleId rule, std::uint64_t at, std::string_view evidence) {
        scan_.find(rule, artifact_, at, escape(evidence, 200));
    }

    Scan& scan_;
    const Artifact& artifact_;
    const std::vector<Item>& items_;
};

}  // namespace

Claim recognise_msgpack(Bytes bytes, const Limits& /*limits*/) {
    if (flax::recognise(bytes)) return Claim::strong;
    if (!is_map(bytes)) return Claim::no;
    const auto front = read_front(bytes);
    if (!front) return Claim::no;
    const bool named = front->items.size() > 1 && front->items[1].kind == Kind::text;
    const bool whole = named && front->end == bytes.size();
    return whole || holds_array(*front) ? Claim::weak : Claim::no;
}

void check_msgpack(Scan& scan, const Artifact& artifact) {
    const auto front = read_front(artifact.bytes);
    if (!front) return;
    FlaxCheck(scan, artifact, *front).run();
    inspect_unclaimed(scan, artifact, front->end, artifact.bytes.size());
}

}  // namespace pratique::scanner
