#include "formats/lightgbm/lightgbm.h"

#include <algorithm>
#include <charconv>

#include "base/reader.h"

namespace pratique::lightgbm {
namespace {

class Walk {
public:
    explicit Walk(Bytes bytes) : in_(bytes) {}

    Result<Model> run() {
        for (;;) {
            const std::uint64_t at = in_.offset();
            const auto line = in_.line();
            if (!line) return Error{Errc::truncated, at};
            std::string_view content = text(*line);
            if (content.ends_with('\r')) content.remove_suffix(1);
            if (content == "end of trees") return model_;
            TRY(read_line(content, at));
        }
    }

private:
    Status read_line(std::string_view line, std::uint64_t at) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) return {};
        const std::string_view key = line.substr(0, equals);
        const std::string_view value = line.substr(equals + 1);
        if (key == "Tree") {
            ++model_.trees;
            leaves_.reset();
        } else if (key == "max_feature_idx") {
            features_ = 1 + TRY(integer(value, at));
        } else if (key == "num_leaves") {
            leaves_ = TRY(integer(value, at));
        } else if (key == "split_feature") {
            return check_numbers(value, at, 0, features_);
        } else if (key == "left_child" || key == "right_child") {
            return check_numbers(value, at, -leaves_.value_or(0), leaves_.value_or(0) - 1);
        }
        return {};
    }

    static Result<std::int64_t> integer(std::string_view word, std::uint64_t at) {
        std::int32_t number = 0;
        const auto [end, failed] = std::from_chars(word.begin(), word.end(), number);
        if (failed != std::errc{} || end != word.end()) return Error{Errc::bad_number, at};
        return std::int64_t{number};
    }

    /// One for each split, from `least` up to but not including `end`.
    Status check_numbers(std::string_view list, std::uint64_t at, std::int64_t least,
                         std::int64_t end) {
        if (!leaves_) return Error{Errc::missing_record, at};
        std::int64_t count = 0;
        while (!list.empty()) {
            const auto length = std::min(list.find(' '), list.size());
            const std::string_view word = list.substr(0, length);
            list.remove_prefix(std::min(length + 1, list.size()));
            if (word.empty()) continue;
            const std::int64_t number = TRY(integer(word, at));
            if (number < least || number >= end) stray(at);
            ++count;
        }
        // A tree of a single leaf has no splits, or one that is not used.
        if (*leaves_ > 1 && count < *leaves_ - 1) stray(at);
        return {};
    }

    void stray(std::uint64_t at) {
        const bool is_used = !leaves_ || *leaves_ > 1;
        if (!model_.stray && is_used) model_.stray = at;
    }

    Reader in_;
    Model model_;
    std::int64_t features_ = INT32_MAX;
    std::optional<std::int64_t> leaves_;
};

}  // namespace

bool recognise(Bytes bytes) { return starts_with(bytes, "tree\nversion=v"); }

Result<Model> read(Bytes bytes) { return Walk(bytes).run(); }

}  // namespace pratique::lightgbm
