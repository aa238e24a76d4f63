#include "formats/safetensors/index.h"

#include <unordered_map>

#include "base/json.h"
#include "base/text.h"
#include "formats/archive/member_name.h"

namespace pratique::safetensors {
namespace {

using json::Event;
using json::Token;

bool opens(Token token) { return token == Token::begin_object || token == Token::begin_array; }
bool closes(Token token) { return token == Token::end_object || token == Token::end_array; }

class Reading : public json::Visitor {
public:
    explicit Reading(Index& out) : out_(out) {}

    Status visit(const Event& event) override {
        if (closes(event.token)) {
            --depth_;
            return {};
        }
        if (event.token == Token::key) {
            take_key(event.text);
            return {};
        }
        TRY(value(event));
        if (opens(event.token)) ++depth_;
        return {};
    }

    bool has_weight_map() const { return has_weight_map_; }

private:
    void take_key(std::string_view key) {
        if (depth_ == 1) {
            part_ = key;
            if (key != "weight_map" && key != "metadata") ++out_.unknown_fields;
        } else if (depth_ == 2) {
            key_ = key;
        }
    }

    Status value(const Event& event) {
        if (depth_ == 0 && event.token != Token::begin_object) {
            return Error{Errc::bad_header, event.offset};
        }
        const bool is_map = part_ == "weight_map";
        if (!is_map && part_ != "metadata") return {};
        if (depth_ == 1) {
            if (event.token != Token::begin_object) return Error{Errc::bad_header, event.offset};
            has_weight_map_ = has_weight_map_ || is_map;
        } else if (depth_ == 2) {
            if (is_map) return place_tensor(event);
            if (opens(event.token)) return {};
            const bool is_text = event.token == Token::string;
            out_.metadata.push_back({key_, std::string(event.text), is_text});
        }
        return {};
    }

    Status place_tensor(const Event& event) {
        if (event.token != Token::string) return Error{Errc::bad_header, event.offset};
        if (!archive::is_plain_name(event.text)) return Error{Errc::bad_name, event.offset};
        const auto [found, is_new] =
            numbers_.try_emplace(std::string(event.text), out_.shards.size());
        if (is_new) {
            if (out_.shards.size() == kMostShards) return Error{Errc::limit_members, event.offset};
            out_.shards.push_back({found->first, {}});
        }
        out_.shards[found->second].tensors.push_back(key_);
        ++out_.tensors;
        return {};
    }

    Index& out_;
    std::uint32_t depth_ = 0;
    std::string part_;  // the member of the root that the walk is in
    std::string key_;   // the member of that
    bool has_weight_map_ = false;
    std::unordered_map<std::string, std::size_t> numbers_;
};

/// Ends the walk, by an error, as soon as it is decided.
class Recognising : public json::Visitor {
public:
    Status visit(const Event& event) override {
        if (depth_ == 1 && at_map_ && event.token == Token::begin_object) found_ = true;
        if (found_ || (depth_ == 0 && event.token != Token::begin_object)) {
            return Error{Errc::unsupported, event.offset};
        }
        at_map_ = depth_ == 1 && event.token == Token::key && event.text == "weight_map";
        if (opens(event.token)) ++depth_;
        if (closes(event.token)) --depth_;
        return {};
    }

    bool found() const { return found_; }

private:
    std::uint32_t depth_ = 0;
    bool at_map_ = false;
    bool found_ = false;
};

Status read_into(Bytes bytes, Index& out) {
    if (bytes.size() > kLongestIndex) return Error{Errc::limit_bytes, 0};
    if (!is_utf8(text(bytes))) return Error{Errc::bad_text, 0};
    Reading reading(out);
    TRY(json::walk(text(bytes), reading));
    if (!reading.has_weight_map()) return Error{Errc::bad_header, 0};
    return {};
}

}  // namespace

bool recognise_index(Bytes bytes) {
    if (bytes.size() > kLongestIndex) return false;
    Recognising recognising;
    const Status status = json::walk(text(bytes), recognising);
    return !status && recognising.found();
}

Index read_index(Bytes bytes) {
    Index out;
    const Status status = read_into(bytes, out);
    if (!status) out.error = status.error();
    return out;
}

}  // namespace pratique::safetensors
