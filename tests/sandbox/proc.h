// What the kernel says of a process.
#pragma once

#include <fstream>
#include <string>

namespace worker_test {

/// The rest of the line that starts with `key`; empty if there is none.
inline std::string status_line(int pid, const std::string& key, const char* file = "/status") {
    std::ifstream in("/proc/" + std::to_string(pid) + file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(key)) return line.substr(line.find_first_not_of(" \t", key.size()));
    }
    return "";
}

}  // namespace worker_test
