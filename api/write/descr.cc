#include "api/write/descr.h"

#include <algorithm>

#include "base/text.h"

namespace pratique::api {
namespace {

/// Records in records; the loader lets sixteen through.
constexpr unsigned kMostNesting = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_unit(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// Reads what it is asked for; false if something else stands there.
class Descr {
public:
    explicit Descr(std::string_view text) : rest_(text) {}

    bool whole() { return type(0) && rest_.empty(); }

private:
    bool skip(std::string_view token) {
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }

    template <class Is>
    bool skip_all(Is is) {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is);
        const auto count = static_cast<std::size_t>(end - rest_.begin());
        rest_.remove_prefix(count);
        return count != 0;
    }

    // NOLINTNEXTLINE(misc-no-recursion): kMostNesting bounds it
    bool type(unsigned nesting) {
        if (nesting > kMostNesting) return false;
        if (!skip("[")) return skip("'") && code() && skip("'");
        if (skip("]")) return true;
        do {
            if (!entry(nesting)) return false;
        } while (skip(", "));
        return skip("]");
    }

    // NOLINTNEXTLINE(misc-no-recursion): see type()
    bool entry(unsigned nesting) {
        if (!skip("(") || !name() || !skip(", ") || !type(nesting + 1)) return false;
        return skip(")") || (skip(", ") && shape() && skip(")"));
    }

    bool name() {
        if (!skip("(")) return literal();
        return literal() && skip(", ") && literal() && skip(")");
    }

    bool code() {
        constexpr std::string_view kLetters = "biufcmMSUV";
        if (!skip("<") && !skip("|")) return false;
        if (rest_.empty() || kLetters.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        if (!skip_all(is_digit)) return false;
        return !skip("[") || (skip_all(is_unit) && skip("]"));
    }

    bool shape() {
        if (!skip("(")) return false;
        if (skip(")")) return true;
        if (!skip_all(is_digit)) return false;
        if (skip(",)")) return true;
        while (skip(", ")) {
            if (!skip_all(is_digit)) return false;
        }
        return skip(")");
    }

    /// A text between quotes, on one line.
    bool literal() {
        if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) return false;
        std::size_t at = 1;
        while (at < rest_.size() && rest_[at] != rest_.front()) at += rest_[at] == '\\' ? 2U : 1U;
        if (at >= rest_.size() || !is_printable(rest_.substr(0, at))) return false;
        rest_.remove_prefix(at + 1);
        return true;
    }

    std::string_view rest_;
};

}  // namespace

bool is_plain_descr(std::string_view descr) { return Descr(descr).whole(); }

}  // namespace pratique::api
