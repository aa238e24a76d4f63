// XML as a walk from tag to tag: nothing is kept but the names of the open elements, no entity is
// expanded, and no other file is looked at.
//
//   <?xml version="1.0" encoding="UTF-8"?>     declaration: an instruction called xml
//   <!DOCTYPE net [ <!ENTITY x "y"> ]>         document type, with its internal subset
//   <?xml-stylesheet href="a.xsl"?>            instruction
//   <net name="a">                             start of an element, attributes
//     <data offset="0" size="4"/>              start and end in one
//     text &amp; <![CDATA[ more ]]> <!-- -->   text, comment
//   </net>                                     end
//
// Facts: XML 1.0, fifth edition (https://www.w3.org/TR/xml/), what of it a non-validating reader
// must check, short of which characters names may hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pratique::xml {

enum class Kind : std::uint8_t { start, end, text, instruction, document_type };

struct Attribute {
    std::string_view name;
    std::string_view value;  // as it is written: decode() resolves references
};

struct Event {
    Kind kind{};
    /// Of an element, an instruction or a document type.
    std::string_view name;
    std::vector<Attribute> attributes;  // of a start; names are unique
    /// Of a text; of an instruction or a document type all that follows the name.
    std::string_view text;
    std::uint64_t offset = 0;
};

/// Views of events are parts of the text, which must outlive them.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    /// The next event, or nothing at the end. bad_text: no well-formed XML; truncated; limit_depth:
    /// more than 256 open elements; limit_members: more than 256 attributes at one element;
    /// conflict: an end that is not that of the open element; duplicate_key: an attribute twice.
    Result<std::optional<Event>> next();

    /// Open elements, the innermost last.
    const std::vector<std::string_view>& open() const { return open_; }

private:
    Result<std::optional<Event>> markup();
    Result<std::optional<Event>> special(std::uint64_t begin);
    Result<std::optional<Event>> instruction(std::uint64_t begin);
    Result<std::optional<Event>> document_type(std::uint64_t begin);
    Result<std::optional<Event>> start(std::uint64_t begin);
    Result<std::optional<Event>> end(std::uint64_t begin);
    Status attributes(Event& event);
    Result<Attribute> attribute();
    Result<std::string_view> until(std::string_view end);
    Result<std::string_view> name();
    void skip_space();
    bool take(std::string_view token);
    std::string_view rest() const { return text_.substr(at_); }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string_view> open_;
    bool ends_at_once_ = false;  // the element that was started last
    bool rooted_ = false;
};

/// Text with the five named references and those of characters resolved; others stay as they are.
std::string decode(std::string_view text);

/// A name without its prefix: "include" of "xi:include".
std::string_view local(std::string_view name);

}  // namespace pratique::xml
