#include "formats/executorch/program.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/checked.h"

namespace pratique::executorch {
namespace {

using flatbuffers::Table;
using flatbuffers::Vector;

constexpr std::uint64_t kHeaderAt = 8;
constexpr std::size_t kMostAstray = 1'000;

template <class Use>
Status each(const Table& table, std::uint32_t field, Use use) {
    const std::optional<Vector> vector = TRY(table.references(field));
    for (std::uint32_t i = 0; vector && i < vector->size(); ++i) {
        const Table element = TRY(vector->table(i));
        TRY(use(element));
    }
    return {};
}

Result<std::uint64_t> count(const Table& table, std::uint32_t field) {
    const std::optional<Vector> vector = TRY(table.references(field));
    return std::uint64_t{vector ? vector->size() : 0};
}

/// How many of what there is, for the references of one plan.
struct Counts {
    std::uint64_t values = 0;
    std::uint64_t operators = 0;
    std::uint64_t delegates = 0;
    std::uint64_t instructions = 0;
};

/// Fields of the five kinds of instructions, in the order of their union from 1 on.
struct InstructionField {
    std::uint32_t field;
    std::string_view what;
    std::uint64_t Counts::*count;
};
constexpr InstructionField kNoField{0, {}, nullptr};
constexpr auto kInstructions = std::to_array<std::array<InstructionField, 2>>({
    {{{0, "operator", &Counts::operators}, kNoField}},                             // KernelCall
    {{{0, "delegate", &Counts::delegates}, kNoField}},                             // DelegateCall
    {{{0, "value", &Counts::values}, {1, "value", &Counts::values}}},              // MoveCall
    {{{0, "value", &Counts::values}, {1, "instruction", &Counts::instructions}}},  // JumpFalseCall
    {{{0, "value", &Counts::values}, kNoField}},                                   // FreeCall
});
constexpr std::uint8_t kKernelCall = 1;
constexpr std::uint8_t kDelegateCall = 2;
constexpr std::uint8_t kTensor = 5;  // of EValue

class ProgramReader {
public:
    explicit ProgramReader(Bytes bytes) : bytes_(bytes) {}

    Result<Program> read_program() {
        TRY(read_header());
        const Table root = TRY(Table::root(bytes_));
        TRY(read_segments(root, 4));
        buffers_ = TRY(count(root, 2));
        inline_data_ = TRY(root.references(3));
        TRY(read_constant_segment(root));
        TRY(each(root, 6, [&](const Table& part) { return read_part(part, "segment", 0); }));
        TRY(each(root, 7, [&](const Table& part) { return read_part(part, "segment", 1); }));
        TRY(each(root, 1, [&](const Table& plan) { return read_plan(plan); }));
        return std::move(out_);
    }

    Result<Program> read_tensors() {
        Reader in(from(bytes_, kHeaderAt), kHeaderAt);
        const Bytes magic = TRY(in.take(4));
        if (text(magic) != "FH01") return Error{Errc::bad_header, kHeaderAt};
        TRY(in.le<std::uint32_t>());
        TRY(in.le<std::uint64_t>());
        TRY(in.le<std::uint64_t>());
        base_ = TRY(in.le<std::uint64_t>());
        out_.end = saturating_add(base_, TRY(in.le<std::uint64_t>()));
        const Table root = TRY(Table::root(bytes_));
        TRY(read_segments(root, 1));
        TRY(each(root, 2, [&](const Table& part) { return read_part(part, "segment", 1); }));
        return std::move(out_);
    }

private:
    /// Older programs have none, and no segments then.
    Status read_header() {
        constexpr std::uint32_t kWithSegmentSize = 32;
        if (!starts_with(from(bytes_, kHeaderAt), "eh00")) return {};
        Reader in(from(bytes_, kHeaderAt + 4), kHeaderAt + 4);
        const std::uint32_t length = TRY(in.le<std::uint32_t>());
        if (length < 24) return Error{Errc::bad_header, kHeaderAt + 4};
        const std::uint64_t program = TRY(in.le<std::uint64_t>());
        base_ = TRY(in.le<std::uint64_t>());
        out_.end = program;
        if (length >= kWithSegmentSize && base_ != 0) {
            out_.end = std::max(program, saturating_add(base_, TRY(in.le<std::uint64_t>())));
        }
        return {};
    }

    void refer(std::string_view what, std::int64_t index, std::uint64_t there_are,
               std::uint64_t at) {
        const Reference reference{what, index, there_are, at};
        const bool room = out_.astray.size() < kMostAstray;
        if (room && reference.leads_to_nothing()) out_.astray.push_back(reference);
    }

    Status read_segments(const Table& root, std::uint32_t field) {
        return each(root, field, [&](const Table& table) -> Status {
            Segment out;
            out.at = table.at();
            out.offset = saturating_add(base_, TRY(table.number<std::uint64_t>(0)));
            out.size = TRY(table.number<std::uint64_t>(1));
            out_.segments.push_back(out);
            return {};
        });
    }

    /// A table that names a segment in a field.
    Status read_part(const Table& table, std::string_view what, std::uint32_t field) {
        refer(what, TRY(table.number<std::uint32_t>(field)), out_.segments.size(), table.at());
        return {};
    }

    Status read_constant_segment(const Table& root) {
        const std::optional<Table> constants = TRY(root.table(5));
        if (!constants) return {};
        const std::optional<Vector> offsets = TRY(constants->vector(1, 8));
        if (!offsets || offsets->size() == 0) return {};
        buffers_ = std::max<std::uint64_t>(buffers_, offsets->size());
        const auto index = TRY(constants->number<std::uint32_t>(0));
        refer("segment", index, out_.segments.size(), constants->at());
        if (index >= out_.segments.size()) return {};
        for (std::uint32_t i = 0; i < offsets->size(); ++i) {
            constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
            const auto offset = std::min(offsets->number<std::uint64_t>(i), kLargest);
            refer("offset of a constant", static_cast<std::int64_t>(offset),
                  saturating_add(out_.segments[index].size, std::uint64_t{1}), offsets->at());
        }
        return {};
    }

    Status read_plan(const Table& plan) {
        Counts counts;
        counts.values = TRY(count(plan, 2));
        counts.operators = TRY(count(plan, 6));
        counts.delegates = TRY(count(plan, 7));
        TRY(each(plan, 2, [&](const Table& value) { return read_value(value); }));
        TRY(each(plan, 7, [&](const Table& delegate) { return read_delegate(delegate); }));
        TRY(read_indices(plan, 3, counts.values));
        TRY(read_indices(plan, 4, counts.values));
        return each(plan, 5, [&](const Table& chain) -> Status {
            counts.instructions = TRY(count(chain, 2));
            return each(chain, 2, [&](const Table& instruction) {
                return read_instruction(instruction, counts);
            });
        });
    }

    /// A vector of indices of values.
    Status read_indices(const Table& table, std::uint32_t field, std::uint64_t values) {
        const std::optional<Vector> indices = TRY(table.vector(field, 4));
        for (std::uint32_t i = 0; indices && i < indices->size(); ++i) {
            refer("value", indices->number<std::int32_t>(i), values, indices->at());
        }
        return {};
    }

    Status read_value(const Table& value) {
        if (TRY(value.number<std::uint8_t>(0)) != kTensor) return {};
        const std::optional<Table> tensor = TRY(value.table(1));
        if (!tensor) return {};
        const std::optional<Vector> sizes = TRY(tensor->vector(2, 4));
        std::uint64_t product = 8;  // bytes of the largest elements
        bool negative = false;
        for (std::uint32_t i = 0; sizes && i < sizes->size(); ++i) {
            const auto extent = sizes->number<std::int32_t>(i);
            negative = negative || extent < 0;
            product = saturating_mul(product, static_cast<std::uint64_t>(extent));
        }
        if (negative || product > std::numeric_limits<std::int64_t>::max()) {
            out_.bad_sizes.push_back(tensor->at());
        }
        const auto buffer = TRY(tensor->number<std::uint32_t>(5));
        const bool is_constant = !TRY(tensor->table(6)).has_value();
        if (buffer != 0 && is_constant) refer("buffer", buffer, buffers_, tensor->at());
        return {};
    }

    Status read_delegate(const Table& table) {
        constexpr std::int8_t kInline = 0;
        Delegate out;
        out.at = table.at();
        out.id = TRY(table.text(0));
        const std::optional<Table> processed = TRY(table.table(1));
        if (processed) {
            const auto location = TRY(processed->number<std::int8_t>(0));
            const auto index = TRY(processed->number<std::uint32_t>(1));
            const std::uint64_t inline_count = inline_data_ ? inline_data_->size() : 0;
            const bool is_inline = location == kInline;
            refer(is_inline ? "delegate data" : "segment", index,
                  is_inline ? inline_count : out_.segments.size(), out.at);
            if (is_inline && index < inline_count) {
                const Table data = TRY(inline_data_->table(index));
                const std::optional<Vector> blob = TRY(data.vector(0, 1));
                if (blob) out.data = blob->bytes();
            }
        }
        out_.delegates.push_back(out);
        return {};
    }

    Status read_instruction(const Table& instruction, const Counts& counts) {
        const auto type = TRY(instruction.number<std::uint8_t>(0));
        const std::optional<Table> what = TRY(instruction.table(1));
        if (!what) return {};
        if (type == 0 || type > kInstructions.size()) {
            refer("instruction type", type, kInstructions.size(), instruction.at());
            return {};
        }
        for (const InstructionField& each_field : kInstructions[type - 1U]) {
            if (each_field.count == nullptr) continue;
            refer(each_field.what, TRY(what->number<std::int32_t>(each_field.field)),
                  counts.*each_field.count, what->at());
        }
        if (type != kKernelCall && type != kDelegateCall) return {};
        return read_indices(*what, 1, counts.values);
    }

    Bytes bytes_;
    Program out_;
    std::uint64_t base_ = 0;
    std::uint64_t buffers_ = 0;
    std::optional<Vector> inline_data_;
};

}  // namespace

bool recognise_program(Bytes bytes) { return flatbuffers::has_identifier(bytes, "ET12"); }
bool recognise_tensors(Bytes bytes) { return flatbuffers::has_identifier(bytes, "FT01"); }

Result<Program> read_program(Bytes bytes) { return ProgramReader(bytes).read_program(); }
Result<Program> read_tensors(Bytes bytes) { return ProgramReader(bytes).read_tensors(); }

}  // namespace pratique::executorch
