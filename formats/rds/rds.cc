#include "formats/rds/rds.h"

#include "formats/rds/walk.h"

namespace pratique::rds {
namespace {

using namespace std::string_view_literals;

std::optional<Encoding> encoding_of(Bytes bytes) {
    if (starts_with(bytes, "X\n")) return Encoding::xdr;
    if (starts_with(bytes, "A\n")) return Encoding::ascii;
    if (!starts_with(bytes, "B\n")) return std::nullopt;
    // Whose order it is, the version tells, which is small.
    return starts_with(from(bytes, 2), "\0"sv) ? Encoding::xdr : Encoding::little_endian;
}

std::optional<Preamble> preamble_of(Bytes bytes) {
    Preamble out;
    constexpr std::string_view kWorkspaces[] = {"RDX2\n", "RDX3\n", "RDA2\n",
                                                "RDA3\n", "RDB2\n", "RDB3\n"};
    for (const std::string_view magic : kWorkspaces) {
        out.workspace = out.workspace || starts_with(bytes, magic);
    }
    out.size = out.workspace ? kWorkspaces[0].size() : 0;
    const auto encoding = encoding_of(from(bytes, out.size));
    if (!encoding) return std::nullopt;
    out.encoding = *encoding;
    out.size += 2;
    return out;
}

bool has_version(Bytes bytes, const Preamble& preamble) {
    Stream in(from(bytes, preamble.size), preamble.size, preamble.encoding);
    const auto version = in.integer();
    return version && (*version == 2 || *version == 3) && in.skip_integers(2);
}

}  // namespace

bool recognise(Bytes bytes) {
    const auto preamble = preamble_of(bytes);
    return preamble && !preamble->workspace && has_version(bytes, *preamble);
}

bool recognise_workspace(Bytes bytes) {
    const auto preamble = preamble_of(bytes);
    return preamble && preamble->workspace;
}

Serialization read(Bytes bytes) {
    const auto preamble = preamble_of(bytes);
    if (preamble) return walk(bytes, *preamble);
    Serialization out;
    out.error = Error{Errc::bad_magic, 0};
    return out;
}

}  // namespace pratique::rds
