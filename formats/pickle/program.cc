#include "formats/pickle/program.h"

#include <bit>
#include <charconv>

#include "formats/pickle/text_args.h"

namespace pratique::pickle {
namespace {

struct NoteRow {
    std::string_view name;
    std::string_view meaning;
};

constexpr auto kNotes = std::to_array<NoteRow>({
#define PRATIQUE_ROW(name, meaning) {#name, meaning},
    PRATIQUE_PICKLE_NOTES(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

std::int64_t little_endian(Bytes bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    }
    const auto unused = static_cast<unsigned>(64 - 8 * bytes.size());
    return static_cast<std::int64_t>(value << unused) >> unused;
}

}  // namespace

std::string_view name(NoteKind kind) { return kNotes.at(static_cast<std::size_t>(kind)).name; }
std::string_view meaning(NoteKind kind) {
    return kNotes.at(static_cast<std::size_t>(kind)).meaning;
}

Value Value::folded(Kind kind, std::uint64_t at, std::uint64_t weight) {
    const std::uint64_t log2 = std::bit_width(weight | 1) - 1;
    return Value(kind, log2 << 58 | (at & kFoldedOffset) << 8 | kFolded);
}

std::vector<Value> Program::items(Value value) const {
    std::vector<Value> out;
    if (!value.is_node()) return out;
    for (auto run = (*this)[value].first; run != 0; run = runs[run].next) {
        const auto shown = std::span(edges).subspan(runs[run].first_edge, runs[run].count);
        out.insert(out.end(), shown.begin(), shown.end());
    }
    return out;
}

Value Program::item(Value value, std::size_t position) const {
    if (!value.is_node()) return {};
    for (auto index = (*this)[value].first; index != 0;) {
        const Run& run = runs[index];
        if (position < run.count) return edges[run.first_edge + position];
        position -= run.count;
        index = run.next;
    }
    return {};
}

std::uint64_t Program::at(Value value) const {
    return value.is_node() ? (*this)[value].at : value.at();
}

std::optional<Instruction> Program::instruction(Value constant) const {
    if (!constant.is_constant()) return std::nullopt;
    auto decoded = Decoder(from(stream, constant.at()), constant.at()).next();
    if (!decoded) return std::nullopt;
    return *decoded;
}

std::optional<std::string> Program::text(Value value) const {
    if (value.kind() != Kind::text) return std::nullopt;
    const auto instruction = this->instruction(value);
    if (!instruction) return std::nullopt;
    const std::string_view raw = pratique::text(instruction->first);
    if (instruction->op == Op::string) return unescape_string(raw);
    if (instruction->op == Op::unicode) return unescape_unicode(raw);
    return std::string(raw);
}

bool Program::is_text(Value value, std::string_view wanted) const {
    if (value.kind() != Kind::text) return false;
    const auto instruction = this->instruction(value);
    if (!instruction) return false;
    const bool escaped = instruction->op == Op::string || instruction->op == Op::unicode;
    return escaped ? text(value) == wanted : pratique::text(instruction->first) == wanted;
}

std::optional<Bytes> Program::bytes(Value value) const {
    const auto instruction = this->instruction(value);
    if (!instruction) return std::nullopt;
    const bool binary_string =
        instruction->op == Op::binstring || instruction->op == Op::short_binstring;
    if (value.kind() != Kind::bytes && value.kind() != Kind::bytearray && !binary_string) {
        return std::nullopt;
    }
    return instruction->first;
}

std::optional<std::int64_t> Program::integer(Value value) const {
    if (value.kind() != Kind::integer) return std::nullopt;
    const auto instruction = this->instruction(value);
    if (!instruction) return std::nullopt;
    std::string_view raw = pratique::text(instruction->first);
    if (instruction->op == Op::long_ && raw.ends_with('L')) raw.remove_suffix(1);
    if (instruction->op == Op::long_ || instruction->op == Op::integer) return integer_value(raw);
    if (instruction->op == Op::long1 || instruction->op == Op::long4) {
        if (raw.empty()) return 0;
        if (raw.size() > 8) return std::nullopt;
        return little_endian(instruction->first);
    }
    return static_cast<std::int64_t>(instruction->number);
}

std::optional<double> Program::real(Value value) const {
    if (value.kind() != Kind::real) return std::nullopt;
    const auto instruction = this->instruction(value);
    if (!instruction) return std::nullopt;
    if (instruction->op == Op::binfloat) return std::bit_cast<double>(instruction->number);
    const std::string_view raw = pratique::text(instruction->first);
    double number = 0;
    const auto read = std::from_chars(raw.begin(), raw.end(), number);
    if (read.ec != std::errc{} || read.ptr != raw.end()) return std::nullopt;
    return number;
}

std::optional<bool> Program::boolean(Value value) const {
    if (value.kind() != Kind::boolean) return std::nullopt;
    const auto instruction = this->instruction(value);
    if (!instruction) return std::nullopt;
    if (instruction->op == Op::integer) return pratique::text(instruction->first) == "01";
    return instruction->op == Op::newtrue;
}

}  // namespace pratique::pickle
