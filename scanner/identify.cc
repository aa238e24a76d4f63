#include "scanner/identify.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/reader.h"
#include "base/text.h"
#include "formats/archive/codec.h"
#include "formats/archive/libarchive.h"
#include "formats/archive/tar.h"
#include "formats/archive/zfile.h"
#include "formats/archive/zip.h"
#include "formats/numpy/npy.h"
#include "scanner/pickle/check.h"

namespace pratique::scanner {
namespace {

using namespace std::string_view_literals;

/// A format known by fixed bytes at a fixed place.
struct Magic {
    std::string_view name;
    Treatment treatment;
    std::size_t offset;
    std::string_view bytes;
};

constexpr auto kMagics = std::to_array<Magic>({
    // Model formats whose inspection is not built yet.
    {"gguf", Treatment::not_inspected, 0, "GGUF"sv},
    {"ggml", Treatment::not_inspected, 0, "lmgg"sv},
    {"ggml", Treatment::not_inspected, 0, "fmgg"sv},
    {"ggml", Treatment::not_inspected, 0, "tjgg"sv},
    {"ggml", Treatment::not_inspected, 0, "algg"sv},
    {"tflite", Treatment::not_inspected, 4, "TFL3"sv},
    {"executorch", Treatment::not_inspected, 4, "ET12"sv},
    {"onnxruntime", Treatment::not_inspected, 4, "ORTM"sv},
    {"catboost", Treatment::not_inspected, 0, "CBM1"sv},
    {"xgboost-ubjson", Treatment::not_inspected, 0, "{L\0\0\0\0\0\0"sv},
    {"xgboost-binary", Treatment::not_inspected, 0, "binf"sv},
    {"lightgbm", Treatment::not_inspected, 0, "tree\n"sv},
    {"mxnet-params", Treatment::not_inspected, 0, "\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv},
    {"rds", Treatment::not_inspected, 0, "X\n\0\0\0"sv},
    {"rds", Treatment::not_inspected, 0, "A\n"sv},
    {"rda", Treatment::not_inspected, 0, "RDX2\n"sv},
    {"rda", Treatment::not_inspected, 0, "RDX3\n"sv},
    {"rda", Treatment::not_inspected, 0, "RDA2\n"sv},
    {"rda", Treatment::not_inspected, 0, "RDA3\n"sv},
    {"matlab", Treatment::not_inspected, 0, "MATLAB 5.0 MAT-file"sv},
    {"netcdf", Treatment::not_inspected, 0, "CDF\x01"sv},
    {"netcdf", Treatment::not_inspected, 0, "CDF\x02"sv},
    {"java-serialized", Treatment::not_inspected, 0, "\xac\xed\0\x05"sv},
    {"sqlite", Treatment::not_inspected, 0, "SQLite format 3\0"sv},
    {"parquet", Treatment::not_inspected, 0, "PAR1"sv},
    {"arrow", Treatment::not_inspected, 0, "ARROW1"sv},
    {"llvm-bitcode", Treatment::not_inspected, 0, "BC\xc0\xde"sv},
    {"marisa", Treatment::not_inspected, 0, "We love Marisa."sv},
    {"fasttext", Treatment::not_inspected, 0, "\xba\x16\x4f\x2f"sv},
    // Programs.
    {"elf", Treatment::executable, 0,
     "\x7f"
     "ELF"sv},
    {"mach-o", Treatment::executable, 0, "\xfe\xed\xfa\xce"sv},
    {"mach-o", Treatment::executable, 0, "\xfe\xed\xfa\xcf"sv},
    {"mach-o", Treatment::executable, 0, "\xce\xfa\xed\xfe"sv},
    {"mach-o", Treatment::executable, 0, "\xcf\xfa\xed\xfe"sv},
    {"java-class", Treatment::executable, 0, "\xca\xfe\xba\xbe"sv},
    {"web-assembly", Treatment::executable, 0, "\0asm"sv},
    // What people keep beside models.
    {"png", Treatment::media, 0, "\x89PNG\r\n\x1a\n"sv},
    {"jpeg", Treatment::media, 0, "\xff\xd8\xff"sv},
    {"gif", Treatment::media, 0, "GIF8"sv},
    {"bmp", Treatment::media, 0, "BM"sv},
    {"tiff", Treatment::media, 0, "II*\0"sv},
    {"tiff", Treatment::media, 0, "MM\0*"sv},
    {"riff", Treatment::media, 0, "RIFF"sv},
    {"pdf", Treatment::media, 0, "%PDF-"sv},
    {"ogg", Treatment::media, 0, "OggS"sv},
    {"flac", Treatment::media, 0, "fLaC"sv},
    {"mp3", Treatment::media, 0, "ID3"sv},
    {"mp4", Treatment::media, 4, "ftyp"sv},
    {"matroska", Treatment::media, 0, "\x1a\x45\xdf\xa3"sv},
    {"woff", Treatment::media, 0, "wOF"sv},
    {"git-lfs-pointer", Treatment::pointer, 0, "version https://git-lfs.github.com/spec/"sv},
    {"git-annex-pointer", Treatment::pointer, 0, "/annex/objects/"sv},
});

bool has_magic(Bytes bytes, const Magic& magic) {
    return starts_with(from(bytes, magic.offset), magic.bytes);
}

/// The signature may stand behind a user block of 512, 1024, 2048, … bytes.
bool is_hdf5(Bytes bytes) {
    constexpr auto kSignature = "\x89HDF\r\n\x1a\n"sv;
    if (starts_with(bytes, kSignature)) return true;
    for (std::uint64_t at = 512; at < bytes.size(); at *= 2) {
        if (starts_with(from(bytes, at), kSignature)) return true;
    }
    return false;
}

/// u64 length of a JSON header that begins with '{' and lies inside the bytes.
bool is_safetensors(Bytes bytes) {
    Reader in(bytes);
    const auto length = in.le<std::uint64_t>();
    return length && *length >= 2 && *length <= in.left() && starts_with(in.rest(), "{");
}

bool is_pe(Bytes bytes) {
    Reader in(from(bytes, 0x3c));
    const auto header = in.le<std::uint32_t>();
    return starts_with(bytes, "MZ") && header && starts_with(from(bytes, *header), "PE\0\0"sv);
}

std::optional<std::uint64_t> varint(Reader& in) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const auto byte = in.u8();
        if (!byte) return std::nullopt;
        value |= std::uint64_t{*byte & 0x7fU} << shift;
        if ((*byte & 0x80) == 0) return value;
    }
    return std::nullopt;
}

/// A protobuf message to its last byte: ONNX, TensorFlow, CoreML, … tell apart by their fields.
std::optional<std::string_view> protobuf_name(Bytes bytes) {
    constexpr int kMostFields = 4096;
    Reader in(bytes);
    std::uint64_t seen = 0;  // bit per field number below 64
    int fields = 0;
    for (; !in.at_end() && fields < kMostFields; ++fields) {
        const auto key = varint(in);
        if (!key || *key >> 3 == 0 || *key >> 3 > 4000) return std::nullopt;
        if (*key >> 3 < 64) seen |= 1ULL << (*key >> 3);
        const unsigned wire = *key & 7;
        if (wire == 0) {
            if (!varint(in)) return std::nullopt;
            continue;
        }
        std::optional<std::uint64_t> length;
        if (wire == 2) length = varint(in);
        if (wire == 1) length = 8;
        if (wire == 5) length = 4;
        if (!length || !in.skip(*length)) return std::nullopt;
    }
    if (fields == 0 || bytes.size() < 8) return std::nullopt;
    const auto has = [&](unsigned field) { return (seen >> field & 1) != 0; };
    return has(1) && has(7) ? "onnx" : "protobuf";
}

/// Printable UTF-8 (or UTF-16 with its mark) without control characters but white space.
bool is_text(Bytes bytes) {
    const std::string_view s = text(bytes);
    if (s.starts_with("\xff\xfe") || s.starts_with("\xfe\xff")) {
        // As text only if no NUL-NUL pair, which every binary format has, occurs.
        return s.size() % 2 == 0 && s.find("\0\0"sv) == std::string_view::npos;
    }
    const auto is_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte != 0x1b) || byte == 0x7f;
    };
    return std::none_of(s.begin(), s.end(), is_control) && is_utf8(s);
}

/// Text that begins as JSON and ends as it: whether it is any, the check finds out.
bool is_json_end(std::string_view s) {
    const auto last = s.find_last_not_of(" \t\r\n");
    return s[last] == '}' || s[last] == ']';
}

/// Text that configures something: JSON, YAML tags, XML are formats of their own.
std::optional<std::string_view> config_name(Bytes bytes) {
    const std::string_view s = text(bytes);
    const auto first = s.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::nullopt;
    if (s[first] == '<') return s.substr(first).starts_with("<?xml") ? "xml" : "";
    if ((s[first] == '{' || s[first] == '[') && is_json_end(s)) return "json";
    if (s.find("!!python/") != std::string_view::npos ||
        s.find("_target_:") != std::string_view::npos) {
        return "yaml";
    }
    return std::nullopt;
}

void add_text(Bytes bytes, std::vector<Identity>& out) {
    if (!is_text(bytes)) return;
    const auto config = config_name(bytes);
    if (config == "json") {
        out.push_back({"json", Treatment::json, true});
    } else if (config && !config->empty()) {
        out.push_back({*config, Treatment::not_inspected, true});
    } else {
        out.push_back({"text", Treatment::text, true});
    }
}

void add_containers(Bytes bytes, std::vector<Identity>& out) {
    const bool is_tar = tar::recognise(bytes);
    if (is_tar) out.push_back({"tar", Treatment::tar});
    // A zip that is the last member of a tar ends where the tar ends; it is read as that member.
    if (zip::recognise(bytes) && (!is_tar || starts_with(bytes, "PK"))) {
        out.push_back({"zip", Treatment::zip});
    }
    if (zfile::recognise(bytes)) out.push_back({"joblib-zfile", Treatment::zfile});
    if (const auto codec = archive::recognise(bytes)) {
        out.push_back({archive::name(*codec), Treatment::codec});
    }
    if (const auto kind = archive::recognise_foreign(bytes)) {
        out.push_back({archive::name(*kind), Treatment::foreign});
    }
    if (numpy::recognise(bytes)) out.push_back({"npy", Treatment::npy});
}

}  // namespace

std::vector<Identity> identify(Bytes bytes, const Limits& limits) {
    std::vector<Identity> out;
    add_containers(bytes, out);
    for (const Magic& magic : kMagics) {
        if (has_magic(bytes, magic)) out.push_back({magic.name, magic.treatment});
    }
    if (is_hdf5(bytes)) out.push_back({"hdf5", Treatment::not_inspected});
    if (is_safetensors(bytes)) out.push_back({"safetensors", Treatment::not_inspected});
    if (is_pe(bytes)) out.push_back({"pe", Treatment::executable});
    const PickleStart start = pickle_start(bytes, limits);
    if (start == PickleStart::strong) out.insert(out.begin(), {"pickle", Treatment::pickle});
    if (start == PickleStart::weak) {
        out.insert(out.begin(), {"pickle", Treatment::pickle, true});
    }
    if (out.empty()) add_text(bytes, out);
    if (out.empty()) {
        if (const auto name = protobuf_name(bytes)) {
            out.push_back({*name, Treatment::not_inspected, true});
        }
    }
    return out;
}

}  // namespace pratique::scanner
