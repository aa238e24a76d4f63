// Host tool of the build: reads the rule files, refuses them if the lint complains, and writes
// tables.cc (sorted constants) and findings.h (the enumeration of findings).
//
//   rules_compile <folder of the rules> <tables.cc> <findings.h>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "rules/compile/emit.h"
#include "rules/lint.h"

namespace {

namespace fs = std::filesystem;
using pratique::rules::SourceFile;

// Every JSON file below `folder`, by name, so that the output is the same on every machine.
std::vector<SourceFile> read_folder(const fs::path& folder) {
    std::vector<SourceFile> files;
    for (const auto& item : fs::recursive_directory_iterator(folder)) {
        if (item.path().extension() != ".json") {
            continue;
        }
        std::ifstream in(item.path(), std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        files.push_back({fs::relative(item.path(), folder).generic_string(), text.str()});
    }
    std::sort(files.begin(), files.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.name < b.name; });
    return files;
}

// Untouched when nothing changed, so that nothing is compiled anew.
bool write_if_changed(const char* path, const std::string& text) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream old;
    old << in.rdbuf();
    if (in && old.str() == text) {
        return true;
    }
    std::ofstream out(path, std::ios::binary);
    out << text;
    return out.flush().good();
}

int run(const fs::path& folder, const char* tables, const char* findings) {
    const std::vector<SourceFile> files = read_folder(folder);
    std::vector<std::string> complaints = pratique::rules::lint(files);
    if (!complaints.empty()) {
        for (const std::string& line : complaints) {
            std::cerr << line << "\n";
        }
        return 1;
    }
    const pratique::rules::Sources sources = pratique::rules::read(files, complaints);
    const std::string digest = pratique::rules::digest_of(files);
    if (!write_if_changed(tables, pratique::rules::emit_tables(sources, digest)) ||
        !write_if_changed(findings, pratique::rules::emit_findings(sources))) {
        std::cerr << "cannot write the tables\n";
        return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<const char*> arguments(argv, std::next(argv, argc));
    if (arguments.size() != 4) {
        std::cerr << "usage: rules_compile FOLDER TABLES_CC FINDINGS_H\n";
        return 64;
    }
    try {
        return run(arguments[1], arguments[2], arguments[3]);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
