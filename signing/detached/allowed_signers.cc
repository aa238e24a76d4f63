// Why one bad line refuses the file, where ssh-keygen skips it: a line that was meant to narrow who
// may sign, and is misspelt, must not become one that nobody reads.
//
//      line         principals [ options ] type base64 [ comment ]
//      principals   pattern , …                                  in quotes, if there are blanks
//      options      name="value" , …     namespaces, valid-after, valid-before
//                   cert-authority
#include "signing/detached/allowed_signers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "signing/keys/ssh_wire.h"
#include "signing/lines.h"

namespace pratique::signing {
namespace {

constexpr std::size_t kMostText = std::size_t{4} * 1024 * 1024;
constexpr std::string_view kBlank = " \t";
constexpr std::array kOptions{std::string_view("namespaces"), std::string_view("valid-after"),
                              std::string_view("valid-before"), std::string_view("cert-authority")};

/// Refuses the line: what is wrong with it, in words.
Refusal bad(std::string detail) { return {Reason::bad_trust, {}, std::move(detail)}; }

/// Reads a line from left to right.
class Line {
public:
    explicit Line(std::string_view text) : rest_(text) { skip_blanks(); }

    bool at_end() const { return rest_.empty(); }
    bool starts_with(char c) const { return rest_.starts_with(c); }
    bool at_blank() const { return rest_.empty() || kBlank.find(rest_.front()) != kBlank.npos; }
    void skip() { rest_.remove_prefix(1); }
    void skip_blanks() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlank), rest_.size()));
    }
    /// What stands before one of these characters, or before the end.
    std::string_view until(std::string_view ends) {
        const std::string_view found = peek(ends);
        rest_.remove_prefix(found.size());
        return found;
    }
    std::string_view peek(std::string_view ends) const {
        return rest_.substr(0, rest_.find_first_of(ends));
    }
    /// What stands between double quotes.
    Judged<std::string> quoted() {
        if (!starts_with('"')) return bad("a value that is not in quotes");
        skip();
        const std::string_view found = until("\"");
        if (!starts_with('"')) return bad("a quote that is never closed");
        if (found.find('\\') != std::string_view::npos) return bad("a backslash in quotes");
        skip();
        return std::string(found);
    }

private:
    std::string_view rest_;
};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t count) {
    const std::string_view part = text.substr(at, count);
    const bool all = std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    unsigned value = 0;
    if (!all) return std::nullopt;
    std::from_chars(part.data(), part.data() + part.size(), value);
    return value;
}

/// YYYYMMDD[HHMM[SS]][Z], always in UTC: what it means must not depend on where it is read.
Judged<std::int64_t> read_time(std::string_view text) {
    const Refusal none = bad("a time that is none, or not after 1970: " + std::string(text));
    if (text.ends_with('Z')) text.remove_suffix(1);
    if (text.size() != 8 && text.size() != 12 && text.size() != 14) return none;
    std::string full(text);
    full.resize(14, '0');
    const auto year = digits(full, 0, 4);
    const auto month = digits(full, 4, 2);
    const auto day = digits(full, 6, 2);
    const auto hour = digits(full, 8, 2);
    const auto minute = digits(full, 10, 2);
    const auto second = digits(full, 12, 2);
    if (!year || !month || !day || !hour || !minute || !second) return none;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(*month), std::chrono::day(*day)};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return none;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t seconds = ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
    // Zero means that there is no bound.
    if (seconds <= 0) return none;
    return seconds;
}

struct Options {
    std::vector<std::string> seen;
    bool is_authority = false;
};

Judged<void> read_option(Line& line, Options& options, AllowedSigner& out) {
    const std::string name = lower(line.until("=, \t"));
    if (std::ranges::find(kOptions, name) == kOptions.end()) return bad("unknown option " + name);
    if (std::ranges::find(options.seen, name) != options.seen.end()) {
        return bad("option " + name + " occurs twice");
    }
    options.seen.push_back(name);
    if (name == "cert-authority") {
        options.is_authority = true;
        return {};
    }
    if (!line.starts_with('=')) return bad("option " + name + " has no value");
    line.skip();
    const std::string value = TRY(line.quoted());
    if (name == "namespaces") {
        // No pattern at all would read as if there were no option.
        if (value.empty()) return bad("option namespaces is empty");
        out.namespaces = split(value);
    } else {
        (name == "valid-after" ? out.valid_after : out.valid_before) = TRY(read_time(value));
    }
    return {};
}

Judged<Options> read_options(Line& line, AllowedSigner& out) {
    Options options;
    while (true) {
        TRY(read_option(line, options, out));
        if (line.at_blank()) break;
        if (!line.starts_with(',')) return bad("no comma between options");
        line.skip();
    }
    if (out.valid_before != 0 && out.valid_before <= out.valid_after) {
        return bad("it is never valid");
    }
    return options;
}

/// Nothing for a line that vouches for nobody.
Judged<std::optional<AllowedSigner>> read_line(std::string_view text) {
    Line line(text);
    if (line.at_end() || line.starts_with('#')) return std::optional<AllowedSigner>();
    if (!is_plain(text)) return bad("a control character");
    AllowedSigner out;
    out.principals = line.starts_with('"') ? TRY(line.quoted()) : line.until(kBlank);
    if (out.principals.empty() || !line.at_blank()) return bad("no principals");
    line.skip_blanks();
    Options options;
    if (std::ranges::find(kOptions, lower(line.peek("=, \t"))) != kOptions.end()) {
        options = TRY(read_options(line, out));
        line.skip_blanks();
    }
    const std::string_view type = line.until(kBlank);
    line.skip_blanks();
    auto blob = ssh_blob(type, line.until(kBlank));
    if (!blob) return bad("neither an option that is known nor a key");
    if (options.is_authority) return std::optional<AllowedSigner>();
    out.public_key = std::move(*blob);
    return std::optional(std::move(out));
}

/// As a shell does it, in at most name × pattern steps.
bool fits(std::string_view name, std::string_view pattern) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::size_t star = pattern.npos;  // the last one, and what it has eaten up to
    std::size_t eaten = 0;
    while (at < name.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            eaten = at;
        } else if (in_pattern < pattern.size() &&
                   (pattern[in_pattern] == '?' || pattern[in_pattern] == name[at])) {
            ++in_pattern;
            ++at;
        } else if (star != pattern.npos) {
            in_pattern = star + 1;
            at = ++eaten;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == pattern.npos;
}

}  // namespace

bool matches(std::string_view name, const std::vector<std::string>& patterns) {
    bool found = false;
    for (const std::string& written : patterns) {
        std::string_view pattern = written;
        const bool excludes = pattern.starts_with('!');
        if (excludes) pattern.remove_prefix(1);
        if (!fits(name, pattern)) continue;
        if (excludes) return false;
        found = true;
    }
    return found;
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> out;
    while (true) {
        const std::size_t comma = list.find(',');
        out.emplace_back(list.substr(0, comma));
        if (comma == list.npos) return out;
        list.remove_prefix(comma + 1);
    }
}

Judged<std::vector<AllowedSigner>> read_allowed_signers(std::string_view text) {
    if (text.size() > kMostText) return bad("a list of allowed signers above 4 MiB");
    std::vector<AllowedSigner> out;
    std::size_t number = 0;
    for (const std::string_view text_line : lines_of(text)) {
        ++number;
        auto line = read_line(text_line);
        if (!line) {
            Refusal refusal = line.error();
            refusal.subject = "line " + std::to_string(number);
            return refusal;
        }
        if (*line) out.push_back(std::move(**line));
    }
    return out;
}

Judged<void> check_allowed(const std::vector<AllowedSigner>& allowed, std::string_view public_key,
                           const SshOptions& options) {
    Refusal refusal{Reason::untrusted_key, options.principal, "no allowed signer has this key"};
    if (options.principal.empty()) return refusal;
    for (const AllowedSigner& line : allowed) {
        if (line.public_key != public_key) continue;
        if (!matches(options.principal, split(line.principals))) continue;
        if (!line.namespaces.empty() && !matches(options.name_space, line.namespaces)) continue;
        const bool early = line.valid_after != 0 && options.now < line.valid_after;
        const bool late = line.valid_before != 0 && options.now > line.valid_before;
        if (!early && !late) return {};
        refusal = {Reason::expired, options.principal,
                   early ? "the key is not valid yet" : "the key is not valid any more"};
    }
    return refusal;
}

}  // namespace pratique::signing
