#include "api/gate/admitted.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/cancel.h"
#include "base/json_fields.h"
#include "base/limits.h"
#include "base/text.h"
#include "signing/manifest/manifest.h"

namespace pratique::api {
namespace {

namespace fs = std::filesystem;
using signing::Judged;
using signing::Reason;
using signing::Refusal;

constexpr std::uint64_t kCopiedAtOnce = 16 * kMiB;

Refusal failed(const std::string& path, int error) {
    return {Reason::unreadable, path, std::strerror(error)};  // NOLINT(concurrency-mt-unsafe)
}

int copy(int from, int to, std::uint64_t size, int cancel) {
    off_t at = 0;
    while (static_cast<std::uint64_t>(at) < size) {
        if (is_cancelled(cancel)) return ECANCELED;
        const std::uint64_t left = size - static_cast<std::uint64_t>(at);
        const ssize_t done = ::sendfile(to, from, &at, std::min(left, kCopiedAtOnce));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errno;
        if (done == 0) return EIO;  // it ended before its size
    }
    return 0;
}

}  // namespace

Judged<std::unique_ptr<AdmittedCopy>> AdmittedCopy::create(const std::string& folder) {
    std::unique_ptr<AdmittedCopy> out(new AdmittedCopy());
    fs::path target = fs::path(folder);
    if (!target.has_filename()) target = target.parent_path();  // a slash at the end
    std::error_code error;
    if (fs::exists(fs::symlink_status(target, error))) {
        return Refusal{Reason::unreadable, folder, "it exists already"};
    }
    std::array<std::byte, 8> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
        return failed(folder, errno);
    }
    const fs::path staging = target.parent_path() / (".pratique-" + hex(random));
    const int made = out->staging_.make(AT_FDCWD, staging.native(), [&] {
        return ::mkdir(staging.c_str(), 0700) == 0 ? 0 : errno;
    });
    if (made != 0) return failed(folder, made);
    out->folder_ = target.native();
    return out;
}

AdmittedCopy::~AdmittedCopy() = default;

Judged<void> AdmittedCopy::add(const std::string& name, int fd, std::uint64_t size,
                               int cancel) const {
    if (!signing::is_plain_path(name)) return Refusal{Reason::bad_file_name, name};
    const fs::path path = fs::path(staging_.name()) / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return failed(name, error.value());
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 0666));  // the umask takes away from it
    if (!file) return failed(name, errno);
    if (const int why = copy(fd, file.get(), size, cancel); why != 0) return failed(name, why);
    return {};
}

Judged<void> AdmittedCopy::commit() {
    const Descriptor staging(::open(staging_.name().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!staging || ::syncfs(staging.get()) != 0) return failed(folder_, errno);
    if (::fchmod(staging.get(), 0755) != 0) return failed(folder_, errno);
    if (::renameat2(AT_FDCWD, staging_.name().c_str(), AT_FDCWD, folder_.c_str(),
                    RENAME_NOREPLACE) != 0) {
        return failed(folder_, errno);
    }
    staging_.release();
    const fs::path parent = fs::path(folder_).parent_path();
    const Descriptor above(
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (above) ::fsync(above.get());
    return {};
}

std::string write_record(const std::string& model, const std::string& policy_digest,
                         const std::vector<AdmittedFile>& files) {
    json::Writer out;
    out.begin_object().key("version").number(1);
    out.key("model").verbatim(model);
    out.key("policy_sha256").string(policy_digest);
    out.key("files").begin_array();
    for (const AdmittedFile& file : files) {
        out.begin_object().key("name").verbatim(file.name);
        out.key("size").number(file.size);
        out.key("sha256").string(file.sha256).end_object();
    }
    out.end_array().end_object();
    return out.take();
}

Judged<std::vector<AdmittedFile>> read_record(std::string_view text) {
    const auto value = json::parse(text, 8);
    if (!value) return signing::not_json(Reason::bad_trust, value.error());
    std::string problem;
    std::vector<AdmittedFile> out;
    json::Fields top(*value, "record", problem);
    if (top.count("version") != 1) top.complain("version", "is not 1");
    top.string("model");
    top.string("policy_sha256");
    for (json::Fields& file : top.objects("files")) {
        out.push_back({file.string("name"), file.count("size"), file.string("sha256")});
        if (!signing::is_hex(out.back().sha256, 32)) file.complain("sha256", "is no SHA-256");
        file.finish();
    }
    top.finish();
    if (!problem.empty()) return Refusal{Reason::bad_trust, "", problem};
    return out;
}

std::set<std::pair<std::string, std::string>> admitted_set(const std::vector<AdmittedFile>& files) {
    std::set<std::pair<std::string, std::string>> out;
    for (const AdmittedFile& file : files) out.insert({file.sha256, file.name});
    return out;
}

}  // namespace pratique::api
