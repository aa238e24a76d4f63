#include "scanner/checks/rds/functions.h"

#include <algorithm>
#include <array>

namespace pratique::scanner {
namespace {

constexpr auto kSystem = std::to_array<std::string_view>({
    "dyn.load",
    "library.dynam",
    "inDL",  // native code
    "system",
    "system2",
    "shell",
    "shell.exec",
    "pipe",
    "fifo",
    "mcfork",  // programs
    "url",
    "download.file",
    "curlDownload",
    "curlGetHeaders",
    "browseURL",  // the network
    "socketConnection",
    "serverSocket",
    "socketAccept",
    "make.socket",
    "install.packages",
    "makePSOCKcluster",
});

constexpr auto kEvaluation = std::to_array<std::string_view>({
    "eval",
    "evalq",
    "eval.parent",
    "parse",
    "str2lang",
    "str2expression",  // text to code
    "source",
    "sys.source",
    "load",
    "attach",
    "readRDS",
    "unserialize",  // files to code
    "trace",
    "makeActiveBinding",
    "delayedAssign",
    "reg.finalizer",  // hooks
    "addTaskCallback",
    "setHook",
    "assignInNamespace",
    "unlockBinding",
    "unlink",
    "file.remove",
    "file.rename",
    "file.copy",
    "file.symlink",  // files
    "writeBin",
    "writeLines",
    "sink",
    "Sys.setenv",
    "Sys.chmod",
});

constexpr auto kByName = std::to_array<std::string_view>({"::",
                                                          ":::",
                                                          "do.call",
                                                          "match.fun",
                                                          "get",
                                                          "get0",
                                                          "mget",
                                                          "getFunction",
                                                          "getExportedValue",
                                                          "getFromNamespace",
                                                          "lapply",
                                                          "sapply",
                                                          "vapply",
                                                          "mapply",
                                                          "Map",
                                                          "Reduce",
                                                          "Filter",
                                                          "apply",
                                                          "outer",
                                                          "Recall",
                                                          ".Internal",
                                                          ".Primitive",
                                                          "as.name",
                                                          "as.symbol",
                                                          "call"});

template <std::size_t n>
bool has(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

Reach reach_of(std::string_view name) {
    if (has(kSystem, name)) return Reach::system;
    return has(kEvaluation, name) ? Reach::evaluation : Reach::plain;
}

bool calls_by_name(std::string_view name) { return has(kByName, name); }

}  // namespace pratique::scanner
