#include "sandbox/loader/load.h"

#include <libdeflate.h>

#include <algorithm>
#include <utility>

#include "base/checked.h"
#include "formats/archive/member_name.h"

namespace pratique::loader {
namespace {

/// Tensors of one file. Real checkpoints of mixtures of experts reach 100,000.
constexpr std::uint64_t kMostTensors = 4'000'000;
/// Bytes of all names, and of the spellings of types: a few bytes of file can repeat long ones
/// without end. Names of 100,000 tensors take some 20 MB.
constexpr std::uint64_t kMostText = 256 * kMiB;
constexpr std::size_t kMostWarnings = 100;
/// Bytes that are swapped at a time.
constexpr std::size_t kPiece = 256 * kKiB;

}  // namespace

Load::Load(Bytes file, std::span<const Companion> companions, const Limits& limits,
           const Options& options, Output& output, Loaded& out)
    : file_(file),
      companions_(companions),
      limits_(limits),
      options_(options),
      output_(output),
      out_(out) {
    std::uint64_t given = file.size();
    for (const Companion& each : companions) given = saturating_add(given, each.size);
    logical_limit_ = std::max(options.logical_bytes, saturating_mul<std::uint64_t>(4, given));
}

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
    return libdeflate_crc32(before, bytes.data(), bytes.size());
}

std::uint32_t Output::crc32(Bytes part) { return loader::crc32(part); }

Status Load::admit(const Tensor& tensor) {
    TRY(check(tensor, [this](std::uint32_t source) { return size_of(source); }));
    TRY(count(tensor));
    if (logical_bytes_ > logical_limit_) return Error{Errc::limit_logical, tensor.offset};
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as check_form() lets a tensor be
Status Load::count(const Tensor& tensor) {
    if (++tensors_ > kMostTensors) return Error{Errc::limit_members, tensor.offset};
    text_ += tensor.dtype.text.size() + tensor.path.size() * sizeof(Step);
    for (const Step& step : tensor.path) text_ += step.key.size();
    if (text_ > kMostText) return Error{Errc::limit_memory, tensor.offset};
    if (tensor.has_data()) {
        logical_bytes_ = saturating_add(logical_bytes_, TRY(tensor.logical_bytes()));
    }
    for (const Tensor& part : tensor.components) TRY(count(part));
    return {};
}

Status Load::add(Tensor&& tensor) {
    TRY(admit(tensor));
    out_.tensors.push_back(std::move(tensor));
    return {};
}

Result<std::optional<std::uint32_t>> Load::companion(std::string_view name, std::uint64_t offset) {
    if (!archive::is_plain_name(name)) return Error{Errc::bad_name, offset};
    const auto found = std::find_if(companions_.begin(), companions_.end(),
                                    [&](const Companion& c) { return c.name == name; });
    if (found != companions_.end()) {
        return std::optional(static_cast<std::uint32_t>(found - companions_.begin()) + 1);
    }
    // Not looked for in the list: 100,000 files may be wanted, each by many tensors.
    if (noted_.find(name) == noted_.end()) {
        noted_.emplace(name);
        out_.wanted.push_back({.name = std::string(name), .is_shard = false, .tensors = {}});
    }
    return std::optional<std::uint32_t>();
}

std::optional<std::uint64_t> Load::place_of(Bytes part) const { return offset_in(file_, part); }

Status Load::put(Tensor& tensor, Bytes part) {
    if (const auto place = place_of(part)) {
        tensor.source = 0;
        tensor.offset = *place;
        return {};
    }
    tensor.source = kOutput;
    tensor.offset = TRY(reserve(part.size()));
    return output_.write(tensor.offset, part);
}

Result<std::uint64_t> Load::reserve(std::uint64_t bytes) {
    const std::uint64_t offset = TRY(output_.reserve(bytes));
    output_end_ = std::max(output_end_, TRY(checked_add(offset, bytes)));
    return offset;
}

Status Load::put_swapped(Tensor& tensor, Bytes part, std::uint64_t unit) {
    if (unit <= 1) return put(tensor, part);
    if (unit > 16 || part.size() % unit != 0) return Error{Errc::size_mismatch, 0};
    tensor.source = kOutput;
    tensor.offset = TRY(reserve(part.size()));
    std::vector<std::byte> piece;
    for (std::size_t at = 0; at < part.size(); at += piece.size()) {
        const Bytes from = slice(part, at, kPiece - kPiece % unit);
        piece.assign(from.begin(), from.end());
        for (auto number = piece.begin(); number != piece.end();
             number += static_cast<std::ptrdiff_t>(unit)) {
            std::reverse(number, number + static_cast<std::ptrdiff_t>(unit));
        }
        TRY(output_.write(tensor.offset + at, piece));
    }
    return {};
}

void Load::warn(Errc code, std::uint64_t offset, std::string text) {
    if (out_.warnings.size() < kMostWarnings) {
        out_.warnings.push_back({code, place_, offset, std::move(text)});
    }
}

std::optional<std::uint64_t> Load::size_of(std::uint32_t source) const {
    if (source == 0) return file_.size();
    if (source == kOutput) return output_end_;
    if (source > companions_.size()) return std::nullopt;
    return companions_[source - 1].size;
}

}  // namespace pratique::loader
