#include "sandbox/protocol.h"

#include <algorithm>
#include <cstring>

namespace pratique::sandbox {
namespace {

constexpr std::uint32_t kKnownFlags = kHasDescriptor;

Status at_end(const Reader& in) {
    if (!in.at_end()) return Error{Errc::trailing_bytes, in.offset()};
    return {};
}

Status version(Reader& in) {
    const std::uint64_t at = in.offset();
    if (TRY(in.le<std::uint32_t>()) != kVersion) return Error{Errc::bad_header, at};
    return {};
}

/// A number below `end`.
Result<std::uint8_t> small(Reader& in, std::size_t end) {
    const std::uint64_t at = in.offset();
    const std::uint8_t value = TRY(in.u8());
    if (value >= end) return Error{Errc::bad_header, at};
    return value;
}

Result<Missing> missing(Reader& in) {
    Missing row;
    row.layer = static_cast<Layer>(TRY(small(in, kLayers)));
    row.error = static_cast<std::int32_t>(TRY(in.le<std::uint32_t>()));
    return row;
}

/// What is said of a layer twice must be the same.
bool agrees(const Isolation& isolation) {
    const auto is = [&isolation](Layer layer, bool there) {
        return there == (std::ranges::find(isolation.missing, layer, &Missing::layer) ==
                         isolation.missing.end());
    };
    return is(Layer::seccomp, isolation.seccomp != Seccomp::none) &&
           is(Layer::no_new_privs, isolation.no_new_privs) &&
           is(Layer::capabilities, isolation.caps_dropped) && is(Layer::mdwe, isolation.mdwe) &&
           is(Layer::namespaces, isolation.namespaces) &&
           is(Layer::landlock, isolation.landlock_abi != 0);
}

}  // namespace

std::array<std::byte, kHeaderBytes> encode_header(const Frame& frame) {
    struct Layout {
        std::uint32_t magic, kind, flags, length;
        std::uint64_t id;
    };
    static_assert(sizeof(Layout) == kHeaderBytes);
    const Layout header{kMagic, frame.kind, frame.flags,
                        static_cast<std::uint32_t>(frame.payload.size()), frame.id};
    return std::bit_cast<std::array<std::byte, kHeaderBytes>>(header);
}

std::span<std::byte> FrameReader::room(std::size_t count) {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    }
    if (buffer_.size() - end_ < count && begin_ > 0) {
        std::memmove(buffer_.data(), std::span(buffer_).subspan(begin_).data(), end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - end_ < count) buffer_.resize(end_ + count);
    return std::span(buffer_).subspan(end_);
}

Result<std::optional<Frame>> FrameReader::next() {
    Reader in(Bytes(buffer_).subspan(begin_, end_ - begin_), consumed_);
    if (in.left() < kHeaderBytes) return std::optional<Frame>();
    if (TRY(in.le<std::uint32_t>()) != kMagic) return Error{Errc::bad_magic, consumed_};
    Frame frame;
    frame.kind = TRY(in.le<std::uint32_t>());
    frame.flags = TRY(in.le<std::uint32_t>());
    const auto length = TRY(in.le<std::uint32_t>());
    frame.id = TRY(in.le<std::uint64_t>());
    if ((frame.flags & ~kKnownFlags) != 0) return Error{Errc::bad_header, consumed_};
    if (length > kMaxPayload) return Error{Errc::limit_bytes, consumed_};
    if (in.left() < length) return std::optional<Frame>();
    frame.payload = TRY(in.take(length));
    begin_ += kHeaderBytes + length;
    consumed_ = in.offset();
    return std::optional(frame);
}

std::vector<std::byte> encode(const Config& config) {
    return WireWriter()
        .u32(kVersion)
        .u8(static_cast<std::uint8_t>(config.profile))
        .u8(static_cast<std::uint8_t>(config.min_tier))
        .u32(config.layers.bits())
        .u32(config.parent)
        .u64(config.memory_bytes)
        .u64(config.address_bytes)
        .u64(config.output_bytes)
        .u32(config.cpu_seconds)
        .take();
}

std::vector<std::byte> encode(const Isolation& isolation) {
    WireWriter out;
    out.u32(kVersion)
        .u8(static_cast<std::uint8_t>(isolation.seccomp))
        .u8(isolation.no_new_privs ? 1 : 0)
        .u8(isolation.caps_dropped ? 1 : 0)
        .u8(isolation.mdwe ? 1 : 0)
        .u8(isolation.namespaces ? 1 : 0)
        .u32(isolation.landlock_abi)
        .u8(static_cast<std::uint8_t>(isolation.missing.size()));
    for (const Missing& row : isolation.missing) {
        out.u8(static_cast<std::uint8_t>(row.layer)).u32(static_cast<std::uint32_t>(row.error));
    }
    return out.take();
}

Result<Config> decode_config(Bytes payload) {
    Reader in(payload);
    TRY(version(in));
    Config config;
    config.profile = static_cast<Profile>(TRY(small(in, 2)));
    config.min_tier = static_cast<Tier>(TRY(small(in, 4)));
    config.layers = Layers::from_bits(TRY(in.le<std::uint32_t>()));
    config.parent = TRY(in.le<std::uint32_t>());
    config.memory_bytes = TRY(in.le<std::uint64_t>());
    config.address_bytes = TRY(in.le<std::uint64_t>());
    config.output_bytes = TRY(in.le<std::uint64_t>());
    config.cpu_seconds = TRY(in.le<std::uint32_t>());
    TRY(at_end(in));
    return config;
}

Result<Isolation> decode_hello(Bytes payload) {
    Reader in(payload);
    TRY(version(in));
    Isolation isolation;
    isolation.seccomp = static_cast<Seccomp>(TRY(small(in, 3)));
    isolation.no_new_privs = TRY(small(in, 2)) != 0;
    isolation.caps_dropped = TRY(small(in, 2)) != 0;
    isolation.mdwe = TRY(small(in, 2)) != 0;
    isolation.namespaces = TRY(small(in, 2)) != 0;
    isolation.landlock_abi = TRY(in.le<std::uint32_t>());
    const std::uint8_t count = TRY(small(in, kLayers + 1));
    for (std::uint8_t i = 0; i < count; ++i) isolation.missing.push_back(TRY(missing(in)));
    TRY(at_end(in));
    if (!agrees(isolation)) return Error{Errc::bad_header, 0};
    return isolation;
}

Result<Missing> decode_refused(Bytes payload) {
    Reader in(payload);
    const Missing row = TRY(missing(in));
    TRY(at_end(in));
    return row;
}

Result<Denied> decode_denied(Bytes payload) {
    Reader in(payload);
    Denied denied;
    denied.number = TRY(in.le<std::uint32_t>());
    denied.architecture = TRY(in.le<std::uint32_t>());
    denied.address = TRY(in.le<std::uint64_t>());
    TRY(at_end(in));
    return denied;
}

}  // namespace pratique::sandbox
