#include "scanner/identify.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/reader.h"
#include "base/text.h"
#include "formats/archive/codec.h"
#include "formats/archive/libarchive.h"
#include "formats/protobuf/wire.h"
#include "rules/findings.h"
#include "scanner/checks/archive/archive.h"
#include "scanner/checks/java/java.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/protobuf/protobuf.h"
#include "scanner/checks/text/text.h"

namespace pratique::scanner {
namespace {

using namespace std::string_view_literals;

void check_executable(Scan& scan, const Artifact& artifact) {
    scan.find(RuleId::file_executable, artifact, 0, std::string(artifact.format));
}

void check_pointer(Scan& scan, const Artifact& artifact) {
    scan.gap(GapReason::not_present, artifact, 0);
}

void check_media(Scan& scan, const Artifact& artifact) { search_hidden_pickles(scan, artifact); }

/// A format known by fixed bytes at a fixed place.
struct Magic {
    std::string_view name;
    Check check;
    std::size_t offset;
    std::string_view bytes;
};

constexpr auto kMagics = std::to_array<Magic>({
    // Model formats whose inspection is not built yet.
    {"catboost", check_not_inspected, 0, "CBM1"sv},
    {"java-serialized", check_java, 0, "\xac\xed\0\x05"sv},
    {"sqlite", check_not_inspected, 0, "SQLite format 3\0"sv},
    {"parquet", check_not_inspected, 0, "PAR1"sv},
    {"arrow", check_not_inspected, 0, "ARROW1"sv},
    {"llvm-bitcode", check_not_inspected, 0, "BC\xc0\xde"sv},
    {"marisa", check_not_inspected, 0, "We love Marisa."sv},
    // Programs.
    {"elf", check_executable, 0,
     "\x7f"
     "ELF"sv},
    {"mach-o", check_executable, 0, "\xfe\xed\xfa\xce"sv},
    {"mach-o", check_executable, 0, "\xfe\xed\xfa\xcf"sv},
    {"mach-o", check_executable, 0, "\xce\xfa\xed\xfe"sv},
    {"mach-o", check_executable, 0, "\xcf\xfa\xed\xfe"sv},
    {"java-class", check_executable, 0, "\xca\xfe\xba\xbe"sv},
    {"web-assembly", check_executable, 0, "\0asm"sv},
    // What people keep beside models.
    {"png", check_media, 0, "\x89PNG\r\n\x1a\n"sv},
    {"jpeg", check_media, 0, "\xff\xd8\xff"sv},
    {"gif", check_media, 0, "GIF8"sv},
    {"bmp", check_media, 0, "BM"sv},
    {"tiff", check_media, 0, "II*\0"sv},
    {"tiff", check_media, 0, "MM\0*"sv},
    {"riff", check_media, 0, "RIFF"sv},
    {"pdf", check_media, 0, "%PDF-"sv},
    {"ogg", check_media, 0, "OggS"sv},
    {"flac", check_media, 0, "fLaC"sv},
    {"mp3", check_media, 0, "ID3"sv},
    {"mp4", check_media, 4, "ftyp"sv},
    {"matroska", check_media, 0, "\x1a\x45\xdf\xa3"sv},
    {"apple-double", check_media, 0, "\0\5\x16\7"sv},
    {"woff", check_media, 0, "wOF"sv},
    {"git-lfs-pointer", check_pointer, 0, "version https://git-lfs.github.com/spec/"sv},
    {"git-annex-pointer", check_pointer, 0, "/annex/objects/"sv},
});

bool has_magic(Bytes bytes, const Magic& magic) {
    return starts_with(from(bytes, magic.offset), magic.bytes);
}

bool is_pe(Bytes bytes) {
    Reader in(from(bytes, 0x3c));
    const auto header = in.le<std::uint32_t>();
    return starts_with(bytes, "MZ") && header && starts_with(from(bytes, *header), "PE\0\0"sv);
}

/// CPython's byte code: a version number, CR LF, and flags since 3.7.
bool is_bytecode(Bytes bytes) {
    Reader in(bytes);
    const auto version = in.le<std::uint16_t>();
    const auto ends = in.le<std::uint16_t>();
    const auto flags = in.le<std::uint32_t>();
    if (!version || !ends || !flags || *ends != 0x0a0d) return false;
    const bool python2 = *version >= 62000 && *version <= 62300;
    return python2 || (*version >= 3000 && *version < 3800 && (*flags <= 3 || *version < 3392));
}

/// A protobuf message of nobody, to its last byte.
bool is_protobuf(Bytes bytes) {
    constexpr int kMostFields = 4096;
    if (bytes.size() < 8) return false;
    protobuf::Message message(bytes);
    for (int fields = 0; fields < kMostFields; ++fields) {
        const auto field = message.next();
        if (!field || (*field && (*field)->number > 4000)) return false;
        if (!*field) return true;
    }
    return true;
}

bool claims(const std::vector<Identity>& all, std::string_view name) {
    return std::ranges::any_of(all, [&](const Identity& id) { return id.name == name; });
}

void add(std::span<const Format> formats, Bytes bytes, const Limits& limits,
         std::vector<Identity>& out) {
    for (const Format& format : formats) {
        const Claim claim = format.recognise(bytes, limits);
        if (claim == Claim::no || claims(out, format.name)) continue;
        out.push_back({format.name, format.check, claim == Claim::weak});
    }
}

/// Formats whose recognisers tell several kinds apart, and those that fixed bytes tell.
void add_named(Bytes bytes, std::vector<Identity>& out) {
    if (const auto codec = archive::recognise(bytes)) {
        out.push_back({archive::name(*codec), check_codec});
    }
    if (const auto kind = archive::recognise_foreign(bytes)) {
        out.push_back({archive::name(*kind), check_foreign});
    }
    for (const Magic& magic : kMagics) {
        if (has_magic(bytes, magic)) out.push_back({magic.name, magic.check});
    }
    if (is_pe(bytes)) out.push_back({"pe", check_executable});
    if (is_bytecode(bytes)) out.push_back({"python-bytecode", check_executable});
}

}  // namespace

void check_not_inspected(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    scan.gap(GapReason::not_inspected, artifact, 0,
             std::string(artifact.format) + ": a known format that is not inspected");
}

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

std::vector<Identity> identify(Bytes bytes, const Limits& limits) {
    std::vector<Identity> out;
    add(formats(), bytes, limits, out);
    add_named(bytes, out);
    // Letters that happen to be a magic number in front do not keep a text from being read as one.
    if (is_text(bytes)) {
        add(text_formats(), bytes, limits, out);
        if (out.empty()) out.push_back({"text", check_text, true});
    }
    if (out.empty() && is_protobuf(bytes)) {
        out.push_back({"protobuf", check_protobuf, true});
    }
    return out;
}

}  // namespace pratique::scanner
