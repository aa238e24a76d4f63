#include "formats/onnx/walk.h"

#include <algorithm>
#include <array>

#include "formats/protobuf/nesting.h"

namespace pratique::onnx {
namespace {

using protobuf::Message;

struct Nesting {
    Kind message;
    std::uint32_t field;
    Kind holds;
};

constexpr auto kNestings = std::to_array<Nesting>({
    {Kind::model, 7, Kind::graph},         {Kind::model, 8, Kind::opset},
    {Kind::model, 14, Kind::property},     {Kind::model, 20, Kind::training},
    {Kind::model, 25, Kind::function},     {Kind::graph, 1, Kind::node},
    {Kind::graph, 5, Kind::tensor},        {Kind::graph, 11, Kind::value},
    {Kind::graph, 12, Kind::value},        {Kind::graph, 13, Kind::value},
    {Kind::graph, 15, Kind::sparse},       {Kind::graph, 16, Kind::property},
    {Kind::node, 5, Kind::attribute},      {Kind::node, 9, Kind::property},
    {Kind::attribute, 5, Kind::tensor},    {Kind::attribute, 6, Kind::graph},
    {Kind::attribute, 10, Kind::tensor},   {Kind::attribute, 11, Kind::graph},
    {Kind::attribute, 22, Kind::sparse},   {Kind::attribute, 23, Kind::sparse},
    {Kind::function, 7, Kind::node},       {Kind::function, 9, Kind::opset},
    {Kind::function, 11, Kind::attribute}, {Kind::function, 12, Kind::value},
    {Kind::function, 14, Kind::property},  {Kind::training, 1, Kind::graph},
    {Kind::training, 2, Kind::graph},      {Kind::container, 3, Kind::tensor},
    {Kind::container, 4, Kind::sparse},    {Kind::container, 5, Kind::container},
    {Kind::container, 6, Kind::container}, {Kind::container, 7, Kind::container},
});

constexpr std::uint64_t bits(std::initializer_list<int> fields) {
    std::uint64_t out = 0;
    for (const int field : fields) out |= std::uint64_t{1} << field;
    return out;
}

/// A message that the walk goes into, and the fields that it may have once.
struct Entered {
    Kind kind;
    std::uint64_t singular;
};

constexpr auto kEntered = std::to_array<Entered>({
    {Kind::model, bits({1, 2, 3, 4, 5, 6, 7})},
    {Kind::graph, bits({2, 10})},
    {Kind::node, bits({3, 4, 6, 7, 8})},
    {Kind::attribute, bits({1, 2, 3, 4, 5, 6, 13, 14, 20, 21, 22})},
    {Kind::function, bits({1, 8, 10, 13})},
    {Kind::training, bits({1, 2})},
    {Kind::container, bits({1, 2})},
});

const Entered* entered(Kind kind) {
    const auto* found = std::ranges::find(kEntered, kind, &Entered::kind);
    return found == kEntered.end() ? nullptr : found;
}

}  // namespace

Kind kind_in(Kind message, std::uint32_t field) {
    const auto found = std::ranges::find_if(kNestings, [&](const Nesting& nesting) {
        return nesting.message == message && nesting.field == field;
    });
    return found == kNestings.end() ? Kind::none : found->holds;
}

Result<std::optional<Step>> Walk::next() {
    if (frames_.empty()) return std::optional<Step>{};
    Frame& frame = frames_.back();
    Step out;
    out.in = frame.kind;
    const auto field = TRY(frame.message.next());
    if (!field) {
        out.what = Step::What::leave;
        frames_.pop_back();
        return std::optional{out};
    }
    out.field = *field;
    const bool is_bytes = field->wire == protobuf::Wire::bytes;
    out.holds = is_bytes ? kind_in(frame.kind, field->number) : Kind::none;
    if (field->number < 64) {
        const std::uint64_t bit = std::uint64_t{1} << field->number;
        out.again = (frame.seen & entered(frame.kind)->singular & bit) != 0;
        frame.seen |= bit;
    }
    if (entered(out.holds) == nullptr) return std::optional{out};
    if (frames_.size() >= protobuf::kMostNesting) return Error{Errc::limit_depth, field->at};
    out.what = Step::What::enter;
    const Message inner = TRY(Message::in(*field));
    frames_.push_back({out.holds, inner, 0});
    return std::optional{out};
}

}  // namespace pratique::onnx
