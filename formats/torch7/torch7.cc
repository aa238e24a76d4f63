#include "formats/torch7/torch7.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::torch7 {
namespace {

enum Type : std::uint32_t {
    kNil = 0,
    kNumber = 1,
    kText = 2,
    kTable = 3,
    kTorch = 4,
    kTruth = 5,
    kPlainFunction = 6,
    kOldFunction = 7,
    kFunction = 8,
};

constexpr std::uint64_t kMostDimensions = 64;
constexpr std::size_t kLongestClass = 256;

struct Element {
    std::string_view name;  // of the class, between "torch." and "Tensor" or "Storage"
    std::uint64_t bytes;
};
constexpr auto kElements = std::to_array<Element>({
    {"Byte", 1},
    {"Char", 1},
    {"Short", 2},
    {"Int", 4},
    {"Long", 8},
    {"Float", 4},
    {"Double", 8},
    {"Half", 2},
    {"Cuda", 4},
    {"CudaByte", 1},
    {"CudaChar", 1},
    {"CudaShort", 2},
    {"CudaInt", 4},
    {"CudaLong", 8},
    {"CudaDouble", 8},
    {"CudaHalf", 2},
});

/// Bytes of an element, if the class is "torch." + a name of kElements + `what`.
std::uint64_t element_of(std::string_view cls, std::string_view what) {
    constexpr std::string_view kModule = "torch.";
    if (!cls.starts_with(kModule) || !cls.ends_with(what)) return 0;
    cls.remove_prefix(kModule.size());
    cls.remove_suffix(what.size());
    const auto found = std::ranges::find(kElements, cls, &Element::name);
    return found == kElements.end() ? 0 : found->bytes;
}

bool is_class_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestClass &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

class Walk {
public:
    explicit Walk(Bytes bytes) : in_(bytes) {}

    Archive run() {
        const Status done = walk();
        if (!done) out_.error = done.error();
        out_.end = in_.offset();
        return std::move(out_);
    }

private:
    Status walk() {
        TRY(expect(1));
        while (!open_.empty()) {
            if (open_.back() == 0) {
                open_.pop_back();
                continue;
            }
            --open_.back();
            TRY(object());
        }
        return {};
    }

    /// That many objects come next, and then what was open before.
    Status expect(std::uint64_t objects) {
        if (open_.size() >= kMostDepth) return Error{Errc::limit_depth, in_.offset()};
        // Each takes four bytes at least.
        if (objects > in_.left() / 4 + 1) return Error{Errc::truncated, in_.offset()};
        open_.push_back(objects);
        return {};
    }

    Result<std::uint64_t> count() {
        const std::uint64_t at = in_.offset();
        const std::uint32_t number = TRY(in_.le<std::uint32_t>());
        if (number > INT32_MAX) return Error{Errc::negative_length, at};
        return std::uint64_t{number};
    }

    Result<std::uint64_t> long_count() {
        const std::uint64_t at = in_.offset();
        const auto number = TRY(in_.le<std::uint64_t>());
        if (number > INT64_MAX) return Error{Errc::negative_length, at};
        return number;
    }

    Status object() {
        const std::uint64_t at = in_.offset();
        switch (TRY(in_.le<std::uint32_t>())) {
            case kNil: return {};
            case kNumber: return in_.skip(8);
            case kText: return in_.skip(TRY(count()));
            case kTruth: return in_.skip(4);
            case kPlainFunction: return function(at);
            case kOldFunction:
            case kFunction: return TRY(is_new()) ? function(at) : Status{};
            case kTable: return TRY(is_new()) ? table() : Status{};
            case kTorch: return TRY(is_new()) ? torch_object() : Status{};
            default: return Error{Errc::bad_header, at};
        }
    }

    /// False for the number of an object that was there before.
    Result<bool> is_new() {
        const auto number = TRY(in_.le<std::uint32_t>());
        if (known_.size() >= kMostObjects) return Error{Errc::limit_nodes, in_.offset()};
        return known_.insert(number).second;
    }

    Status function(std::uint64_t at) {
        if (out_.functions.size() >= kMostFunctions) return Error{Errc::limit_members, at};
        out_.functions.push_back({TRY(in_.take(TRY(count()))), at});
        return expect(1);
    }

    Status table() {
        const std::uint64_t pairs = TRY(count());
        return expect(2 * pairs);
    }

    Status torch_object() {
        const std::uint64_t at = in_.offset();
        std::string_view name = text(TRY(in_.take(TRY(count()))));
        // Before versions, the class stood here.
        if (name.starts_with("V ")) name = text(TRY(in_.take(TRY(count()))));
        if (!is_class_name(name)) return Error{Errc::bad_text, at};
        if (element_of(name, "Tensor") != 0) return tensor();
        if (const auto bytes = element_of(name, "Storage")) return storage(bytes);
        if (name == "tds.Vec") return expect(TRY(long_count()));
        if (name == "tds.Hash") {
            const std::uint64_t pairs = TRY(long_count());
            return expect(saturating_mul(pairs, std::uint64_t{2}));
        }
        return expect(1);
    }

    Status tensor() {
        const std::uint64_t at = in_.offset();
        const std::uint64_t dimensions = TRY(count());
        if (dimensions > kMostDimensions) return Error{Errc::limit_rank, at};
        TRY(in_.skip(dimensions * 2 * 8 + 8));
        return expect(1);
    }

    Status storage(std::uint64_t element) {
        const std::uint64_t at = in_.offset();
        return in_.skip(TRY(checked_mul(TRY(long_count()), element, at)));
    }

    Reader in_;
    Archive out_;
    std::vector<std::uint64_t> open_;  // objects still to come, innermost last
    std::unordered_set<std::uint32_t> known_;
};

/// A class's version or name, or the byte code of a function, right behind the number.
bool has_head(Bytes bytes, std::uint32_t type) {
    Reader in(from(bytes, 8));
    const auto length = in.le<std::uint32_t>();
    if (!length || *length > bytes.size()) return false;
    const std::string_view head = text(slice(in.rest(), 0, *length));
    if (type == kTorch) {
        return is_class_name(head) || (head.starts_with("V ") && head.size() <= 8);
    }
    return head.starts_with("\x1bLua") || head.starts_with("\x1bLJ");
}

}  // namespace

bool recognise(Bytes bytes) {
    Reader in(bytes);
    const auto type = in.le<std::uint32_t>();
    const auto number = in.le<std::uint32_t>();
    if (!type || !number) return false;
    if (*type == kTorch || *type == kFunction || *type == kOldFunction) {
        return *number >= 1 && has_head(bytes, *type);
    }
    // A table has little of its own: all of it must be one.
    if (*type != kTable || *number != 1) return false;
    const Archive archive = read(bytes);
    return !archive.error && archive.end == bytes.size();
}

Archive read(Bytes bytes) { return Walk(bytes).run(); }

}  // namespace pratique::torch7
