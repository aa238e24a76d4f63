#include "formats/marshal/marshal.h"

#include <array>
#include <cstdint>

#include "base/reader.h"

namespace pratique::marshal {
namespace {

/// Functions in functions, tuples in tuples: what people write nests ten deep.
constexpr int kMostDepth = 100;
/// Values of one code object and all inside of it. Each costs its bytes once more.
constexpr std::size_t kMostValues = 1'000'000;
constexpr std::uint8_t kMayBeReferred = 0x80;

/// What a value is, as far as a code object cares.
struct Value {
    enum class Kind : std::uint8_t { other, text, bytes, tuple, code } kind = Kind::other;
    std::string_view text;
    /// Of a tuple: its items, as a run in Parser::items_.
    std::size_t first = 0;
    std::size_t count = 0;
};

/// How the parts of a code object lie in front of and behind what all versions share.
struct Layout {
    int numbers;        // in front, 4 bytes each
    bool has_qualname;  // 3.11: two values for variables, a qualified name, an exception table
};

constexpr auto kLayouts = std::to_array<Layout>({
    {5, true},   // 3.11 on
    {6, false},  // 3.8 to 3.10
    {5, false},  // 3.0 to 3.7
    {4, false},  // 2.7
});

/// Too much is too much by every layout.
bool is_limit(Errc code) { return code == Errc::limit_depth || code == Errc::limit_nodes; }

class Parser {
public:
    Parser(Bytes bytes, Layout layout) : in_(bytes), layout_(layout) {}

    Result<std::vector<Code>> run() {
        const Value whole = TRY(value(0));
        if (whole.kind != Value::Kind::code) return Error{Errc::bad_header, 0};
        return std::move(codes_);
    }

private:
    // NOLINTNEXTLINE(misc-no-recursion): kMostDepth bounds it
    Result<Value> value(int depth) {
        const std::uint64_t at = in_.offset();
        if (depth > kMostDepth) return Error{Errc::limit_depth, at};
        if (++values_ > kMostValues) return Error{Errc::limit_nodes, at};
        const std::uint8_t first = TRY(in_.u8());
        const std::uint8_t type = first & static_cast<std::uint8_t>(~kMayBeReferred);
        // The place in the list of what is referred to is taken before the parts are read.
        const std::size_t place = references_.size();
        const bool is_kept = (first & kMayBeReferred) != 0 && type != 'r';
        if (is_kept) references_.emplace_back();
        const Value out = TRY(body(type, depth));
        if (is_kept) references_[place] = out;
        return out;
    }

    // NOLINTNEXTLINE(misc-no-recursion): value() bounds the depth
    Result<Value> body(std::uint8_t type, int depth) {
        switch (type) {
            case 'N':
            case 'T':
            case 'F':
            case '.':
            case 'S':
            case '0': return Value{};
            case 'i': return skipped(4);
            case 'I':
            case 'g': return skipped(8);
            case 'y': return skipped(16);
            case 'f': return skipped(TRY(in_.u8()));
            case 'x': TRY(skipped(TRY(in_.u8()))); return skipped(TRY(in_.u8()));
            case 'l': return big_number();
            case 's': return text(Value::Kind::bytes, TRY(size()));
            case 't': return interned();
            case 'u':
            case 'a':
            case 'A': return text(Value::Kind::text, TRY(size()));
            case 'z':
            case 'Z': return text(Value::Kind::text, TRY(in_.u8()));
            case ')': return items(TRY(in_.u8()), depth);
            case '(':
            case '[':
            case '<':
            case '>': return items(TRY(size()), depth);
            case ':': return items(3, depth);
            case '{': return pairs(depth);
            case 'r': return reference(references_);
            case 'R': return reference(interned_);
            case 'c': return code(depth);
            default: return Error{Errc::bad_header, in_.offset() - 1};
        }
    }

    Result<std::uint64_t> size() {
        const std::uint64_t at = in_.offset();
        const auto size = TRY(in_.le<std::uint32_t>());
        if (size > INT32_MAX) return Error{Errc::negative_length, at};
        // Whatever is counted takes a byte at least.
        if (size > in_.left()) return Error{Errc::truncated, at};
        return std::uint64_t{size};
    }

    Result<Value> skipped(std::uint64_t count) {
        TRY(in_.skip(count));
        return Value{};
    }

    /// Digits of 15 bits each; the count is negative for a negative number.
    Result<Value> big_number() {
        const auto count = static_cast<std::int32_t>(TRY(in_.le<std::uint32_t>()));
        const std::int64_t digits = count < 0 ? -std::int64_t{count} : count;
        return skipped(2 * static_cast<std::uint64_t>(digits));
    }

    Result<Value> text(Value::Kind kind, std::uint64_t length) {
        Value out;
        out.kind = kind;
        out.text = pratique::text(TRY(in_.take(length)));
        return out;
    }

    /// Python 2 numbers its interned texts by themselves.
    Result<Value> interned() {
        const Value out = TRY(text(Value::Kind::text, TRY(size())));
        interned_.push_back(out);
        return out;
    }

    // NOLINTNEXTLINE(misc-no-recursion): value() bounds the depth
    Result<Value> items(std::uint64_t count, int depth) {
        std::vector<Value> read;
        for (std::uint64_t i = 0; i < count; ++i) read.push_back(TRY(value(depth + 1)));
        Value out{Value::Kind::tuple, {}, items_.size(), read.size()};
        items_.insert(items_.end(), read.begin(), read.end());
        return out;
    }

    /// Keys and values, up to a NULL in the place of a key.
    // NOLINTNEXTLINE(misc-no-recursion): value() bounds the depth
    Result<Value> pairs(int depth) {
        for (;;) {
            if (starts_with(in_.rest(), "0")) return skipped(1);
            TRY(value(depth + 1));
            TRY(value(depth + 1));
        }
    }

    Result<Value> reference(const std::vector<Value>& to) {
        const std::uint64_t at = in_.offset();
        const auto index = TRY(in_.le<std::uint32_t>());
        if (index >= to.size()) return Error{Errc::missing_record, at};
        return to[index];
    }

    // NOLINTNEXTLINE(misc-no-recursion): value() bounds the depth
    Result<Value> part(Value::Kind kind, int depth) {
        const std::uint64_t at = in_.offset();
        const Value out = TRY(value(depth + 1));
        // Python 2 has texts for bytes and for names alike.
        const bool is_old = layout_.numbers == 4 && kind != Value::Kind::tuple &&
                            (out.kind == Value::Kind::text || out.kind == Value::Kind::bytes);
        if (out.kind != kind && !is_old) return Error{Errc::bad_header, at};
        return out;
    }

    // NOLINTNEXTLINE(misc-no-recursion): value() bounds the depth
    Result<Value> code(int depth) {
        using Kind = Value::Kind;
        Code out;
        out.offset = in_.offset() - 1;
        TRY(in_.skip(4 * static_cast<std::uint64_t>(layout_.numbers)));
        TRY(part(Kind::bytes, depth));  // instructions
        const Value constants = TRY(part(Kind::tuple, depth));
        const Value names = TRY(part(Kind::tuple, depth));
        TRY(part(Kind::tuple, depth));  // local variables
        TRY(part(layout_.has_qualname ? Kind::bytes : Kind::tuple, depth));
        if (!layout_.has_qualname) TRY(part(Kind::tuple, depth));
        out.file = TRY(part(Kind::text, depth)).text;
        out.name = TRY(part(Kind::text, depth)).text;
        if (layout_.has_qualname) TRY(part(Kind::text, depth));
        TRY(in_.skip(4));  // first line
        TRY(part(Kind::bytes, depth));
        if (layout_.has_qualname) TRY(part(Kind::bytes, depth));
        TRY(take_names(names, out));
        TRY(take_texts(constants, out));
        codes_.push_back(std::move(out));
        return Value{Kind::code, {}, 0, 0};
    }

    Status take_names(const Value& names, Code& out) {
        for (std::size_t i = 0; i < names.count; ++i) {
            const Value& name = items_[names.first + i];
            if (name.kind != Value::Kind::text && name.kind != Value::Kind::bytes) {
                return Error{Errc::bad_header, out.offset};
            }
            out.names.push_back(name.text);
        }
        return spend(names.count, out.offset);
    }

    /// Texts in the constants, those in tuples of constants included.
    Status take_texts(const Value& constants, Code& out) {
        std::vector<Value> todo{constants};
        while (!todo.empty()) {
            const Value tuple = todo.back();
            todo.pop_back();
            TRY(spend(tuple.count, out.offset));
            for (std::size_t i = 0; i < tuple.count; ++i) {
                const Value& item = items_[tuple.first + i];
                if (item.kind == Value::Kind::tuple) todo.push_back(item);
                const bool is_text =
                    item.kind == Value::Kind::text || item.kind == Value::Kind::bytes;
                if (is_text && !item.text.empty()) out.texts.push_back(item.text);
            }
        }
        return {};
    }

    /// A tuple can be referred to again and again; what that costs is counted as if it were there.
    Status spend(std::size_t count, std::uint64_t at) {
        values_ += count;
        return values_ > kMostValues ? Error{Errc::limit_nodes, at} : Status{};
    }

    Reader in_;
    const Layout layout_;
    std::size_t values_ = 0;
    std::vector<Value> references_;
    std::vector<Value> interned_;
    std::vector<Value> items_;
    std::vector<Code> codes_;
};

}  // namespace

Result<std::vector<Code>> read_code(Bytes bytes) {
    const bool is_code = !bytes.empty() && (bytes.front() == std::byte{'c'} ||
                                            bytes.front() == std::byte{'c' | kMayBeReferred});
    if (!is_code) return Error{Errc::bad_magic, 0};
    std::optional<Error> farthest;
    for (const Layout layout : kLayouts) {
        auto codes = Parser(bytes, layout).run();
        if (codes || is_limit(codes.error().code)) return codes;
        // The layout that went farthest is the one that the file was most likely written by.
        if (!farthest || codes.error().offset > farthest->offset) farthest = codes.error();
    }
    return *farthest;
}

}  // namespace pratique::marshal
