// Safetensors files for tests: bytes under names, and an index of several.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protobuf_builder.h"

namespace pratique::test {

/// One tensor of U8 each.
inline std::string safetensors(const std::vector<std::pair<std::string, std::string>>& tensors) {
    std::string header = "{";
    std::string data;
    for (const auto& [name, bytes] : tensors) {
        header += (data.empty() ? "\"" : ",\"") + name + R"(":{"dtype":"U8","shape":[)" +
                  std::to_string(bytes.size()) + R"(],"data_offsets":[)" +
                  std::to_string(data.size()) + "," + std::to_string(data.size() + bytes.size()) +
                  "]}";
        data += bytes;
    }
    header += "}";
    header.append((8 - header.size() % 8) % 8, ' ');
    return little_endian(header.size(), 8) + header + data;
}

/// Which tensor lies in which file.
inline std::string safetensors_index(const std::map<std::string, std::string>& files) {
    std::string out = R"({"metadata":{},"weight_map":{)";
    for (const auto& [name, file] : files) {
        if (out.back() != '{') out += ',';
        out += '"' + name + R"(":")" + file + '"';
    }
    return out + "}}";
}

}  // namespace pratique::test
