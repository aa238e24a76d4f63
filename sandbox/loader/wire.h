// Requests and answers of a load as bytes, for the socket between parent and worker. What the
// parent decodes was written by a process that a hostile file may have taken over: every number is
// checked against its range here, and every tensor against its source by whoever uses it.
//
//   request   limits, options, sizes of the file and of what lies beside it; one descriptor
//   answer    of a load: pieces of the encoded Loaded, or one failure
//             of a scan: pieces of its report (scanner/wire.h)
#pragma once

#include <set>

#include "base/wire.h"
#include "sandbox/loader/load.h"

namespace pratique::loader {

/// Kinds of frames, above those of the sandbox's own protocol and beside those of the scanner.
inline constexpr std::uint32_t kLoadTask = 0x110;
inline constexpr std::uint32_t kLoadedPiece = 0x110;
inline constexpr std::uint32_t kLoadFailed = 0x111;

/// The two halves of a careful load: workers of their own do them at the same time.
enum class Work : std::uint8_t { load, scan };

struct Request {
    Work work = Work::load;
    Limits limits;
    Options options;
    std::uint64_t size = 0;                       ///< of the file, which starts the input
    std::uint64_t output = 0;                     ///< bytes that the output has room for
    std::set<std::string, std::less<>> sidecars;  ///< of the scan, see scanner/scan.h
    struct Beside {
        std::string name;
        std::uint64_t size = 0;
        /// Where its bytes are in the input; nothing if only its size is known.
        std::optional<std::uint64_t> offset;
    };
    std::vector<Beside> companions;
    /// CRC-32 of each block of the file (block_checksums.h), or none.
    std::vector<std::uint32_t> blocks;
};

std::vector<std::byte> encode(const Request& request);
/// Errors: truncated, trailing_bytes, bad_header, limit_members.
Result<Request> decode_request(Bytes payload);

std::vector<std::byte> encode(const Loaded& loaded);
/// Errors: truncated, trailing_bytes, bad_header (a number outside its range), limit_members,
/// limit_nodes, limit_bytes, limit_depth.
Result<Loaded> decode_loaded(Bytes payload);

std::vector<std::byte> encode(const Failed& failed);
Result<Failed> decode_failed(Bytes payload);

}  // namespace pratique::loader
