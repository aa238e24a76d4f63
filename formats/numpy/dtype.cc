#include "formats/numpy/dtype.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/checked.h"

namespace pratique::numpy {
namespace {

constexpr std::size_t kMostDimensions = 64;
constexpr std::uint64_t kPointer = 8;
/// NumPy keeps an itemsize in a C int, or in an npy_intp since 2.0; no file needs more.
constexpr std::uint64_t kLargestItem = INT32_MAX;

struct Scalar {
    std::string_view name;
    char kind;
    std::uint64_t itemsize;
};

// One-letter codes and names that stand for a whole type. Sizes as on 64-bit Linux.
constexpr auto kScalars = std::to_array<Scalar>({
    {"?", '?', 1},           {"b", 'i', 1},           {"B", 'u', 1},
    {"h", 'i', 2},           {"H", 'u', 2},           {"i", 'i', 4},
    {"I", 'u', 4},           {"l", 'i', 8},           {"L", 'u', 8},
    {"q", 'i', 8},           {"Q", 'u', 8},           {"p", 'i', 8},
    {"P", 'u', 8},           {"e", 'f', 2},           {"f", 'f', 4},
    {"d", 'f', 8},           {"g", 'f', 16},          {"F", 'c', 8},
    {"D", 'c', 16},          {"G", 'c', 32},          {"c", 'S', 1},
    {"S", 'S', 0},           {"a", 'S', 0},           {"U", 'U', 0},
    {"V", 'V', 0},           {"O", 'O', kPointer},    {"M", 'M', 8},
    {"m", 'm', 8},           {"bool", '?', 1},        {"int8", 'i', 1},
    {"int16", 'i', 2},       {"int32", 'i', 4},       {"int64", 'i', 8},
    {"uint8", 'u', 1},       {"uint16", 'u', 2},      {"uint32", 'u', 4},
    {"uint64", 'u', 8},      {"float16", 'f', 2},     {"float32", 'f', 4},
    {"float64", 'f', 8},     {"float128", 'f', 16},   {"complex64", 'c', 8},
    {"complex128", 'c', 16}, {"complex256", 'c', 32}, {"int", 'i', 8},
    {"float", 'f', 8},       {"complex", 'c', 16},    {"object", 'O', kPointer},
    {"str", 'U', 0},         {"bytes", 'S', 0},       {"void", 'V', 0},
});

struct Sized {
    char letter;
    char kind;
    std::uint64_t unit;        ///< bytes per unit of the number
    std::string_view allowed;  ///< the numbers that exist, each between spaces; empty: all
};

constexpr auto kSized = std::to_array<Sized>({
    {'b', '?', 1, " 1 "},
    {'i', 'i', 1, " 1 2 4 8 "},
    {'u', 'u', 1, " 1 2 4 8 "},
    {'f', 'f', 1, " 2 4 8 12 16 "},
    {'c', 'c', 1, " 8 16 24 32 "},
    {'M', 'M', 1, " 8 "},
    {'m', 'm', 1, " 8 "},
    {'O', 'O', 1, " 4 8 "},
    {'S', 'S', 1, ""},
    {'a', 'S', 1, ""},
    {'V', 'V', 1, ""},
    {'U', 'U', 4, ""},
});

/// `[ns]`, `[25s]`, `[D/4]` behind a time type.
bool is_unit(std::string_view text) {
    if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
    const std::string_view inner = text.substr(1, text.size() - 2);
    return inner.find_first_not_of("0123456789/YMWDhmsunpfatgeric") == std::string_view::npos;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Status read_sized(std::string_view code, Dtype& out) {
    const auto row = std::find_if(kSized.begin(), kSized.end(),
                                  [&](const Sized& s) { return s.letter == code.front(); });
    if (row == kSized.end()) return Error{Errc::bad_header, 0};
    const std::string_view digits = code.substr(1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return Error{Errc::bad_header, 0};
    }
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(digits.begin(), digits.end(), number);
    if (parsed.ec != std::errc{}) return Error{Errc::overflow, 0};
    const std::string spaced = ' ' + std::to_string(number) + ' ';
    if (!row->allowed.empty() && row->allowed.find(spaced) == std::string_view::npos) {
        return Error{Errc::bad_header, 0};
    }
    out.kind = row->kind;
    // 32-bit machines wrote O4; an object is a pointer of this machine wherever it is read.
    out.itemsize = row->kind == 'O' ? kPointer : TRY(checked_mul(number, row->unit));
    if (out.itemsize > kLargestItem) return Error{Errc::overflow, 0};
    return {};
}

bool has_order(const Dtype& dtype) {
    switch (dtype.kind) {
        case 'S':
        case 'V':
        case 'O':
        case '?': return false;
        default: return dtype.itemsize != 1;
    }
}

Result<Dtype> read_text(const Literal& literal) {
    auto out = parse_descr(std::string_view(literal.text));
    if (!out) return Error{out.error().code, literal.offset};
    return out;
}

/// (descr, shape): a fixed sub-array in each element.
Status apply_shape(const Literal& literal, Dtype& out) {
    std::vector<std::uint64_t> shape = TRY(parse_shape(literal));
    const std::uint64_t count = TRY(count_items(shape, literal.offset));
    out.itemsize = TRY(checked_mul(out.itemsize, count, literal.offset));
    if (out.itemsize > kLargestItem) return Error{Errc::overflow, literal.offset};
    out.shape.insert(out.shape.begin(), shape.begin(), shape.end());
    return {};
}

/// name | (title, name)
Status read_field_name(const Literal& literal, Field& out) {
    if (literal.kind == LiteralKind::string) {
        out.name = literal.text;
        return {};
    }
    const bool pair = literal.kind == LiteralKind::tuple && literal.items.size() == 2 &&
                      literal.items[0].kind == LiteralKind::string &&
                      literal.items[1].kind == LiteralKind::string;
    if (!pair) return Error{Errc::bad_header, literal.offset};
    out.title = literal.items[0].text;
    out.name = literal.items[1].text;
    return {};
}

/// (name, descr) | (name, descr, shape). The literal's depth limit bounds the recursion.
// NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the literal
Result<Field> read_field(const Literal& literal) {
    const bool is_field = literal.kind == LiteralKind::tuple &&
                          (literal.items.size() == 2 || literal.items.size() == 3);
    if (!is_field) return Error{Errc::bad_header, literal.offset};
    Field out;
    TRY(read_field_name(literal.items[0], out));
    out.dtype = TRY(parse_descr(literal.items[1]));
    if (literal.items.size() == 3) TRY(apply_shape(literal.items[2], out.dtype));
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the literal
Result<Dtype> read_record(const Literal& literal) {
    Dtype out;
    for (const Literal& item : literal.items) {
        Field field = TRY(read_field(item));
        field.offset = out.itemsize;
        out.itemsize = TRY(checked_add(out.itemsize, field.dtype.itemsize, item.offset));
        if (out.itemsize > kLargestItem) return Error{Errc::overflow, item.offset};
        out.has_object = out.has_object || field.dtype.has_object;
        out.fields.push_back(std::move(field));
    }
    return out;
}

}  // namespace

Result<Dtype> parse_descr(std::string_view text) {
    Dtype out;
    out.text = text;
    std::string_view code = text;
    char order = '=';
    if (!code.empty() && std::string_view("<>|=").find(code.front()) != std::string_view::npos) {
        order = code.front();
        code.remove_prefix(1);
    }
    if (code.empty()) return Error{Errc::bad_header, 0};
    if (code.find(',') != std::string_view::npos || code.front() == 'T') {
        return Error{Errc::unsupported, 0};
    }
    const auto unit = code.find('[');
    if (unit != std::string_view::npos && (code.front() == 'M' || code.front() == 'm')) {
        if (!is_unit(code.substr(unit))) return Error{Errc::bad_header, 0};
        code = code.substr(0, unit);
    }
    const auto scalar = std::find_if(kScalars.begin(), kScalars.end(),
                                     [&](const Scalar& s) { return s.name == code; });
    if (scalar != kScalars.end()) {
        out.kind = scalar->kind;
        out.itemsize = scalar->itemsize;
    } else if (is_letter(code.front())) {
        TRY(read_sized(code, out));
    } else {
        return Error{Errc::bad_header, 0};
    }
    // '=' and no mark mean the order of the machine, which is little-endian wherever we run.
    out.order = !has_order(out) ? '|' : order == '>' ? '>' : '<';
    out.has_object = out.kind == 'O';
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the literal
Result<Dtype> parse_descr(const Literal& literal) {
    switch (literal.kind) {
        case LiteralKind::string: return read_text(literal);
        case LiteralKind::list: return read_record(literal);
        case LiteralKind::tuple: {
            if (literal.items.size() != 2) break;
            Dtype out = TRY(parse_descr(literal.items[0]));
            TRY(apply_shape(literal.items[1], out));
            return out;
        }
        case LiteralKind::none:
        case LiteralKind::boolean:
        case LiteralKind::integer:
        case LiteralKind::dict: break;
    }
    return Error{Errc::bad_header, literal.offset};
}

Result<std::uint64_t> dtype_itemsize(std::string_view text) {
    return TRY(parse_descr(text)).itemsize;
}

Result<std::vector<std::uint64_t>> parse_shape(const Literal& literal) {
    std::vector<std::uint64_t> out;
    const auto add = [&](const Literal& dimension) -> Status {
        if (dimension.kind != LiteralKind::integer) {
            return Error{Errc::bad_header, dimension.offset};
        }
        if (dimension.number < 0) return Error{Errc::negative_length, dimension.offset};
        if (out.size() == kMostDimensions) return Error{Errc::limit_depth, dimension.offset};
        out.push_back(static_cast<std::uint64_t>(dimension.number));
        return {};
    };
    if (literal.kind == LiteralKind::integer) {
        TRY(add(literal));
        return out;
    }
    if (literal.kind != LiteralKind::tuple) return Error{Errc::bad_header, literal.offset};
    for (const Literal& dimension : literal.items) TRY(add(dimension));
    return out;
}

Result<std::uint64_t> count_items(const std::vector<std::uint64_t>& shape, std::uint64_t offset) {
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return std::uint64_t{0};
    std::uint64_t count = 1;
    for (const std::uint64_t dimension : shape) count = TRY(checked_mul(count, dimension, offset));
    return count;
}

}  // namespace pratique::numpy
