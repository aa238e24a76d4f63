#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <tuple>

// The default is assert(), which release builds of others compile out: a wrong call is then
// undefined behaviour. Here it is an exception, and one that no input can cause.
#define RAPIDJSON_ASSERT(x) ((x) ? static_cast<void>(0) : throw std::logic_error("rapidjson: " #x))
#include <rapidjson/encodings.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>

#include "base/text.h"

namespace pratique::json {
namespace {

// The recursive parser overflows the stack on deep nesting; this one keeps its own. Numbers are
// checked by it and made by the standard library: its own conversion of numbers like 0.000… is
// undefined behaviour.
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseNumbersAsStringsFlag;

using Stream = rapidjson::MemoryStream;

/// RapidJSON's own gives a null pointer where there is no memory, and the library writes behind it,
/// as far as the text is long.
struct Allocator {
    // NOLINTBEGIN(readability-identifier-naming, cppcoreguidelines-no-malloc): RapidJSON's names
    static const bool kNeedFree = true;
    static void* Malloc(std::size_t size) { return Realloc(nullptr, 0, size); }
    static void* Realloc(void* before, std::size_t /*size*/, std::size_t size) {
        if (size == 0) return Free(before), nullptr;
        void* const made = std::realloc(before, size);
        if (made == nullptr) throw std::bad_alloc();
        return made;
    }
    static void Free(void* memory) { std::free(memory); }
    // NOLINTEND(readability-identifier-naming, cppcoreguidelines-no-malloc)
};

using Utf8 = rapidjson::UTF8<>;
using Buffer = rapidjson::GenericStringBuffer<Utf8, Allocator>;

/// Receives the events of RapidJSON, refuses what it lets through, and hands the rest on.
class Strict : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Strict> {
public:
    Strict(const Stream& stream, Visitor& visitor, std::uint32_t depth)
        : stream_(stream), visitor_(visitor), depth_(depth) {}

    bool Null() { return pass(Token::null, "null"); }
    bool Bool(bool b) { return pass(Token::boolean, b ? "true" : "false"); }
    bool RawNumber(const char* s, rapidjson::SizeType n, bool /*copy*/) {
        return pass(Token::number, {s, n});
    }
    bool String(const char* s, rapidjson::SizeType n, bool /*copy*/) {
        return acceptable({s, n}) && pass(Token::string, {s, n});
    }
    bool Key(const char* s, rapidjson::SizeType n, bool /*copy*/) {
        const std::string_view key(s, n);
        if (!acceptable(key)) return false;
        keys_.push_back({std::string(key), stream_.Tell()});
        return pass(Token::key, key);
    }
    bool StartObject() { return open(Token::begin_object); }
    bool StartArray() { return open(Token::begin_array); }
    bool EndObject(rapidjson::SizeType /*count*/) {
        return unique_keys() && close(Token::end_object);
    }
    bool EndArray(rapidjson::SizeType /*count*/) { return close(Token::end_array); }

    const Error& refusal() const { return refusal_; }

private:
    struct Seen {
        std::string text;
        std::uint64_t offset = 0;
    };

    bool refuse(Errc code, std::uint64_t offset) {
        refusal_ = {code, offset};
        return false;
    }
    bool acceptable(std::string_view s) {
        return (is_utf8(s) && s.find('\0') == std::string_view::npos) ||
               refuse(Errc::bad_json, stream_.Tell());
    }
    bool pass(Token token, std::string_view text) {
        const Status status = visitor_.visit({token, text, stream_.Tell()});
        return status ? true : refuse(status.error().code, status.error().offset);
    }
    bool open(Token token) {
        if (open_.size() >= depth_) return refuse(Errc::limit_depth, stream_.Tell());
        open_.push_back(keys_.size());
        return pass(token, {});
    }
    bool close(Token token) {
        keys_.resize(open_.back());
        open_.pop_back();
        return pass(token, {});
    }
    /// Of the innermost object. Sorted here and not before: a file may not make each key cost as
    /// much as there are keys.
    bool unique_keys() {
        const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(open_.back());
        const auto less = [](const Seen& a, const Seen& b) {
            return std::tie(a.text, a.offset) < std::tie(b.text, b.offset);
        };
        if (!std::is_sorted(first, keys_.end(), less)) std::sort(first, keys_.end(), less);
        const auto twice = std::adjacent_find(
            first, keys_.end(), [](const Seen& a, const Seen& b) { return a.text == b.text; });
        return twice == keys_.end() || refuse(Errc::duplicate_key, std::next(twice)->offset);
    }

    const Stream& stream_;
    Visitor& visitor_;
    std::uint32_t depth_;
    Error refusal_{Errc::bad_json, 0};
    std::vector<std::size_t> open_;  // for each open object or array, where its keys start
    std::vector<Seen> keys_;         // of all open objects
};

/// Makes a tree of the events.
class Builder : public Visitor {
public:
    Status visit(const Event& event) override {
        switch (event.token) {
            case Token::null: add(Value()); break;
            case Token::boolean: add(Value(event.text == "true")); break;
            case Token::number: return number(event);
            case Token::string: add(Value(std::string(event.text))); break;
            case Token::key: open_.back().key = event.text; break;
            case Token::begin_object: open_.push_back({Value(Object()), {}}); break;
            case Token::begin_array: open_.push_back({Value(Array()), {}}); break;
            case Token::end_object:
            case Token::end_array: close(); break;
        }
        return {};
    }

    Value take() { return std::move(root_); }

private:
    struct Open {
        Value value;
        std::string key;  // of the member being read
    };

    Status number(const Event& event) {
        const std::string_view digits = event.text;
        std::int64_t whole = 0;
        const auto integer = std::from_chars(digits.begin(), digits.end(), whole);
        if (integer.ec == std::errc{} && integer.ptr == digits.end()) {
            add(Value(whole));
            return {};
        }
        double real = 0;  // stays 0 for what is nearer to it than to any other double
        const auto parsed = std::from_chars(digits.begin(), digits.end(), real);
        const bool tiny = digits.find("e-") != std::string_view::npos ||
                          digits.find("E-") != std::string_view::npos ||
                          digits.substr(digits.front() == '-' ? 1 : 0).starts_with("0.");
        if (parsed.ec != std::errc{} && !tiny) return Error{Errc::bad_json, event.offset};
        add(Value(real));
        return {};
    }
    void close() {
        Value done = std::move(open_.back().value);
        open_.pop_back();
        add(std::move(done));
    }
    void add(Value value) {
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (auto* array = open_.back().value.as<Array>()) {
            array->push_back(std::move(value));
        } else {
            auto* object = open_.back().value.as<Object>();
            object->emplace_back(std::move(open_.back().key), std::move(value));
        }
    }

    std::vector<Open> open_;
    Value root_;
};

}  // namespace

const Value* Value::find(std::string_view key) const {
    const auto* object = as<Object>();
    if (object == nullptr) return nullptr;
    const auto found = std::find_if(object->begin(), object->end(),
                                    [&](const auto& member) { return member.first == key; });
    return found == object->end() ? nullptr : &found->second;
}

Status walk(std::string_view text, Visitor& visitor, std::uint32_t depth) {
    Stream stream(text.data(), text.size());
    rapidjson::GenericReader<Utf8, Utf8, Allocator> reader;
    Strict strict(stream, visitor, depth);
    const auto result = reader.Parse<kFlags>(stream, strict);
    if (result.Code() == rapidjson::kParseErrorTermination) return strict.refusal();
    if (result.IsError()) return Error{Errc::bad_json, result.Offset()};
    // To RapidJSON a NUL byte is the end of the text.
    if (stream.Tell() != text.size()) return Error{Errc::bad_json, stream.Tell()};
    return {};
}

Result<Value> parse(std::string_view text, std::uint32_t depth) {
    Builder builder;
    TRY(walk(text, builder, depth));
    return builder.take();
}

struct Writer::State {
    Buffer buffer;
    rapidjson::PrettyWriter<Buffer, Utf8, Utf8, Allocator> writer{buffer};
};

Writer::Writer() : state_(std::make_unique<State>()) { state_->writer.SetIndent(' ', 2); }
Writer::~Writer() = default;

namespace {
rapidjson::SizeType length(std::string_view s) {
    return static_cast<rapidjson::SizeType>(s.size());
}
}  // namespace

Writer& Writer::begin_object() { return state_->writer.StartObject(), *this; }
Writer& Writer::end_object() { return state_->writer.EndObject(), *this; }
Writer& Writer::begin_array() { return state_->writer.StartArray(), *this; }
Writer& Writer::end_array() { return state_->writer.EndArray(), *this; }
Writer& Writer::key(std::string_view name) {
    return state_->writer.Key(name.data(), length(name)), *this;
}
Writer& Writer::string(std::string_view value) {
    return state_->writer.String(value.data(), length(value)), *this;
}
namespace {

/// One code point of well-formed UTF-8 and its length.
std::pair<std::uint32_t, std::size_t> code_point(std::string_view s) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const std::size_t size = byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    std::uint32_t point = size == 1 ? byte(0) : byte(0) & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) point = point << 6 | (byte(i) & 0x3fU);
    return {point, size};
}

void append_unit(std::string& out, std::uint32_t unit) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += "\\u";
    for (unsigned shift = 16; shift > 0;) out += kDigits[unit >> (shift -= 4) & 0xf];
}

/// A JSON string of well-formed UTF-8, everything that is not printable as \uXXXX.
std::string quoted(std::string_view s) {
    std::string out = "\"";
    while (!s.empty()) {
        const auto [point, size] = code_point(s);
        const std::string_view character = s.substr(0, size);
        if (character == "\"" || character == "\\") {
            out += '\\';
            out += character;
        } else if (is_printable(character)) {
            out += character;
        } else if (point > 0xffff) {
            append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
            append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
        } else {
            append_unit(out, point);
        }
        s.remove_prefix(size);
    }
    return out + "\"";
}

}  // namespace

Writer& Writer::verbatim(std::string_view value) {
    if (is_printable(value)) return string(value);
    if (!is_utf8(value)) return string(escape(value, value.size()));
    const std::string text = quoted(value);
    state_->writer.RawValue(text.data(), text.size(), rapidjson::kStringType);
    return *this;
}

Writer& Writer::signed_number(std::int64_t value) { return state_->writer.Int64(value), *this; }
Writer& Writer::null() { return state_->writer.Null(), *this; }
Writer& Writer::real(double value) {
    if (std::isnan(value)) return string("nan");
    if (std::isinf(value)) return string(value < 0 ? "-inf" : "inf");
    return state_->writer.Double(value), *this;
}
Writer& Writer::number(std::uint64_t value) { return state_->writer.Uint64(value), *this; }
Writer& Writer::boolean(bool value) { return state_->writer.Bool(value), *this; }

std::string Writer::take() {
    std::string out(state_->buffer.GetString(), state_->buffer.GetSize());
    out += '\n';
    return out;
}

}  // namespace pratique::json
