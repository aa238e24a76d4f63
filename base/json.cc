#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

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

/// Receives the events of the parser and refuses what RapidJSON lets through.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
public:
    explicit Builder(std::uint32_t depth) : depth_(depth) {}

    bool Null() { return add(Value()); }
    bool Bool(bool b) { return add(Value(b)); }
    bool RawNumber(const char* s, rapidjson::SizeType n, bool /*copy*/) {
        const std::string_view digits(s, n);
        std::int64_t whole = 0;
        const auto integer = std::from_chars(digits.begin(), digits.end(), whole);
        if (integer.ec == std::errc{} && integer.ptr == digits.end()) return add(Value(whole));
        double real = 0;  // stays 0 for what is nearer to it than to any other double
        const auto parsed = std::from_chars(digits.begin(), digits.end(), real);
        const bool tiny = digits.find("e-") != std::string_view::npos ||
                          digits.find("E-") != std::string_view::npos ||
                          digits.substr(digits.front() == '-' ? 1 : 0).starts_with("0.");
        if (parsed.ec != std::errc{} && !tiny) return refuse(Errc::bad_json);
        return add(Value(real));
    }
    bool String(const char* s, rapidjson::SizeType n, bool /*copy*/) {
        return acceptable({s, n}) && add(Value(std::string(s, n)));
    }
    bool Key(const char* s, rapidjson::SizeType n, bool /*copy*/) {
        const std::string_view key(s, n);
        if (!acceptable(key)) return false;
        auto& keys = open_.back().keys;
        const auto place = std::lower_bound(keys.begin(), keys.end(), key);
        if (place != keys.end() && *place == key) return refuse(Errc::duplicate_key);
        keys.emplace(place, key);
        open_.back().key = key;
        return true;
    }
    bool StartObject() { return open(Value(Object())); }
    bool StartArray() { return open(Value(Array())); }
    bool EndObject(rapidjson::SizeType /*count*/) { return close(); }
    bool EndArray(rapidjson::SizeType /*count*/) { return close(); }

    Errc refusal() const { return refusal_; }
    Value take() { return std::move(root_); }

private:
    struct Open {
        Value value;
        std::string key;                // of the member being read
        std::vector<std::string> keys;  // all of this object, sorted
    };

    bool refuse(Errc code) {
        refusal_ = code;
        return false;
    }
    bool acceptable(std::string_view s) {
        return (is_utf8(s) && s.find('\0') == std::string_view::npos) || refuse(Errc::bad_json);
    }
    bool open(Value value) {
        if (open_.size() >= depth_) return refuse(Errc::limit_depth);
        open_.push_back({std::move(value), {}, {}});
        return true;
    }
    bool close() {
        Value done = std::move(open_.back().value);
        open_.pop_back();
        return add(std::move(done));
    }
    bool add(Value value) {
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (auto* array = open_.back().value.as<Array>()) {
            array->push_back(std::move(value));
        } else {
            auto* object = open_.back().value.as<Object>();
            object->emplace_back(std::move(open_.back().key), std::move(value));
        }
        return true;
    }

    std::uint32_t depth_;
    Errc refusal_ = Errc::bad_json;
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

Result<Value> parse(std::string_view text, std::uint32_t depth) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    Builder builder(depth);
    const auto result = reader.Parse<kFlags>(stream, builder);
    if (!result.IsError()) return builder.take();
    const bool refused = result.Code() == rapidjson::kParseErrorTermination;
    return Error{refused ? builder.refusal() : Errc::bad_json, result.Offset()};
}

struct Writer::State {
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer{buffer};
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
Writer& Writer::number(std::uint64_t value) { return state_->writer.Uint64(value), *this; }
Writer& Writer::boolean(bool value) { return state_->writer.Bool(value), *this; }

std::string Writer::take() {
    std::string out(state_->buffer.GetString(), state_->buffer.GetSize());
    out += '\n';
    return out;
}

}  // namespace pratique::json
