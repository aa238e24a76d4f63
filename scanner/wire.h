// Requests and answers of a scan as bytes, for the socket between parent and worker. What the
// parent decodes was written by a process that a hostile file may have taken over: every number
// is checked against its range and every string against being printable.
//
//   request   name | sidecars | limits | size            one file, whose descriptor comes beside it
//   answer    pieces of a report, each within a frame; together they are the report. When a listing
//             was asked for, its pieces come first
#pragma once

#include "base/wire.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// Kinds of requests, above those of the sandbox's own protocol.
enum class Task : std::uint32_t { scan = 0x100, explain = 0x101 };
/// Kinds of answers.
enum class Answer : std::uint32_t { report = 0x100, listing = 0x101 };

struct Request {
    Subject subject;
    Limits limits;
    std::uint64_t size = 0;  // of the file, as the parent saw it when it opened it
};

std::vector<std::byte> encode(const Request& request);
Result<Request> decode_request(Bytes payload);

/// The report in pieces of at most `most` bytes each (a single finding may be larger).
std::vector<std::vector<std::byte>> encode(const FileReport& report, std::size_t most);
/// Adds a piece to `report`. Errors: truncated, trailing_bytes, bad_header (a number outside its
/// range), bad_text, limit_members (more than `most` findings or gaps).
Status decode_piece(Bytes payload, std::uint32_t most, FileReport& report);

}  // namespace pratique::scanner
