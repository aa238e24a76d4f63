#include "formats/xml/xml.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace pratique::xml {
namespace {

constexpr std::size_t kDeepest = 256;
constexpr std::size_t kMostAttributes = 256;
constexpr std::string_view kSpace = " \t\r\n";

bool ends_name(char c) {
    return kSpace.find(c) != std::string_view::npos ||
           std::string_view("<>/=?\"'[&").find(c) != std::string_view::npos;
}

}  // namespace

bool Reader::take(std::string_view token) {
    if (!rest().starts_with(token)) return false;
    at_ += token.size();
    return true;
}

void Reader::skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

Result<std::string_view> Reader::name() {
    const std::string_view all = rest();
    const auto size = static_cast<std::size_t>(std::ranges::find_if(all, ends_name) - all.begin());
    if (size == 0) return Error{Errc::bad_text, at_};
    at_ += size;
    return all.substr(0, size);
}

/// All up to `end`, which is passed over.
Result<std::string_view> Reader::until(std::string_view end) {
    const auto found = text_.find(end, at_);
    if (found == std::string_view::npos) return Error{Errc::truncated, text_.size()};
    const std::string_view all = text_.substr(at_, found - at_);
    at_ = found + end.size();
    return all;
}

Result<std::optional<Event>> Reader::next() {
    if (ends_at_once_) {
        ends_at_once_ = false;
        Event event{Kind::end, open_.back(), {}, {}, at_};
        open_.pop_back();
        return std::optional(std::move(event));
    }
    while (at_ < text_.size()) {
        const std::uint64_t begin = at_;
        if (text_[at_] != '<') {
            at_ = std::min(text_.find('<', at_), text_.size());
            const std::string_view text = text_.substr(begin, at_ - begin);
            if (text.find_first_not_of(kSpace) == std::string_view::npos) continue;
            if (open_.empty()) return Error{Errc::bad_text, begin};
            return std::optional(Event{Kind::text, {}, {}, text, begin});
        }
        if (take("<!--")) {
            TRY(until("-->"));
            continue;
        }
        return markup();
    }
    if (!open_.empty() || !rooted_) return Error{Errc::truncated, text_.size()};
    return std::optional<Event>();
}

Result<std::optional<Event>> Reader::markup() {
    const std::uint64_t begin = at_;
    if (take("<?")) return instruction(begin);
    if (take("<!")) return special(begin);
    if (take("</")) return end(begin);
    take("<");
    return start(begin);
}

Result<std::optional<Event>> Reader::special(std::uint64_t begin) {
    if (take("[CDATA[")) {
        if (open_.empty()) return Error{Errc::bad_text, begin};
        return std::optional(Event{Kind::text, {}, {}, TRY(until("]]>")), begin});
    }
    if (take("DOCTYPE") && !rooted_) return document_type(begin);
    return Error{Errc::bad_text, begin};
}

Result<std::optional<Event>> Reader::instruction(std::uint64_t begin) {
    Event event{Kind::instruction, TRY(name()), {}, {}, begin};
    event.text = TRY(until("?>"));
    return std::optional(std::move(event));
}

/// To the `>` outside of quotes, comments and the internal subset.
Result<std::optional<Event>> Reader::document_type(std::uint64_t begin) {
    skip_space();
    Event event{Kind::document_type, TRY(name()), {}, {}, begin};
    const std::size_t first = at_;
    for (bool subset = false; at_ < text_.size();) {
        if (take("<!--")) {
            TRY(until("-->"));
        } else if (take("\"")) {
            TRY(until("\""));
        } else if (take("'")) {
            TRY(until("'"));
        } else if (take("[")) {
            subset = true;
        } else if (take("]")) {
            subset = false;
        } else if (!subset && take(">")) {
            event.text = text_.substr(first, at_ - 1 - first);
            return std::optional(std::move(event));
        } else {
            ++at_;
        }
    }
    return Error{Errc::truncated, text_.size()};
}

Result<Attribute> Reader::attribute() {
    Attribute out;
    out.name = TRY(name());
    skip_space();
    if (!take("=")) return Error{Errc::bad_text, at_};
    skip_space();
    const bool quoted = take("\"");
    if (!quoted && !take("'")) return Error{Errc::bad_text, at_};
    const std::size_t begin = at_;
    out.value = TRY(until(quoted ? "\"" : "'"));
    const auto angle = out.value.find('<');
    if (angle != std::string_view::npos) return Error{Errc::bad_text, begin + angle};
    return out;
}

Status Reader::attributes(Event& event) {
    while (true) {
        const std::size_t before = at_;
        skip_space();
        if (rest().starts_with('>') || rest().starts_with("/>")) return {};
        if (at_ == before) return Error{Errc::bad_text, at_};
        if (event.attributes.size() >= kMostAttributes) return Error{Errc::limit_members, at_};
        const Attribute made = TRY(attribute());
        const auto known = std::ranges::find(event.attributes, made.name, &Attribute::name);
        if (known != event.attributes.end()) return Error{Errc::duplicate_key, before};
        event.attributes.push_back(made);
    }
}

Result<std::optional<Event>> Reader::start(std::uint64_t begin) {
    if (open_.empty() && rooted_) return Error{Errc::bad_text, begin};
    Event event{Kind::start, TRY(name()), {}, {}, begin};
    TRY(attributes(event));
    ends_at_once_ = take("/");
    take(">");
    if (open_.size() >= kDeepest) return Error{Errc::limit_depth, begin};
    open_.push_back(event.name);
    rooted_ = true;
    return std::optional(std::move(event));
}

Result<std::optional<Event>> Reader::end(std::uint64_t begin) {
    Event event{Kind::end, TRY(name()), {}, {}, begin};
    skip_space();
    if (!take(">")) return Error{Errc::bad_text, at_};
    if (open_.empty() || open_.back() != event.name) return Error{Errc::conflict, begin};
    open_.pop_back();
    return std::optional(std::move(event));
}

namespace {

/// The character that a reference stands for: "amp", "#65", "#x41".
std::optional<std::uint32_t> referred(std::string_view name) {
    struct Named {
        std::string_view name;
        char character;
    };
    static constexpr auto kNamed = std::to_array<Named>(
        {{"amp", '&'}, {"apos", '\''}, {"gt", '>'}, {"lt", '<'}, {"quot", '"'}});
    const auto found = std::ranges::find(kNamed, name, &Named::name);
    if (found != kNamed.end()) return static_cast<std::uint32_t>(found->character);
    if (!name.starts_with('#')) return std::nullopt;
    const int base = name.starts_with("#x") ? 16 : 10;
    name.remove_prefix(base == 16 ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
    const bool read = error == std::errc{} && end == name.data() + name.size() && code < 0x110000;
    return read ? std::optional(code) : std::nullopt;
}

}  // namespace

std::string decode(std::string_view text) {
    constexpr std::size_t kLongestReference = 12;
    std::string out;
    while (!text.empty()) {
        const auto ampersand = std::min(text.find('&'), text.size());
        out += text.substr(0, ampersand);
        text.remove_prefix(ampersand);
        if (text.empty()) break;
        const auto semicolon = text.substr(0, kLongestReference).find(';');
        const auto code = semicolon == std::string_view::npos
                              ? std::nullopt
                              : referred(text.substr(1, semicolon - 1));
        if (code) {
            append_utf8(out, *code);
            text.remove_prefix(semicolon + 1);
        } else {
            out += '&';
            text.remove_prefix(1);
        }
    }
    return out;
}

std::string_view local(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace pratique::xml
