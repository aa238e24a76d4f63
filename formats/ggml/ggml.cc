#include "formats/ggml/ggml.h"

#include <algorithm>
#include <span>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::ggml {
namespace {

/// Where the number of words comes from that is no hyperparameter.
constexpr std::size_t kOwnCount = 99;
constexpr std::size_t kNone = 98;

struct Layout {
    std::string_view name;
    std::string_view magic;
    std::size_t parameters;
    /// The hyperparameter that says how many words there are, kOwnCount, or kNone.
    std::size_t words;
    bool scores = false;
    bool padded = false;
    bool filters = false;
    bool window = false;
    /// Hyperparameters of audio models that do not only size things: 2 * (columns - 1) is the one,
    /// and the other counts numbers behind the window.
    std::size_t transform = kNone;
    std::size_t durations = kNone;
};

constexpr auto kLayouts = std::to_array<Layout>({
    {.name = "llama", .magic = "lmgg", .parameters = 7, .words = 0},
    {.name = "llama", .magic = "fmgg", .parameters = 7, .words = 0, .scores = true},
    {.name = "llama", .magic = "tjgg", .parameters = 7, .words = 0, .scores = true, .padded = true},
    {.name = "lora", .magic = "algg", .parameters = 2, .words = kNone, .padded = true},
    {.name = "gpt-2", .magic = "lmgg", .parameters = 6, .words = kOwnCount},
    {.name = "gpt-j", .magic = "lmgg", .parameters = 7, .words = kOwnCount},
    {.name = "gpt-neox", .magic = "lmgg", .parameters = 8, .words = 0},
    {.name = "mpt", .magic = "lmgg", .parameters = 8, .words = 4},
    {.name = "whisper", .magic = "lmgg", .parameters = 11, .words = kOwnCount, .filters = true},
    {.name = "parakeet",
     .magic = "lmgg",
     .parameters = 15,
     .words = kOwnCount,
     .filters = true,
     .window = true,
     .transform = 7,
     .durations = 13},
});

struct TypeRow {
    std::uint32_t id;
    std::uint32_t elements;
    std::uint32_t bytes;
};

// Scales had 32 bits until May 2023 ("tjgg" 3, or a thousand in the file's type).
constexpr auto kTypes = std::to_array<TypeRow>({
    {0, 1, 4},      {1, 1, 2},      {2, 32, 18},    {3, 32, 20},    {6, 32, 22},
    {7, 32, 24},    {8, 32, 34},    {9, 32, 36},    {10, 256, 84},  {11, 256, 110},
    {12, 256, 144}, {13, 256, 176}, {14, 256, 210}, {15, 256, 292}, {16, 1, 1},
    {17, 1, 2},     {18, 1, 4},     {24, 1, 1},     {25, 1, 2},     {26, 1, 4},
});
constexpr auto kOlderTypes = std::to_array<TypeRow>({
    {0, 1, 4},
    {1, 1, 2},
    {2, 32, 20},
    {3, 32, 24},
    {4, 16, 10},
    {5, 16, 12},
    {6, 32, 22},
    {7, 32, 24},
    {8, 32, 36},
    {9, 32, 40},
    {16, 1, 1},
    {17, 1, 2},
    {18, 1, 4},
});

class Parser {
public:
    Parser(Bytes bytes, const Layout& layout, std::span<const TypeRow> types)
        : in_(bytes), layout_(layout), types_(types) {}

    std::uint64_t offset() const { return in_.offset(); }

    Status read(File& out) {
        out.layout = layout_.name;
        TRY(in_.skip(4));
        if (layout_.magic != "lmgg") TRY(read_version(out));
        for (std::size_t i = 0; i < layout_.parameters; ++i) parameters_.at(i) = TRY(number());
        if (layout_.filters) TRY(read_filters());
        if (layout_.window) TRY(skip_numbers(TRY(number())));
        if (layout_.durations != kNone) TRY(skip_numbers(parameters_.at(layout_.durations)));
        if (layout_.words != kNone) TRY(read_words(out));
        do TRY(read_tensor(out));
        while (!in_.at_end());
        return check_names(out);
    }

private:
    Status read_version(File& out) {
        const std::uint64_t at = in_.offset();
        out.version = TRY(in_.le<std::uint32_t>());
        const std::uint32_t newest = layout_.magic == "tjgg" ? 3 : 1;
        if (out.version == 0 || out.version > newest) return Error{Errc::unsupported, at};
        return {};
    }

    /// An i32 that counts or measures something.
    Result<std::uint32_t> number() {
        const std::uint64_t at = in_.offset();
        const auto value = TRY(in_.le<std::uint32_t>());
        if (value > INT32_MAX) return Error{Errc::negative_length, at};
        return value;
    }

    Status skip_numbers(std::uint64_t count) { return in_.skip(count * sizeof(float)); }

    Status read_filters() {
        const std::uint64_t at = in_.offset();
        const std::uint64_t rows = TRY(number());
        const std::uint64_t columns = TRY(number());
        if (layout_.transform != kNone) {
            const std::uint64_t transform = parameters_.at(layout_.transform);
            if (transform == 0 || transform / 2 + 1 != columns) return Error{Errc::bad_header, at};
        }
        const std::uint64_t count = TRY(checked_mul(rows, columns, at));
        if (count > in_.left() / sizeof(float)) return Error{Errc::truncated, at};
        return skip_numbers(count);
    }

    Status read_words(File& out) {
        const std::uint64_t at = in_.offset();
        out.words = layout_.words == kOwnCount ? TRY(number()) : parameters_.at(layout_.words);
        const std::uint64_t score = layout_.scores ? sizeof(float) : 0;
        if (out.words > in_.left() / (sizeof(std::uint32_t) + score)) {
            return Error{Errc::truncated, at};
        }
        for (std::uint32_t i = 0; i < out.words; ++i) {
            const std::uint64_t length = TRY(number());
            TRY(in_.skip(length + score));
        }
        return {};
    }

    Status read_tensor(File& out) {
        Tensor tensor;
        tensor.offset = in_.offset();
        if (out.tensors.size() == kMostTensors) return Error{Errc::limit_members, tensor.offset};
        tensor.dimensions = TRY(number());
        const std::uint32_t length = TRY(number());
        const std::uint64_t at_type = in_.offset();
        tensor.type = TRY(number());
        if (tensor.dimensions > kMostDimensions) return Error{Errc::limit_rank, tensor.offset};
        if (length == 0 || length > kLongestName) return Error{Errc::bad_name, tensor.offset};
        tensor.sizes.fill(1);
        for (std::uint32_t i = 0; i < tensor.dimensions; ++i) tensor.sizes.at(i) = TRY(number());
        tensor.name = text(TRY(in_.take(length)));
        TRY(measure(tensor, at_type));
        if (layout_.padded) TRY(in_.skip((32 - in_.offset() % 32) % 32));
        tensor.begin = in_.offset();
        TRY(in_.skip(tensor.bytes));
        out.tensors.push_back(tensor);
        return {};
    }

    Status measure(Tensor& tensor, std::uint64_t at_type) const {
        const auto row = std::find_if(types_.begin(), types_.end(),
                                      [&](const TypeRow& r) { return r.id == tensor.type; });
        if (row == types_.end()) return Error{Errc::unknown_dtype, at_type};
        if (tensor.sizes[0] % row->elements != 0) return Error{Errc::size_mismatch, tensor.offset};
        std::uint64_t count = 1;
        for (const std::uint64_t size : tensor.sizes) {
            count = TRY(checked_mul(count, size, tensor.offset));
        }
        tensor.bytes =
            TRY(checked_mul(count / row->elements, std::uint64_t{row->bytes}, tensor.offset));
        return {};
    }

    static Status check_names(const File& out) {
        std::vector<const Tensor*> order;
        for (const Tensor& tensor : out.tensors) order.push_back(&tensor);
        std::sort(order.begin(), order.end(), [](const Tensor* a, const Tensor* b) {
            return a->name != b->name ? a->name < b->name : a->offset < b->offset;
        });
        const auto twice =
            std::adjacent_find(order.begin(), order.end(),
                               [](const Tensor* a, const Tensor* b) { return a->name == b->name; });
        if (twice == order.end()) return {};
        return Error{Errc::duplicate_key, (*std::next(twice))->offset};
    }

    Reader in_;
    const Layout& layout_;
    std::span<const TypeRow> types_;
    std::array<std::uint32_t, 16> parameters_{};
};

}  // namespace

bool recognise(Bytes bytes) {
    return std::any_of(kLayouts.begin(), kLayouts.end(),
                       [&](const Layout& layout) { return starts_with(bytes, layout.magic); });
}

File read(Bytes bytes) {
    File best;
    best.error = Error{Errc::bad_magic, 0};
    std::uint64_t furthest = 0;
    for (const Layout& layout : kLayouts) {
        if (!starts_with(bytes, layout.magic)) continue;
        for (const auto types :
             {std::span<const TypeRow>(kTypes), std::span<const TypeRow>(kOlderTypes)}) {
            Parser parser(bytes, layout, types);
            File file;
            const Status status = parser.read(file);
            if (status) return file;
            if (parser.offset() <= furthest) continue;
            furthest = parser.offset();
            file.error = status.error();
            best = std::move(file);
        }
    }
    return best;
}

}  // namespace pratique::ggml
