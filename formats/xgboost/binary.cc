// The old binary form: parameters, trees, and what is said about them, as they lay in memory.
#include <algorithm>

#include "base/checked.h"
#include "base/reader.h"
#include "formats/xgboost/xgboost.h"

namespace pratique::xgboost {
namespace {

constexpr std::string_view kMagic = "binf";
constexpr std::uint64_t kParameters = 136;
constexpr std::uint64_t kLongestName = 256;
constexpr std::uint32_t kNoChild = UINT32_MAX;

bool is_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == ':' || c == '_' || c == '-' || c == '@';
    });
}

class Walk {
public:
    explicit Walk(Bytes bytes) : in_(bytes) {}

    Result<Model> run() {
        TRY(read_head());
        if (booster_ == "gblinear") {
            TRY(in_.skip(kParameters));
            TRY(floats());
        } else {
            TRY(read_trees());
            if (booster_ == "dart") TRY(floats());
        }
        if (has_attributes_) TRY(texts(2));
        if (has_metrics_) TRY(texts(1));
        return Model{in_.offset(), stray_};
    }

    Status read_head() {
        if (starts_with(in_.rest(), kMagic)) TRY(in_.skip(kMagic.size()));
        Reader head = TRY(in_.sub(kParameters));
        TRY(head.skip(4));
        features_ = TRY(head.le<std::uint32_t>());
        TRY(head.skip(4));
        has_attributes_ = TRY(head.le<std::uint32_t>()) != 0;
        has_metrics_ = TRY(head.le<std::uint32_t>()) != 0;
        TRY(name());
        booster_ = TRY(name());
        const bool known = booster_ == "gbtree" || booster_ == "gblinear" || booster_ == "dart";
        return known ? Status{} : Error{Errc::bad_text, in_.offset()};
    }

private:
    Result<std::string_view> name() {
        const std::uint64_t at = in_.offset();
        const auto length = TRY(in_.le<std::uint64_t>());
        if (length > kLongestName) return Error{Errc::bad_text, at};
        const std::string_view out = text(TRY(in_.take(length)));
        if (!is_name(out)) return Error{Errc::bad_text, at};
        return out;
    }

    Status floats() {
        const std::uint64_t at = in_.offset();
        const auto count = TRY(in_.le<std::uint64_t>());
        return in_.skip(TRY(checked_mul(count, std::uint64_t{4}, at)));
    }

    Status texts(std::uint64_t each) {
        const auto count = TRY(in_.le<std::uint64_t>());
        for (std::uint64_t i = 0; i < count; ++i) {
            for (std::uint64_t k = 0; k < each; ++k) {
                TRY(in_.skip(TRY(in_.le<std::uint64_t>())));
            }
        }
        return {};
    }

    Status read_trees() {
        constexpr std::uint64_t kSize = 160;
        Reader head = TRY(in_.sub(kSize));
        const std::uint64_t trees = TRY(head.le<std::uint32_t>());
        if (trees > INT32_MAX) return Error{Errc::negative_length, in_.offset() - kSize};
        for (std::uint64_t i = 0; i < trees; ++i) TRY(read_tree());
        return in_.skip(4 * trees);
    }

    Status read_tree() {
        constexpr std::uint64_t kSize = 148;
        const std::uint64_t at = in_.offset();
        Reader head = TRY(in_.sub(kSize));
        TRY(head.skip(4));
        const std::uint64_t nodes = TRY(head.le<std::uint32_t>());
        TRY(head.skip(4 + 4 + 4));
        const auto leaf_vector = TRY(head.le<std::uint32_t>());
        if (nodes > INT32_MAX) return Error{Errc::negative_length, at + 4};
        if (leaf_vector > 1) return Error{Errc::unsupported, at + 20};
        Reader all = TRY(in_.sub(20 * nodes));
        for (std::uint64_t i = 0; i < nodes; ++i) TRY(read_node(all, nodes));
        return in_.skip(16 * nodes);
    }

    Status read_node(Reader& in, std::uint64_t nodes) {
        const std::uint64_t at = in.offset();
        TRY(in.skip(4));
        const auto left = TRY(in.le<std::uint32_t>());
        const auto right = TRY(in.le<std::uint32_t>());
        const auto feature = TRY(in.le<std::uint32_t>()) & 0x7fff'ffff;
        TRY(in.skip(4));
        const bool is_leaf = left == kNoChild;
        const bool inside = is_leaf || (left < nodes && right < nodes && feature < features_);
        if (!inside && !stray_) stray_ = at;
        return {};
    }

    Reader in_;
    std::string_view booster_;
    std::uint32_t features_ = 0;
    bool has_attributes_ = false;
    bool has_metrics_ = false;
    std::optional<std::uint64_t> stray_;
};

}  // namespace

bool recognise_binary(Bytes bytes) {
    return starts_with(bytes, kMagic) || static_cast<bool>(Walk(bytes).read_head());
}

Result<Model> read_binary(Bytes bytes) { return Walk(bytes).run(); }

}  // namespace pratique::xgboost
