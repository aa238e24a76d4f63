#include "formats/yaml/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <unordered_set>

namespace pratique::yaml {
namespace {

constexpr std::uint32_t kDeepest = 64;
/// Keys that occur twice, in one document; more are no oversight.
constexpr int kMostDuplicates = 100;
/// Values that aliases and anchors may copy.
constexpr std::uint64_t kMostCopied = 1'000'000;

// Scalars of libyaml are bytes; nothing else here needs a cast.
std::string_view view(const yaml_char_t* s, std::size_t size) {
    return {reinterpret_cast<const char*>(s), size};  // NOLINT(*-reinterpret-cast)
}
std::string_view view(const yaml_char_t* s) {
    return s == nullptr ? std::string_view{}
                        : std::string_view(reinterpret_cast<const char*>(s));  // NOLINT
}

class Parser {
public:
    explicit Parser(std::string_view text) : made_(yaml_parser_initialize(&parser_) != 0) {
        if (!made_) return;
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());  // NOLINT
        yaml_parser_set_input_string(&parser_, bytes, text.size());
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    ~Parser() {
        if (made_) yaml_parser_delete(&parser_);
    }

    bool next(yaml_event_t& event) { return made_ && yaml_parser_parse(&parser_, &event) != 0; }

    bool lacks_memory() const { return !made_ || parser_.error == YAML_MEMORY_ERROR; }
    /// In characters. What is no Unicode is met where the reader is, ahead of everything else.
    std::uint64_t failed_at() const {
        return parser_.error == YAML_READER_ERROR ? parser_.mark.index : parser_.problem_mark.index;
    }
    std::string problem() const { return parser_.problem == nullptr ? "" : parser_.problem; }

private:
    yaml_parser_t parser_{};
    bool made_;
};

struct Delete {
    void operator()(yaml_event_t* event) const { yaml_event_delete(event); }
};
using Owned = std::unique_ptr<yaml_event_t, Delete>;

bool one_of(std::string_view s, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), s) != all.end();
}

template <class Number>
std::optional<Number> number(std::string_view s) {
    if (s.starts_with('+')) s.remove_prefix(1);
    Number out{};
    const auto [end, code] = std::from_chars(s.data(), s.data() + s.size(), out);
    return code == std::errc{} && end == s.data() + s.size() ? std::optional(out) : std::nullopt;
}

/// What a scalar without quotes and tag stands for.
json::Value resolved(std::string_view s) {
    if (one_of(s, {"", "~", "null", "Null", "NULL"})) return {};
    if (one_of(s, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
    if (one_of(s, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
        return false;
    }
    if (s.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return std::string(s);
    if (const auto whole = number<std::int64_t>(s)) return *whole;
    if (const auto real = number<double>(s)) return *real;
    return std::string(s);
}

/// Tags that say no more than what kind of plain data a value is.
bool is_plain(std::string_view tag) {
    constexpr std::string_view kPrefix = "tag:yaml.org,2002:";
    if (tag == "!") return true;
    if (!tag.starts_with(kPrefix)) return false;
    return one_of(tag.substr(kPrefix.size()),
                  {"str",         "int",         "float",        "bool",           "null",
                   "map",         "seq",         "set",          "omap",           "pairs",
                   "binary",      "timestamp",   "merge",        "value",          "python/tuple",
                   "python/list", "python/dict", "python/str",   "python/unicode", "python/bytes",
                   "python/int",  "python/long", "python/float", "python/complex", "python/bool",
                   "python/none"});
}

/// libyaml counts characters; everybody else counts bytes. Asked in rising order.
class ByteCount {
public:
    explicit ByteCount(std::string_view text) : text_(text) {}

    std::uint64_t of(std::uint64_t character) {
        while (characters_ < character && bytes_ < text_.size()) {
            do {
                ++bytes_;
            } while (bytes_ < text_.size() && (text_[bytes_] & 0xc0) == 0x80);
            ++characters_;
        }
        return bytes_;
    }

private:
    std::string_view text_;
    std::uint64_t characters_ = 0;
    std::size_t bytes_ = 0;
};

class Reader {
public:
    explicit Reader(std::string_view text) : parser_(text), bytes_(text) {}

    Stream run() {
        while (!out_.error) {
            yaml_event_t event;
            if (!parser_.next(event)) {
                out_.error = error();
                out_.problem = parser_.problem();
                break;
            }
            const Owned owned(&event);
            if (event.type == YAML_STREAM_END_EVENT) break;
            take(event);
        }
        while (!open_.empty()) close();
        if (!out_.error) out_.error = duplicate_;
        return std::move(out_);
    }

private:
    struct Open {
        json::Value value;
        std::string anchor;
        std::optional<std::string> key;  // of the member being read
        std::unordered_set<std::string> keys;
        std::uint32_t height = 1;  // levels, itself counted
        std::uint64_t size = 1;    // values, itself counted
    };
    struct Anchored {
        json::Value value;
        std::uint32_t height = 0;
        std::uint64_t size = 1;
    };

    // An event's type says which member of its union holds; only take() looks into it.
    // NOLINTBEGIN(cppcoreguidelines-pro-type-union-access)
    using Scalar = decltype(yaml_event_t::data.scalar);
    void take(const yaml_event_t& event) {
        at_ = event.start_mark.index;
        switch (event.type) {
            case YAML_SCALAR_EVENT: return scalar(event.data.scalar);
            case YAML_ALIAS_EVENT: return alias(view(event.data.alias.anchor));
            case YAML_SEQUENCE_START_EVENT:
                note(view(event.data.sequence_start.tag), {});
                return open(json::Array(), view(event.data.sequence_start.anchor));
            case YAML_MAPPING_START_EVENT:
                note(view(event.data.mapping_start.tag), {});
                return open(json::Object(), view(event.data.mapping_start.anchor));
            case YAML_SEQUENCE_END_EVENT:
            case YAML_MAPPING_END_EVENT: return close();
            case YAML_DOCUMENT_START_EVENT: anchors_.clear(); return;
            case YAML_NO_EVENT:
            case YAML_STREAM_START_EVENT:
            case YAML_STREAM_END_EVENT:
            case YAML_DOCUMENT_END_EVENT: return;
        }
    }
    // NOLINTEND(cppcoreguidelines-pro-type-union-access)

    void note(std::string_view tag, std::string_view text) {
        if (tag.empty() || is_plain(tag)) return;
        out_.tags.push_back({std::string(tag), std::string(text), bytes_.of(at_)});
    }

    void scalar(const Scalar& scalar) {
        const std::string_view text = view(scalar.value, scalar.length);
        note(view(scalar.tag), text);
        const bool plain = scalar.plain_implicit != 0 && scalar.style == YAML_PLAIN_SCALAR_STYLE;
        Anchored made;
        if (plain && !expects_key()) {
            made.value = resolved(text);
        } else {
            made.value = json::Value(std::string(text));
        }
        if (const auto anchor = view(scalar.anchor); !anchor.empty()) keep(anchor, made);
        add(std::move(made));
    }

    void alias(std::string_view name) {
        const auto found = anchors_.find(name);
        // Inside of what it stands for, or of nothing: libyaml does not say which.
        if (found == anchors_.end()) return add({});
        Anchored copy = found->second;
        if (open_.size() + copy.height > kDeepest) return fail(Errc::limit_depth);
        if (spend(copy.size)) add(std::move(copy));
    }

    void keep(std::string_view anchor, const Anchored& value) {
        if (spend(value.size)) anchors_.insert_or_assign(std::string(anchor), value);
    }

    /// PyYAML takes the last of two, others refuse both: reading goes on, as not to miss any.
    void twice() {
        if (!duplicate_) duplicate_ = Error{Errc::duplicate_key, bytes_.of(at_)};
        if (++duplicates_ > kMostDuplicates) fail(Errc::duplicate_key);
    }

    bool spend(std::uint64_t values) {
        copied_ += values;
        if (copied_ > kMostCopied) fail(Errc::limit_nodes);
        return copied_ <= kMostCopied;
    }

    void open(json::Value value, std::string_view anchor) {
        if (open_.size() >= kDeepest) return fail(Errc::limit_depth);
        open_.push_back({std::move(value), std::string(anchor), {}, {}});
    }

    void close() {
        Open done = std::move(open_.back());
        open_.pop_back();
        Anchored made{std::move(done.value), done.height, done.size};
        if (!done.anchor.empty()) keep(done.anchor, made);
        add(std::move(made));
    }

    bool expects_key() const {
        return !open_.empty() && !open_.back().key &&
               open_.back().value.as<json::Object>() != nullptr;
    }

    void add(Anchored made) {
        if (open_.empty()) return out_.documents.push_back(std::move(made.value));
        Open& parent = open_.back();
        parent.height = std::max(parent.height, made.height + 1);
        parent.size += made.size;
        if (auto* array = parent.value.as<json::Array>()) {
            array->push_back(std::move(made.value));
        } else if (expects_key()) {
            const auto* name = made.value.as<std::string>();
            parent.key = name == nullptr ? std::string() : *name;
            if (name != nullptr && *name != "<<" && !parent.keys.insert(*name).second) twice();
        } else {
            parent.value.as<json::Object>()->emplace_back(std::move(*parent.key),
                                                          std::move(made.value));
            parent.key.reset();
        }
    }

    Error error() {
        if (parser_.lacks_memory()) return {Errc::limit_memory, 0};
        return {Errc::bad_text, bytes_.of(parser_.failed_at())};
    }

    void fail(Errc code) { out_.error = out_.error.value_or(Error{code, bytes_.of(at_)}); }

    Parser parser_;
    ByteCount bytes_;
    Stream out_;
    std::vector<Open> open_;
    std::map<std::string, Anchored, std::less<>> anchors_;
    std::uint64_t copied_ = 0;
    std::optional<Error> duplicate_;
    int duplicates_ = 0;
    std::uint64_t at_ = 0;
};

}  // namespace

Stream read(std::string_view text) {
    if (text.size() > kLongest) {
        Stream out;
        out.error = Error{Errc::limit_bytes, kLongest};
        return out;
    }
    return Reader(text).run();
}

}  // namespace pratique::yaml
