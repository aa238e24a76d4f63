// Which format some bytes are, and whose part of the loader reads them. By content alone; bytes
// that several formats claim go to the one whose magic stands first, as every loader takes them.
#include <algorithm>
#include <list>

#include "formats/archive/codec.h"
#include "formats/archive/tar.h"
#include "formats/archive/zfile.h"
#include "formats/gguf/gguf.h"
#include "formats/hdf5/file.h"
#include "formats/msgpack/flax.h"
#include "formats/numpy/npy.h"
#include "formats/onnx/model.h"
#include "formats/onnx/tensor.h"
#include "formats/safetensors/index.h"
#include "formats/safetensors/safetensors.h"
#include "formats/tensorbundle/table.h"
#include "sandbox/loader/flax.h"
#include "sandbox/loader/gguf.h"
#include "sandbox/loader/hdf5.h"
#include "sandbox/loader/keras.h"
#include "sandbox/loader/npy.h"
#include "sandbox/loader/onnx.h"
#include "sandbox/loader/pickle/load_pickle.h"
#include "sandbox/loader/safetensors.h"
#include "sandbox/loader/tensor_bundle.h"
#include "sandbox/loader/torch_tar.h"
#include "sandbox/loader/torch_zip.h"

namespace pratique::loader {
namespace {

/// Compressed inside compressed.
constexpr unsigned kMostLayers = 4;

bool is_pointer(Bytes bytes) {
    return starts_with(bytes, "version https://git-lfs.github.com/spec/") ||
           starts_with(bytes, "/annex/objects/");
}

bool starts_pickle(Bytes bytes) {
    if (bytes.empty()) return false;
    // PROTO; or, of protocols 0 and 1, whatever opcodes a value can start with.
    if (bytes.front() == std::byte{0x80}) return true;
    return std::string_view("(])}Xc]IFVNSGTUKMJ\x8a").find(static_cast<char>(bytes.front())) !=
           std::string_view::npos;
}

class Dispatch {
public:
    explicit Dispatch(Load& load) : load_(load) {}

    Status run(Bytes bytes) {
        for (unsigned layer = 0; layer < kMostLayers; ++layer) {
            const auto inner = TRY(unwrapped(bytes));
            if (!inner) return read(bytes);
            bytes = *inner;
        }
        return Error{Errc::limit_depth, 0};
    }

private:
    /// What a file that is compressed as a whole holds.
    Result<std::optional<Bytes>> unwrapped(Bytes bytes) {
        // Asked first: to recognise a codec without a magic of its own, some of it is decoded.
        if (has_magic(bytes)) return std::optional<Bytes>();
        const bool zfile = zfile::recognise(bytes);
        const auto codec = zfile ? std::nullopt : archive::recognise(bytes);
        if (!zfile && !codec) return std::optional<Bytes>();
        const auto limits = archive::inflate_limits(load_.limits());
        archive::Inflated out =
            zfile ? zfile::inflate(bytes, limits) : archive::inflate(*codec, bytes, limits);
        if (out.error) return *out.error;
        if (out.consumed < bytes.size()) return Error{Errc::trailing_bytes, out.consumed};
        load_.out().format += zfile ? "zfile+" : std::string(archive::name(*codec)) + "+";
        memory_.push_back(std::move(out.bytes));
        return std::optional(Bytes(memory_.back()));
    }

    /// Formats whose first bytes some codec could take for its own.
    static bool has_magic(Bytes bytes) {
        return starts_with(bytes, "PK\x03\x04") || numpy::recognise(bytes) ||
               starts_with(bytes, "GGUF") || starts_with(bytes, "\x89HDF");
    }

    Status read(Bytes bytes) {
        if (bytes.empty()) return Error{Errc::truncated, 0};
        if (is_pointer(bytes)) return Error{Errc::pointer, 0};
        if (starts_with(bytes, "PYTORCH1")) return Error{Errc::unsupported, 0};
        if (numpy::recognise(bytes)) return load_npy(load_, bytes);
        if (gguf::recognise(bytes)) return load_gguf(load_, bytes);
        if (hdf5::recognise(bytes) == 0) return load_hdf5(load_, bytes);
        if (starts_with(bytes, "PK\x03\x04") || starts_with(bytes, "PK\x05\x06")) {
            return read_zip(bytes);
        }
        if (tar::recognise(bytes)) return read_tar(bytes);
        if (safetensors::recognise(bytes)) return load_safetensors(load_, bytes);
        if (safetensors::recognise_index(bytes)) return load_safetensors_index(load_, bytes);
        if (onnx::recognise(bytes)) return load_onnx(load_, bytes);
        if (onnx::recognise_tensor(bytes)) return load_onnx_tensor(load_, bytes);
        if (tensorbundle::recognise(bytes)) return load_tensor_bundle(load_, bytes);
        if (flax::recognise(bytes)) return load_flax(load_, bytes);
        // Anything may stand in front of it, in steps of 512 bytes.
        if (hdf5::recognise(bytes)) return load_hdf5(load_, bytes);
        return read_by_name(bytes);
    }

    /// What nothing recognises is perhaps damaged: the reader of the format that the name promises
    /// can say how.
    Status read_by_name(Bytes bytes) {
        const std::string_view name = load_.options().name;
        if (name.ends_with(".safetensors")) return load_safetensors(load_, bytes);
        if (name.ends_with(".msgpack")) return load_flax(load_, bytes);
        if (starts_pickle(bytes)) return load_pickle(load_, bytes);
        return Error{Errc::no_tensors, 0};
    }

    Status read_zip(Bytes bytes) {
        ZipMembers members = TRY(ZipMembers::open(load_, bytes));
        if (is_torch_zip(members)) return load_torch_zip(load_, members);
        if (is_keras(members)) return load_keras(load_, members);
        if (is_npz(members)) return load_npz(load_, members);
        return Error{Errc::no_tensors, 0};
    }

    Status read_tar(Bytes bytes) {
        const tar::Archive archive = tar::read(bytes, load_.limits());
        if (is_torch_tar(archive)) return load_torch_tar(load_, bytes, archive);
        return Error{Errc::no_tensors, 0};
    }

    Load& load_;
    std::list<std::vector<std::byte>> memory_;
};

}  // namespace

std::optional<Failed> load(Bytes file, std::span<const Companion> companions, const Limits& limits,
                           const Options& options, Output& output, Loaded& out) {
    Load load(file, companions, limits, options, output, out);
    const Status status = Dispatch(load).run(file);
    if (!status) return Failed{status.error(), load.place()};
    return std::nullopt;
}

}  // namespace pratique::loader
