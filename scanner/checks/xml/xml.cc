#include "scanner/checks/xml/xml.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "formats/xml/xml.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/xml/openvino.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

using namespace std::string_view_literals;
using xml::Event;
using xml::Kind;

std::string lower(std::string_view s) {
    std::string out(s);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return out;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_mark(std::string_view s) {
    if (s.starts_with("\xef\xbb\xbf")) s.remove_prefix(3);
    return s.substr(std::min(s.find_first_not_of(" \t\r\n"), s.size()));
}

/// What follows the comments and instructions in front of a document; empty if one has no end.
std::string_view without_prologue(std::string_view s) {
    while (true) {
        const bool comment = s.starts_with("<!--");
        if (!comment && !s.starts_with("<?")) return s;
        const std::string_view end = comment ? "-->"sv : "?>"sv;
        const auto found = s.find(end, 2);
        if (found == std::string_view::npos) return {};
        s = without_mark(s.substr(found + end.size()));
    }
}

/// The name that begins `s`.
std::string_view name_of(std::string_view s) {
    const auto is_end = [](char c) {
        return is_space(c) || c == '>' || c == '/' || c == '[' || c == '<';
    };
    return {s.begin(), std::find_if(s.begin(), s.end(), is_end)};
}

/// Behind `<!DOCTYPE`: HTML, which is no XML even where it looks like it. With declarations of its
/// own in brackets, it is for a reader of XML.
bool is_html_type(std::string_view s) {
    s = without_mark(s);
    if (lower(name_of(s)) != "html") return false;
    return s.substr(0, s.find('>')).find('[') == std::string_view::npos;
}

bool is_inclusion(std::string_view space) { return space.ends_with("/XInclude"); }

bool is_utf16(std::string_view s) {
    return s.starts_with("\xff\xfe<\0"sv) || s.starts_with("\xfe\xff\0<"sv);
}

/// UTF-16 with its mark as UTF-8 without one. Offsets of what is found are those in UTF-8.
std::string to_utf8(std::string_view s) {
    const std::size_t low = s.front() == '\xff' ? 0 : 1;
    const auto unit = [&](std::size_t at) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(s[at + low])) |
               static_cast<std::uint32_t>(static_cast<unsigned char>(s[at + 1 - low])) << 8U;
    };
    std::string out;
    for (std::size_t at = 2; at + 1 < s.size(); at += 2) {
        std::uint32_t code = unit(at);
        if (code >= 0xd800 && code < 0xdc00 && at + 3 < s.size()) {
            code = 0x10000 + ((code - 0xd800) << 10U) + ((unit(at += 2) - 0xdc00) & 0x3ffU);
        }
        append_utf8(out, code);
    }
    return out;
}

bool has_word(std::string_view s, std::string_view word) {
    return s.find(word) != std::string_view::npos;
}

/// Encodings in which `<` is the byte `<` and nothing else is: what is read here is what is there.
bool is_ascii_like(std::string_view declaration) {
    const auto found = declaration.find("encoding");
    if (found == std::string_view::npos) return true;
    const auto begin = declaration.find_first_of("\"'", found);
    if (begin == std::string_view::npos) return true;
    const std::string name = lower(declaration.substr(begin + 1));
    constexpr auto kNames = std::to_array<std::string_view>(
        {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-", "latin", "windows-125", "cp125"});
    return std::any_of(kNames.begin(), kNames.end(),
                       [&](std::string_view known) { return name.starts_with(known); });
}

/// One walk through a document.
class XmlCheck {
public:
    XmlCheck(Scan& scan, const Artifact& artifact, std::string_view text)
        : scan_(scan), artifact_(artifact), text_(text), openvino_(scan, artifact) {}

    void run() {
        xml::Reader reader(without_mark(text_));
        while (true) {
            const auto event = reader.next();
            if (!event) return scan_.gap(event.error(), artifact_);
            if (!*event) break;
            look(**event, reader.open());
        }
        if (is_openvino_) openvino_.finish();
    }

private:
    void look(const Event& event, const std::vector<std::string_view>& open) {
        switch (event.kind) {
            case Kind::instruction: return look_at_instruction(event);
            case Kind::document_type: return look_at_type(event);
            case Kind::start: return look_at_element(event, open);
            case Kind::end:
            case Kind::text: return;
        }
    }

    void look_at_instruction(const Event& event) {
        const bool converted = text_.data() != text(artifact_.bytes).data();
        if (event.name == "xml" && !converted && !is_ascii_like(event.text)) {
            scan_.gap(GapReason::unsupported, artifact_, event.offset,
                      "an encoding that is not read: " + escape(event.text, 100));
        }
        if (event.name == "xml-stylesheet") find(RuleId::xml_stylesheet, event, event.text);
    }

    void look_at_type(const Event& event) {
        // Attributes that are given to elements by a declaration may put them into any namespace.
        includes_ = includes_ || has_word(event.text, "<!ATTLIST");
        const bool external = has_word(event.text, "SYSTEM") || has_word(event.text, "PUBLIC");
        if (!has_word(event.text, "<!ENTITY")) {
            if (external) find(RuleId::xml_document_type, event, event.text);
            return;
        }
        const std::string_view entities = event.text.substr(event.text.find("<!ENTITY"));
        const bool reaches_out = has_word(entities, "SYSTEM") || has_word(entities, "PUBLIC");
        find(reaches_out ? RuleId::xml_external_entity : RuleId::xml_entity, event, entities);
    }

    void look_at_element(const Event& event, const std::vector<std::string_view>& open) {
        if (open.size() == 1) look_at_root(event);
        if (is_openvino_) openvino_.look(event);
        const std::string_view name = xml::local(event.name);
        note_namespaces(event);
        if (name == "include" && (event.name != name || includes_)) {
            find(RuleId::xml_inclusion, event,
                 event.attributes.empty() ? event.name : event.attributes.front().value);
        }
        if (is_pmml_ && (name == "script" || name == "iframe" || name == "object")) {
            find(RuleId::xml_script, event, event.name);
        }
    }

    /// XInclude as the namespace of names without a prefix, from here on.
    void note_namespaces(const Event& event) {
        for (const xml::Attribute& attribute : event.attributes) {
            if (attribute.name != "xmlns") continue;
            includes_ = includes_ || is_inclusion(xml::decode(attribute.value));
        }
    }

    void look_at_root(const Event& event) {
        const auto has = [&](std::string_view name) {
            return std::ranges::find(event.attributes, name, &xml::Attribute::name) !=
                   event.attributes.end();
        };
        is_openvino_ = xml::local(event.name) == "net" && has("version");
        is_pmml_ = xml::local(event.name) == "PMML";
        if (!artifact_.chain.empty()) return;
        if (is_openvino_) scan_.identity("openvino");
        if (is_pmml_) scan_.identity("pmml");
    }

    void find(RuleId rule, const Event& event, std::string_view evidence) {
        scan_.find(rule, artifact_, event.offset, escape(evidence, 200));
    }

    Scan& scan_;
    const Artifact& artifact_;
    std::string_view text_;
    OpenVino openvino_;
    bool is_openvino_ = false;
    bool is_pmml_ = false;
    bool includes_ = false;
};

}  // namespace

Claim recognise_xml(Bytes bytes, const Limits& /*limits*/) {
    std::string_view s = text(bytes);
    if (is_utf16(s)) return Claim::weak;
    s = without_mark(s);
    if (s.starts_with("<?xml")) return Claim::weak;
    s = without_prologue(s);
    if (s.size() < 4 || s.front() != '<' || s.find_last_of('>') == std::string_view::npos) {
        return Claim::no;
    }
    constexpr std::string_view kType = "<!doctype";
    if (lower(s.substr(0, kType.size())) == kType && is_space(s[kType.size()])) {
        return is_html_type(s.substr(kType.size())) ? Claim::no : Claim::weak;
    }
    // Without a declaration, what begins with an element may as well be Markdown.
    const std::string root = lower(xml::local(name_of(s.substr(1))));
    const bool known =
        root == "net" || root == "pmml" || has_word(s, "/XInclude\"") || has_word(s, "/XInclude'");
    return known && root != "html" ? Claim::weak : Claim::no;
}

bool is_named_like_xml(std::string_view name) {
    return ends_as(name, ".xml") || ends_as(name, ".pmml");
}

void check_xml(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    const std::string_view s = text(artifact.bytes);
    if (is_utf16(s)) return XmlCheck(scan, artifact, to_utf8(s)).run();
    XmlCheck(scan, artifact, s).run();
}

}  // namespace pratique::scanner
