// Loading in one process, for tests of the loader's logic: output in memory, elements written out
// one by one as their definition has it, without a thought of speed.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/loader/load.h"

namespace pratique::test {

class MemoryOutput final : public loader::Output {
public:
    explicit MemoryOutput(std::uint64_t most = kGiB) : most_(most) {}

    Result<std::uint64_t> reserve(std::uint64_t bytes) override {
        const std::uint64_t start = (bytes_.size() + 63) / 64 * 64;
        if (bytes > most_ || start > most_ - bytes) return Error{Errc::limit_bytes, start};
        bytes_.resize(start + bytes);
        return start;
    }
    Status write(std::uint64_t offset, Bytes bytes) override {
        if (offset > bytes_.size() || bytes.size() > bytes_.size() - offset) {
            return Error{Errc::io, offset};
        }
        largest_write_ = std::max(largest_write_, bytes.size());
        if (!bytes.empty()) std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
        return {};
    }
    Bytes bytes() const { return bytes_; }
    std::size_t largest_write() const { return largest_write_; }

private:
    std::uint64_t most_;
    std::size_t largest_write_ = 0;
    std::vector<std::byte> bytes_;
};

struct Loading {
    loader::Loaded loaded;
    std::unique_ptr<MemoryOutput> output;
    std::optional<loader::Failed> failed;

    explicit Loading(std::uint64_t most_output = kGiB)
        : output(std::make_unique<MemoryOutput>(most_output)) {}

    /// The error, for messages.
    std::string why() const {
        if (!failed) return "none";
        return std::string(name(failed->error.code)) + " at " +
               std::to_string(failed->error.offset) + " of '" + failed->place + "'";
    }
    Bytes source(std::uint32_t number, Bytes file,
                 const std::vector<loader::Companion>& companions) const {
        if (number == loader::kOutput) return output->bytes();
        if (number == 0) return file;
        return companions.at(number - 1).bytes;
    }
};

inline Loading load_bytes(Bytes file, const loader::Options& options = {},
                          const std::vector<loader::Companion>& companions = {},
                          const Limits& limits = {}, std::uint64_t most_output = kGiB) {
    Loading out(most_output);
    out.failed = loader::load(file, companions, limits, options, *out.output, out.loaded);
    return out;
}

/// The elements in row-major order.
inline std::vector<std::byte> elements(const loader::Tensor& tensor, Bytes source) {
    if (tensor.strides.empty()) {
        const Bytes all = slice(source, tensor.offset, *tensor.extent());
        return {all.begin(), all.end()};
    }
    std::vector<std::byte> out;
    std::vector<std::uint64_t> at(tensor.shape.size(), 0);
    const std::uint64_t count = *tensor.count();
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t place = 0;
        for (std::size_t d = 0; d < at.size(); ++d) place += at[d] * tensor.strides[d];
        const std::uint64_t size = tensor.dtype.bytes;
        const Bytes one = slice(source, tensor.offset + place * size, size);
        out.insert(out.end(), one.begin(), one.end());
        for (std::size_t d = at.size(); d-- > 0;) {
            if (++at[d] < tensor.shape[d]) break;
            at[d] = 0;
        }
    }
    return out;
}

}  // namespace pratique::test
