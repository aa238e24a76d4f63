#include "sandbox/loader/dtype.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/checked.h"

namespace pratique::loader {
namespace {

struct Row {
    std::string_view spelling;
    std::uint32_t group;
    std::uint32_t bytes;
    std::string_view numpy;
    std::string_view safetensors;
};

constexpr auto kRows = std::to_array<Row>({
#define PRATIQUE_ROW(name, spelling, group, bytes, numpy, safetensors) \
    {spelling, group, bytes, numpy, safetensors},
    PRATIQUE_SCALARS(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

const Row* row_of(Scalar scalar) {
    return scalar == Scalar::other ? nullptr : &kRows[static_cast<std::size_t>(scalar)];
}

std::optional<Scalar> find(std::string_view wanted, std::string_view Row::*column) {
    const auto* row =
        std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.*column == wanted; });
    if (wanted.empty() || row == kRows.end()) return std::nullopt;
    return static_cast<Scalar>(row - kRows.begin());
}

/// The place behind the string literal whose quote stands at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size() && text[at] != quote; ++at) {
        if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
}

bool is_quote(char c) { return c == '\'' || c == '"'; }

/// The place behind the dict whose brace stands at `at`.
std::size_t end_of_dict(std::string_view text, std::size_t at) {
    std::size_t open = 0;
    while (at < text.size()) {
        const char c = text[at];
        at = is_quote(c) ? end_of_string(text, at) : at + 1;
        if (c == '{') ++open;
        if (c == '}' && --open == 0) break;
    }
    return at;
}

/// A record's fields with "('|S2', {'h5py_encoding': 'ascii'})" as "'|S2'": NumPy takes the marks
/// that h5py puts on types from Python, and refuses them in a header.
std::string without_marks(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = is_quote(text[at]) ? end_of_string(text, at) : at + 1;
        std::string_view kept = text.substr(at, end - at);
        if (text[at] == '(' && end < text.size() && is_quote(text[end])) {
            const std::size_t behind = end_of_string(text, end);
            constexpr std::string_view kBetween = ", ";
            if (text.substr(behind).starts_with(", {")) {
                kept = text.substr(end, behind - end);
                end = std::min(end_of_dict(text, behind + kBetween.size()) + 1, text.size());
            }
        }
        out += kept;
        at = end;
    }
    return out;
}

/// The families that are spelt with a size or a unit: how NumPy writes them.
std::string family_descr(std::string_view text) {
    constexpr auto kFamilies = std::to_array<std::pair<std::string_view, std::string_view>>({
        {"bytes", "|S"},
        {"utf32x", "<U"},
        {"void", "|V"},
    });
    for (const auto& [spelling, code] : kFamilies) {
        if (text.starts_with(spelling)) {
            return "'" + std::string(code) + std::string(text.substr(spelling.size())) + "'";
        }
    }
    if (text.starts_with("M8") || text.starts_with("m8")) return "'<" + std::string(text) + "'";
    if (text == "longdouble128") return "'<f16'";
    if (text == "clongdouble256") return "'<c32'";
    if (text.starts_with("struct:")) return without_marks(text.substr(7));
    return "";
}

}  // namespace

Dtype::Dtype(Scalar plain) : scalar(plain) {
    if (const Row* row = row_of(plain)) {
        group = row->group;
        bytes = row->bytes;
    }
}

Dtype Dtype::other(std::string text, std::uint64_t bytes, std::uint32_t group) {
    Dtype out;
    out.group = group;
    out.bytes = bytes;
    out.text = std::move(text);
    return out;
}

std::string_view Dtype::name() const {
    const Row* row = row_of(scalar);
    return row == nullptr ? std::string_view(text) : row->spelling;
}

Result<std::uint64_t> Dtype::size_of(std::uint64_t count, std::uint64_t offset) const {
    const std::uint64_t groups = count / group + (count % group != 0 ? 1 : 0);
    return checked_mul(groups, bytes, offset);
}

std::optional<Scalar> scalar_named(std::string_view spelling) {
    return find(spelling, &Row::spelling);
}

std::optional<Scalar> scalar_of_safetensors(std::string_view name) {
    return find(name, &Row::safetensors);
}

std::string_view safetensors_name(const Dtype& dtype) {
    const Row* row = row_of(dtype.scalar);
    return row == nullptr ? "" : row->safetensors;
}

std::string numpy_descr(const Dtype& dtype) {
    const Row* row = row_of(dtype.scalar);
    if (row == nullptr) return family_descr(dtype.text);
    return row->numpy.empty() ? "" : "'" + std::string(row->numpy) + "'";
}

std::uint64_t swap_unit(Scalar scalar) {
    const Row* row = row_of(scalar);
    if (row == nullptr || row->group != 1) return 1;
    const bool is_complex = row->spelling.starts_with("complex");
    return is_complex ? row->bytes / 2 : row->bytes;
}

}  // namespace pratique::loader
