// What parent and worker say to each other: frames on a stream socket, each a header of 24 bytes
// and a payload, all numbers little-endian.
//
//    0 magic u32 | 4 kind u32 | 8 flags u32 | 12 length u32 | 16 id u64 | 24 payload…
//
//   parent → worker   config, then requests; `kHasDescriptor` says that the next descriptor that
//                     came as SCM_RIGHTS belongs to this request (the next two, in a `single`)
//   worker → parent   perhaps listener, which brings a descriptor; hello (or refused); then for
//                     each request, in order, its replies and `done`; at its end perhaps last
//                     words: denied, exhausted, aborted
//
// A stream and not packets: a packet must fit the socket's send buffer (208 KiB by default) and
// a frame may have 1 MiB; on a stream the kernel still never merges bytes across descriptors.
// The parent trusts nothing that arrives; the worker trusts its parent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/wire.h"
#include "sandbox/isolation.h"

namespace pratique::sandbox {

inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::uint32_t kMagic = 0x51545250;  // "PRTQ"
inline constexpr std::size_t kHeaderBytes = 24;
inline constexpr std::uint32_t kMaxPayload = 1 * kMiB;
/// All frames that answer one request, headers included.
inline constexpr std::uint64_t kMaxReplyBytes = 64 * kMiB;
/// Requests that may be unanswered at one time. Each may hold a descriptor in the worker, and
/// descriptors in flight count against RLIMIT_NOFILE of the user.
inline constexpr std::size_t kWindow = 128;
/// Requests (and descriptors) in one message; SCM_RIGHTS itself stops at 253.
inline constexpr std::size_t kBatch = 64;

// Descriptors of the worker. The numbers are part of the system call filter.
inline constexpr int kErrors = 2;      ///< its stderr, a pipe
inline constexpr int kProgress = 3;    ///< at start: one page that holds the id being worked on
inline constexpr int kReserved = 4;    ///< /dev/null
inline constexpr int kControl = 5;     ///< the socket
inline constexpr int kFirstInput = 6;  ///< `stream`: from here on, what came with requests
inline constexpr int kInput = 3;       ///< `single`: the file
inline constexpr int kOutput = 4;      ///< `single`: the memfd to fill

enum Kind : std::uint32_t {
    kConfig = 1,
    kHello = 2,
    kRefused = 3,    ///< {layer u8, errno u32}: the lock-down failed, nothing was read
    kDenied = 4,     ///< {number u32, architecture u32, address u64}: a forbidden system call
    kExhausted = 5,  ///< memory
    kAborted = 6,    ///< abort(), a failed assertion, a smashed stack
    kDone = 7,
    kCanary = 8,        ///< request: system calls, see attempt.h
    kCanaryResult = 9,  ///< {value i64, data…}
    kListener = 10,     ///< with a descriptor, through which the kernel reports denied calls
    kApplication = 0x100,
};

enum Flag : std::uint32_t { kHasDescriptor = 1 };

// Exit codes of the worker, for the case that its last words do not arrive.
inline constexpr int kExitRefused = 95;
inline constexpr int kExitBadRequest = 96;
inline constexpr int kExitAborted = 97;
inline constexpr int kExitExhausted = 98;
inline constexpr int kExitDenied = 99;

struct Frame {
    std::uint32_t kind = 0;
    std::uint32_t flags = 0;
    std::uint64_t id = 0;
    Bytes payload;
};

/// The header of a frame with a payload of `length` bytes, at most kMaxPayload.
std::array<std::byte, kHeaderBytes> encode_header(const Frame& frame);

/// Cuts a stream into frames. Memory: one frame and what was read beyond it.
class FrameReader {
public:
    /// Room for at least `count` bytes at the end; tell with filled() how many came.
    std::span<std::byte> room(std::size_t count);
    void filled(std::size_t count) { end_ += count; }

    /// The next frame, or nothing while it is incomplete. The payload is valid until room() is
    /// called. Errors: bad_magic, bad_header (unknown flag), limit_bytes (payload too long);
    /// after an error the stream cannot be read on.
    Result<std::optional<Frame>> next();

    /// Nothing is left that is no whole frame.
    bool empty() const { return begin_ == end_; }

private:
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t consumed_ = 0;
};

/// What the parent tells the worker before it locks itself down.
struct Config {
    Profile profile = Profile::stream;
    Tier min_tier = Tier::strong;
    Layers layers = Layers::all();    ///< less than all: only canaries are answered
    std::uint32_t parent = 0;         ///< the parent's process id
    std::uint64_t memory_bytes = 0;   ///< private writable memory
    std::uint64_t address_bytes = 0;  ///< address space, mapped inputs included
    std::uint64_t output_bytes = 0;   ///< the most that it may write to kOutput
    std::uint32_t cpu_seconds = 0;
};

/// A forbidden system call, in the words of the worker.
struct Denied {
    std::uint32_t number = 0;
    std::uint32_t architecture = 0;
    std::uint64_t address = 0;
};

std::vector<std::byte> encode(const Config& config);
std::vector<std::byte> encode(const Isolation& isolation);
/// Errors: truncated, trailing_bytes, bad_header (a number outside its range, another version; of
/// hello: a layer that is not there and not named as missing either, or the other way round).
Result<Config> decode_config(Bytes payload);
Result<Isolation> decode_hello(Bytes payload);
Result<Missing> decode_refused(Bytes payload);
Result<Denied> decode_denied(Bytes payload);

}  // namespace pratique::sandbox
