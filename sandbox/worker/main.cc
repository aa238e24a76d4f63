// The worker: locks itself down, then scans or explains one file after the other, or loads one. It
// sees each file as a descriptor that its parent opened, and answers in frames; what it loads and
// does not lie in the file goes to memory that its parent gave it. It can do nothing else.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "formats/archive/libarchive.h"
#include "sandbox/child/serve.h"
#include "sandbox/loader/block_checksums.h"
#include "sandbox/loader/wire.h"
#include "scanner/wire.h"

namespace {

using namespace pratique;

/// Files up to this size are read into one buffer that is kept; larger ones are mapped. Mapping
/// costs page faults, reading costs copies: this is about where they are equal.
constexpr std::uint64_t kReadWhole = kMiB;
constexpr std::size_t kPiece = 256 * kKiB;

/// The bytes of a file for as long as one request lasts.
class Input {
public:
    Input(int fd, std::uint64_t size, std::vector<std::byte>& buffer) {
        if (size <= kReadWhole) {
            buffer.resize(size);
            std::size_t have = 0;
            while (have < size) {
                const auto rest = std::span(buffer).subspan(have);
                const ssize_t got = ::pread(fd, rest.data(), rest.size(), static_cast<off_t>(have));
                if (got <= 0) break;
                have += static_cast<std::size_t>(got);
            }
            bytes_ = std::span(buffer).first(have);
            complete_ = have == size;
            return;
        }
        mapping_ = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        complete_ = mapping_ != MAP_FAILED;
        if (complete_) bytes_ = Bytes(static_cast<const std::byte*>(mapping_), size);
    }
    ~Input() {
        if (mapping_ != MAP_FAILED) ::munmap(mapping_, bytes_.size());
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    Bytes bytes() const { return bytes_; }
    /// False if the file is shorter than it was when it was opened, or could not be mapped.
    bool complete() const { return complete_; }

private:
    void* mapping_ = MAP_FAILED;
    Bytes bytes_;
    bool complete_ = false;
};

/// The memory that the parent gave, filled from its start.
class GivenOutput final : public loader::Output {
public:
    GivenOutput(int fd, std::uint64_t size, int input, Bytes mapped,
                std::vector<std::uint32_t> blocks)
        : fd_(fd), size_(size), input_(input), mapped_(mapped), blocks_(std::move(blocks)) {}

    Result<std::uint64_t> reserve(std::uint64_t bytes) override {
        constexpr std::uint64_t kAlignment = 64;
        if (bytes > size_ - used_) return Error{Errc::limit_bytes, used_};
        const std::uint64_t start = used_;
        const std::uint64_t end = start + bytes;
        used_ = std::min(size_, (end + kAlignment - 1) / kAlignment * kAlignment);
        return start;
    }
    Status write(std::uint64_t offset, Bytes bytes) override {
        while (!bytes.empty()) {
            const ssize_t put =
                ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (put <= 0) return Error{Errc::io, offset};
            bytes = bytes.subspan(static_cast<std::size_t>(put));
            offset += static_cast<std::uint64_t>(put);
        }
        return {};
    }
    std::uint32_t crc32(Bytes part) override {
        const auto place = offset_in(mapped_, part);
        if (!place || part.size() < kWorthReading) return loader::crc32(part);
        const auto read = [this](std::uint64_t at, std::uint64_t size) {
            return crc_of_file(at, size);
        };
        return blocks_.covers(*place, part.size()) ? blocks_.of(*place, part.size(), read)
                                                   : read(*place, part.size());
    }

private:
    /// Stays in the cache of a core.
    static constexpr std::size_t kWorthReading = 256 * kKiB;

    std::uint32_t crc_of_file(std::uint64_t at, std::uint64_t left) {
        block_.resize(kWorthReading);
        std::uint32_t crc = 0;
        while (left != 0) {
            const auto room = std::span(block_).first(std::min<std::uint64_t>(left, block_.size()));
            const ssize_t got = ::pread(input_, room.data(), room.size(), static_cast<off_t>(at));
            if (got <= 0) return ~crc;  // cut meanwhile: no checksum is right
            crc = loader::crc32(room.first(static_cast<std::size_t>(got)), crc);
            at += static_cast<std::uint64_t>(got);
            left -= static_cast<std::uint64_t>(got);
        }
        return crc;
    }

    int fd_;
    std::uint64_t size_;
    int input_;
    Bytes mapped_;
    loader::BlockChecksums blocks_;
    std::uint64_t used_ = 0;
    std::vector<std::byte> block_;
};

class Worker {
public:
    void handle(const sandbox::child::Request& request, sandbox::child::Replies& replies) {
        if (request.kind == loader::kLoadTask) return load(request, replies);
        const auto decoded = scanner::decode_request(request.payload);
        if (!decoded || request.fd < 0) return;  // the parent notices the missing report
        const Input input(request.fd, decoded->size, buffer_);
        if (request.kind == static_cast<std::uint32_t>(scanner::Task::explain)) {
            return explain(*decoded, input, replies);
        }
        scanner::FileReport report;
        if (input.complete()) {
            report = scanner::scan(input.bytes(), decoded->subject, decoded->limits);
        } else {
            report.gaps.push_back({scanner::GapReason::changed, "", input.bytes().size(),
                                   "the file is shorter than it was when it was opened"});
        }
        send(report, replies);
    }

private:
    static void send(const scanner::FileReport& report, sandbox::child::Replies& replies) {
        for (const auto& piece : scanner::encode(report, kPiece)) {
            replies.send(static_cast<std::uint32_t>(scanner::Answer::report), piece);
        }
    }

    static void explain(const scanner::Request& request, const Input& input,
                        sandbox::child::Replies& replies) {
        if (!input.complete()) return;  // the parent sees that the file changed
        const scanner::Explained explained =
            scanner::explain(input.bytes(), request.subject, request.limits);
        const Bytes bytes = as_bytes(explained.listing);
        for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
            replies.send(static_cast<std::uint32_t>(scanner::Answer::listing),
                         slice(bytes, at, kPiece));
        }
        send(explained.report, replies);
    }

    void load(const sandbox::child::Request& request, sandbox::child::Replies& replies) {
        const auto decoded = loader::decode_request(request.payload);
        if (!decoded || request.fd < 0 || request.output < 0) return;
        std::uint64_t whole = decoded->size;
        std::vector<loader::Companion> companions;
        for (const auto& beside : decoded->companions) {
            if (beside.offset) whole = std::max(whole, *beside.offset + beside.size);
        }
        const Input input(request.fd, whole, buffer_);
        if (!input.complete()) return;  // the parent sees that the file changed
        for (const auto& beside : decoded->companions) {
            const Bytes bytes =
                beside.offset ? slice(input.bytes(), *beside.offset, beside.size) : Bytes{};
            companions.push_back({beside.name, beside.size, bytes});
        }
        const Bytes file = slice(input.bytes(), 0, decoded->size);
        if (decoded->work == loader::Work::scan) {
            const scanner::Subject subject{decoded->options.name, decoded->sidecars};
            return send(scanner::scan(file, subject, decoded->limits), replies);
        }
        GivenOutput output(request.output, decoded->output, request.fd, input.bytes(),
                           decoded->blocks);
        loaded_ = {};
        const auto failed =
            loader::load(file, companions, decoded->limits, decoded->options, output, loaded_);
        if (failed) return replies.send(loader::kLoadFailed, loader::encode(*failed));
        const std::vector<std::byte> table = loader::encode(loaded_);
        for (std::size_t at = 0; at < table.size(); at += kPiece) {
            replies.send(loader::kLoadedPiece, slice(table, at, kPiece));
        }
    }

    std::vector<std::byte> buffer_;
    /// Of the one file that a process loads: taken down with it, not tensor by tensor.
    loader::Loaded loaded_;
};

}  // namespace

int main() {
    Worker worker;
    pratique::sandbox::child::serve(
        {.handle = [&](const auto& request, auto& replies) { worker.handle(request, replies); },
         .warm_up = [] { pratique::archive::warm_up_foreign(); }});
}
