// What tests of zip archives share: the archive that most of them start from, and short texts that
// say what was found in one.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "formats/archive/zip.h"
#include "zip_builder.h"

namespace pratique::test {

/// An archive as read, with the bytes that its views point into.
struct Reading : zip::Archive {
    std::shared_ptr<const std::string> file;
};

inline Reading read(std::string file) {
    Reading out;
    out.file = std::make_shared<const std::string>(std::move(file));
    static_cast<zip::Archive&>(out) = zip::read(as_bytes(*out.file), Limits{});
    return out;
}

/// The anomalies by name, each once, in the order of their kinds.
inline std::string kinds(const zip::Archive& archive) {
    std::vector<zip::AnomalyKind> found;
    for (const auto& anomaly : archive.anomalies) found.push_back(anomaly.kind);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::string out;
    for (const zip::AnomalyKind kind : found)
        out += (out.empty() ? "" : " ") + std::string(name(kind));
    return out;
}

/// The names of the entries, '-' before those that no directory has.
inline std::string names(const zip::Archive& archive) {
    std::string out;
    for (const auto& entry : archive.entries) {
        out += (out.empty() ? "" : " ") + std::string(entry.in_central ? "" : "-");
        out += entry.name;
    }
    return out;
}

inline ZipBuilder two_members() {
    ZipBuilder zip;
    zip.add("a/data.pkl", "first payload");
    zip.add("a/version", "3\n");
    return zip;
}

/// Makes a member one whose sizes only the directory and a descriptor know.
inline void stream(ZipBuilder::Member& member, bool wide, bool marked) {
    member.local.flags = member.central.flags = 8;
    member.descriptor = (marked ? "PK\7\10" : "") + little(member.central.crc, 4) +
                        little(member.central.packed, wide ? 8 : 4) +
                        little(member.central.size, wide ? 8 : 4);
    member.local.crc = 0;
    member.local.packed = member.local.size = 0;
}

}  // namespace pratique::test
