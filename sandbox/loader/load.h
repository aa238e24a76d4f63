// One file's way to tensors: what every format's part of the loader is given, and what it fills.
// A part reads the format with its parser from formats/, says where the tensors are, and copies to
// the output only what does not lie in the file as it is needed: what is compressed, of the other
// byte order, or not in a form that strides can describe.
//
//      Bytes ──identify──► load_<format>(Load&) ──► tensors, tree, metadata, warnings
//                                          └──► output (decompressed, swapped, converted)
//
// A format's part refuses the whole file at the first thing that is wrong (Status), as half a model
// is worse than none: `load.at("data.pkl")` names the place inside the file for the message.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "sandbox/loader/tensor.h"
#include "sandbox/loader/tree.h"

namespace pratique::loader {

/// What comes out, and what the file may do to be let in.
enum class Mode : std::uint8_t {
    tensors,  // tensors only; everything else is dropped
    inert,    // tensors, and all other values as inert data
    strict,   // as inert; a callable that is not known to build plain values refuses the file
};

struct Options {
    /// The file's own name without folders: what companions are called after.
    std::string name;
    Mode mode = Mode::inert;
    /// Check what is checksummed (zip members, tensor bundles): needs all bytes, so a view does
    /// not.
    bool verify = true;
    /// GGUF: blocks of quantised values become float32.
    bool dequantize = false;
    /// The most that all tensors together may take when written out: an array of stride 0 is as
    /// large as its shape says. The larger of this and four times the file and its companions.
    std::uint64_t logical_bytes = 16 * kGiB;
};

/// A file beside the one that is loaded.
struct Companion {
    std::string name;  ///< without folders
    std::uint64_t size = 0;
    /// Its bytes, or nothing: then its size is all that is known here.
    Bytes bytes;
};

/// What the loader needs of the process around it: memory for what does not lie in the file as it
/// is needed, and the checksum of what does.
class Output {
public:
    Output() = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    virtual ~Output() = default;

    /// Room for `bytes` bytes, whose first one has an offset that is a multiple of 64. Nothing is
    /// allocated: what is not written stays zero. Errors: limit_bytes.
    virtual Result<std::uint64_t> reserve(std::uint64_t bytes) = 0;
    /// Writes inside of what was reserved. Errors: io.
    virtual Status write(std::uint64_t offset, Bytes bytes) = 0;
    /// CRC-32 as zip has it. Whoever has the file as a descriptor reads large parts of it through
    /// that: touching every page of a mapping costs more than the checksum.
    virtual std::uint32_t crc32(Bytes part);
};

/// CRC-32 as zip and gzip have it, of one run of bytes, or on from what came before.
std::uint32_t crc32(Bytes bytes, std::uint32_t before = 0);

struct Warning {
    Errc code{};
    std::string place;  ///< inside the file: "archive/data.pkl"; not escaped
    std::uint64_t offset = 0;
    std::string text;  ///< what follows from it; one sentence without a name from the file
};

/// A file that must lie beside this one.
struct Wanted {
    std::string name;
    /// To be loaded like this one, each, and to give exactly these tensors (a shard); otherwise it
    /// is only bytes, and loading this file again with it among the companions goes on.
    bool is_shard = false;
    std::vector<std::string> tensors;
};

/// What a load yields.
struct Loaded {
    std::string format;  ///< "torch-zip", "gguf", … ; what it lies in before it: "gzip+pickle"
    std::vector<Tensor> tensors;
    Tree tree;
    std::optional<TreeId> structure;  ///< the root of the inert data; of pickle formats
    std::optional<TreeId> metadata;   ///< a dict: versions, what the file says about itself
    /// Packages that a loader of the file's own kind would import, sorted: what it needs.
    std::vector<std::string> packages;
    std::vector<Warning> warnings;
    std::vector<Wanted> wanted;
    /// Bytes of the file that were not read because nothing needed them (`verify` off).
    bool payload_read = true;
};

class Load {
public:
    Load(Bytes file, std::span<const Companion> companions, const Limits& limits,
         const Options& options, Output& output, Loaded& out);

    Bytes file() const { return file_; }
    const Limits& limits() const { return limits_; }
    const Options& options() const { return options_; }
    Output& output() { return output_; }
    Loaded& out() { return out_; }
    Tree& tree() { return out_.tree; }

    /// Adds a tensor that was checked against its source, and counts what it stands for. Errors:
    /// those of check(), limit_logical, limit_members.
    Status add(Tensor&& tensor);
    /// The same without adding it, for tensors inside others.
    Status admit(const Tensor& tensor);

    /// The companion of this name and its number as a source; nothing, and noted as wanted, if it
    /// was not given. Errors: bad_name (anything but a plain name of a file in the same folder).
    Result<std::optional<std::uint32_t>> companion(std::string_view name, std::uint64_t offset);
    const Companion& companion(std::uint32_t source) const { return companions_[source - 1]; }

    /// The offset of `part`, which must be a piece of the file's own bytes, in source 0; nothing if
    /// it lies elsewhere (in something that was decompressed).
    std::optional<std::uint64_t> place_of(Bytes part) const;
    /// Makes `tensor` point at `part`: in place if it is a piece of the file, else copied.
    Status put(Tensor& tensor, Bytes part);
    /// Room in the output, see Output::reserve().
    Result<std::uint64_t> reserve(std::uint64_t bytes);
    /// Copies `part` to the output with the bytes of each `unit` of 2, 4, 8 or 16 reversed.
    Status put_swapped(Tensor& tensor, Bytes part, std::uint64_t unit);

    void warn(Errc code, std::uint64_t offset, std::string text);

    /// Where in the file errors and warnings are from now on: "archive/data.pkl", or "".
    void at(std::string place) { place_ = std::move(place); }
    const std::string& place() const { return place_; }

    /// The size of a source, or nothing if there is none.
    std::optional<std::uint64_t> size_of(std::uint32_t source) const;

private:
    /// Counts a tensor and its components towards the limits.
    Status count(const Tensor& tensor);

    Bytes file_;
    std::span<const Companion> companions_;
    const Limits& limits_;
    const Options& options_;
    Output& output_;
    Loaded& out_;
    std::string place_;
    std::uint64_t output_end_ = 0;
    std::uint64_t logical_bytes_ = 0;
    std::uint64_t logical_limit_ = 0;
    std::uint64_t tensors_ = 0;
    std::uint64_t text_ = 0;                    ///< bytes of names and of types
    std::set<std::string, std::less<>> noted_;  ///< companions that are wanted
};

/// Loads the bytes of one file. The error, if any, is in the artifact that Load::place() names; its
/// offset counts from there. Thread-safe; throws only std::bad_alloc.
struct Failed {
    Error error;
    std::string place;
};
std::optional<Failed> load(Bytes file, std::span<const Companion> companions, const Limits& limits,
                           const Options& options, Output& output, Loaded& out);

}  // namespace pratique::loader
