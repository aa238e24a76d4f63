#include "scanner/checks/python/command.h"

#include <algorithm>
#include <array>
#include <string>

namespace pratique::scanner {
namespace {

template <std::size_t N>
bool holds(std::string_view text, const std::array<std::string_view, N>& words) {
    return std::ranges::any_of(
        words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return out;
}

/// Whether something behind a `|` is an interpreter.
bool pipes_into_interpreter(std::string_view line) {
    constexpr auto kInterpreters =
        std::to_array<std::string_view>({"sh", "bash", "zsh", "dash", "ksh", "python", "python3",
                                         "perl", "ruby", "node", "iex", "php"});
    for (auto pipe = line.find('|'); pipe != std::string_view::npos;
         pipe = line.find('|', pipe + 1)) {
        std::string_view rest = line.substr(pipe + 1);
        for (;;) {
            rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
            std::string_view word = rest.substr(0, rest.find_first_of(" \t|;&\"'"));
            const auto slash = word.rfind('/');
            if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
            if (std::ranges::find(kInterpreters, word) != kInterpreters.end()) return true;
            if (word != "sudo" && word != "env" && word != "exec") break;
            rest.remove_prefix(std::min(rest.find(' '), rest.size()));
        }
    }
    return false;
}

}  // namespace

bool harms(std::string_view command) {
    const std::string line = lower(command);
    constexpr auto kFetchers = std::to_array<std::string_view>(
        {"curl ", "wget ", "fetch ", "invoke-webrequest", "iwr ", "downloadstring"});
    constexpr auto kDecoders =
        std::to_array<std::string_view>({"base64 -d", "base64 --decode", "xxd -r", "base64 -di"});
    constexpr auto kShells = std::to_array<std::string_view>(
        {"/dev/tcp/", "/dev/udp/", "nc -e", "ncat -e", "nc -c", "bash -i >", "sh -i >", "mkfifo "});
    constexpr auto kHidden = std::to_array<std::string_view>(
        {"-encodedcommand", " -enc ", "frombase64string", "mshta http", "regsvr32 /s",
         "certutil -urlcache", "bitsadmin /transfer"});
    const bool piped = pipes_into_interpreter(line);
    const bool substituted =
        line.find("$(") != std::string::npos || line.find("<(") != std::string::npos ||
        line.find("eval") != std::string::npos || line.find("iex") != std::string::npos;
    if (holds(line, kDecoders) && (piped || substituted)) return true;
    if (holds(line, kFetchers) &&
        (piped || (substituted && line.find("bash -c") != std::string::npos) ||
         line.find("iex") != std::string::npos)) {
        return true;
    }
    return holds(line, kShells) || holds(line, kHidden);
}

bool is_ordinary_command(std::string_view line) {
    constexpr auto kPrograms = std::to_array<std::string_view>(
        {"pip",   "pip3",    "git",     "nvidia-smi",  "nvcc",        "ffmpeg",   "ffprobe",
         "uname", "mkdir",   "ls",      "apt",         "apt-get",     "conda",    "lscpu",
         "which", "make",    "cmake",   "ninja",       "ldconfig",    "rocm-smi", "rocminfo",
         "gcc",   "g++",     "clang",   "llvm-config", "pkg-config",  "sysctl",   "hostname",
         "stty",  "tput",    "clear",   "cls",         "unzip",       "tar",      "huggingface-cli",
         "gdown", "git-lfs", "sw_vers", "xcrun",       "arch",        "protoc",   "whoami",
         "nproc", "getconf", "free",    "lspci",       "lsb_release", "pwd",      "date"});
    constexpr std::string_view kMore = ";|&`$><\n";
    if (line.find_first_of(kMore) != std::string_view::npos) return false;
    std::string_view word = line.substr(0, line.find(' '));
    constexpr std::string_view kModule = " -m pip ";
    if (line.find(kModule) != std::string_view::npos) return true;
    const auto slash = word.rfind('/');
    if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
    return std::ranges::find(kPrograms, word) != kPrograms.end();
}

bool names_address(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return false;
    std::string_view host = url.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/:?"));
    const bool own = host.starts_with("127.") || host.starts_with("0.0.0.0");
    return !host.empty() && !own && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_started_from(std::string_view path) {
    constexpr auto kPlaces = std::to_array<std::string_view>(
        {".bashrc",         ".bash_profile", ".profile",     ".zshrc",          ".zprofile",
         "authorized_keys", "/etc/cron",     "/etc/profile", "/etc/init",       "/etc/systemd",
         "/etc/ld.so",      "/etc/passwd",   "/etc/rc",      "/var/spool/cron", "autostart",
         "LaunchAgents",    "LaunchDaemons", "Start Menu",   "sitecustomize",   "usercustomize",
         "site-packages",   "dist-packages", "/usr/bin",     "/usr/local/bin",  "/usr/lib",
         ".config/systemd", ".git/hooks"});
    return holds(path, kPlaces);
}

bool is_secret_path(std::string_view path) {
    constexpr auto kPlaces = std::to_array<std::string_view>(
        {".ssh/", ".aws/", ".netrc", "/etc/passwd", "/etc/shadow", ".git-credentials", ".kube/",
         ".docker/config", ".gnupg", "huggingface/token", ".pypirc", ".npmrc", "Login Data",
         "wallet.dat", ".config/gcloud", "/proc/self/environ"});
    return holds(path, kPlaces);
}

}  // namespace pratique::scanner
