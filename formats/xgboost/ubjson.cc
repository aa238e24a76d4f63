// Universal Binary JSON, walked to its last byte: XGBoost's own reader recurses, and makes room for
// whatever length it reads.
#include <vector>

#include "base/checked.h"
#include "base/reader.h"
#include "formats/xgboost/xgboost.h"

namespace pratique::xgboost {
namespace {

/// XGBoost's own reader recurses without looking; its models are eight deep.
constexpr std::size_t kMostDepth = 512;

/// Bytes of a number or a constant; nothing for what has a length.
std::optional<std::uint64_t> size_of(char type) {
    switch (type) {
        case 'Z':
        case 'N':
        case 'T':
        case 'F': return 0;
        case 'i':
        case 'U':
        case 'C': return 1;
        case 'I': return 2;
        case 'l':
        case 'd': return 4;
        case 'L':
        case 'D': return 8;
        default: return std::nullopt;
    }
}

/// A list or an object whose end was not reached.
struct Open {
    bool object = false;
    std::optional<std::uint64_t> left;  // where the number of items was said
};

class Walk {
public:
    explicit Walk(Bytes bytes) : in_(bytes) {}

    Result<Model> run() {
        if (TRY(marker()) != '{') return Error{Errc::bad_header, 0};
        TRY(open(true));
        while (!open_.empty()) TRY(step());
        return Model{in_.offset(), {}};
    }

    Result<Bytes> first_key() {
        TRY(marker());
        return in_.take(TRY(length()));
    }

private:
    Result<char> marker() { return static_cast<char>(TRY(in_.u8())); }
    bool comes(std::string_view text) { return starts_with(in_.rest(), text); }

    Result<std::uint64_t> length() {
        const std::uint64_t at = in_.offset();
        std::uint64_t number = 0;
        switch (TRY(marker())) {
            case 'i':
            case 'U': number = TRY(in_.u8()); break;
            case 'I': number = TRY(in_.be<std::uint16_t>()); break;
            case 'l': number = TRY(in_.be<std::uint32_t>()); break;
            case 'L': number = TRY(in_.be<std::uint64_t>()); break;
            default: return Error{Errc::bad_header, at};
        }
        if (number > INT64_MAX) return Error{Errc::negative_length, at};
        return number;
    }

    Status step() {
        Open& inner = open_.back();
        const bool done = inner.left ? *inner.left == 0 : comes(inner.object ? "}" : "]");
        if (done) {
            if (!inner.left) TRY(in_.skip(1));
            open_.pop_back();
            return {};
        }
        if (inner.left) --*inner.left;
        if (inner.object) TRY(in_.skip(TRY(length())));
        return value();
    }

    Status value() {
        const std::uint64_t at = in_.offset();
        const char type = TRY(marker());
        if (const auto size = size_of(type)) return in_.skip(*size);
        if (type == 'S') return in_.skip(TRY(length()));
        if (type != '{' && type != '[') return Error{Errc::bad_header, at};
        return open(type == '{');
    }

    Status open(bool object) {
        const std::uint64_t at = in_.offset();
        if (open_.size() >= kMostDepth) return Error{Errc::limit_depth, at};
        if (comes("$")) return typed();
        Open next{object, {}};
        if (comes("#")) {
            TRY(in_.skip(1));
            next.left = TRY(length());
            // Each takes a byte at least.
            if (*next.left > in_.left()) return Error{Errc::truncated, at};
        }
        open_.push_back(next);
        return {};
    }

    /// Numbers of one type, one after the other.
    Status typed() {
        const std::uint64_t at = in_.offset();
        TRY(in_.skip(1));
        const auto size = size_of(TRY(marker()));
        if (!size || !comes("#")) return Error{Errc::bad_header, at};
        TRY(in_.skip(1));
        return in_.skip(TRY(checked_mul(TRY(length()), *size, at)));
    }

    Reader in_;
    std::vector<Open> open_;
};

}  // namespace

bool recognise_ubjson(Bytes bytes) {
    if (!starts_with(bytes, "{")) return false;
    const auto key = Walk(bytes).first_key();
    if (!key) return false;
    const std::string_view name = text(*key);
    return name == "learner" || name == "version" || name == "Config" || name == "Model";
}

Result<Model> read_ubjson(Bytes bytes) { return Walk(bytes).run(); }

}  // namespace pratique::xgboost
