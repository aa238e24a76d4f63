#include "api/cache/result_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "api/acceptable.h"
#include "api/binding.h"
#include "api/cache/folder.h"
#include "base/digest.h"
#include "base/text.h"
#include "base/wire.h"
#include "rules/findings.h"
#include "sandbox/protocol.h"
#include "scanner/wire.h"
#include "signing/keys/password.h"
#include "signing/mac.h"

namespace pratique::api {
namespace {

constexpr std::string_view kFormat = "pratique result 1";
constexpr std::size_t kLargestEntry = 1 * kMiB;
constexpr std::size_t kPiece = 64 * kKiB;
constexpr std::size_t kShortestKey = 32;
constexpr const char* kKeyName = "key";

std::string because(const std::string& path, const std::string& what) {
    return escape(path) + ": " + what;
}

std::string because(const std::string& path, int error) {
    return because(path, std::strerror(error));  // NOLINT(concurrency-*)
}

/// Said of the same bytes by every worker of this program.
bool may_be_kept(const scanner::FileReport& report) {
    return !report.identities.empty() && std::ranges::all_of(report.gaps, [](const auto& gap) {
        return is_about_bytes(gap.reason);
    });
}

std::vector<std::byte> encode(const ResultCache::Answer& answer) {
    WireWriter out;
    out.bytes(sandbox::encode(answer.isolation));
    const sandbox::GroupLimits& group = answer.isolation.group;
    out.u8(group.memory).u8(group.swap).u8(group.processes);
    for (const auto& piece : scanner::encode(answer.report, kPiece)) out.bytes(piece);
    return out.take();
}

Result<ResultCache::Answer> decode(Bytes content, std::uint32_t reported) {
    Reader in(content);
    ResultCache::Answer out;
    out.isolation = TRY(sandbox::decode_hello(TRY(wire_bytes(in, kLargestEntry))));
    out.isolation.group.memory = TRY(in.u8()) != 0;
    out.isolation.group.swap = TRY(in.u8()) != 0;
    out.isolation.group.processes = TRY(in.u8()) != 0;
    while (in.left() > 0) {
        TRY(scanner::decode_piece(TRY(wire_bytes(in, kLargestEntry)), reported, out.report));
    }
    return out;
}

std::string digest_of_program(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    return file ? digest_of(file.get()) : "";
}

}  // namespace

std::variant<std::shared_ptr<ResultCache>, std::string> ResultCache::open(
    const CacheOptions& options) {
    std::shared_ptr<ResultCache> out(new ResultCache);
    const std::string worker = digest_of_program(options.worker);
    if (worker.empty()) return because(options.worker, "cannot be read");
    out->program_ =
        std::string(PRATIQUE_VERSION) + '\n' + std::string(rules::digest()) + '\n' + worker;
    out->most_ = options.most_bytes;
    if (auto why = out->open_folder(options.folder); !why.empty()) return why;
    if (auto why = out->open_key(options); !why.empty()) return why;
    out->used_ = cache::bytes_in(out->folder_.get());
    out->make_room(0);
    return out;
}

std::string ResultCache::open_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return because(path, errno);
    folder_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!folder_ || ::fstat(folder_.get(), &info) != 0) return because(path, errno);
    if (info.st_uid != ::geteuid()) return because(path, "is somebody else's folder");
    if ((info.st_mode & 077) != 0) {
        return because(path, "others may look into it; a cache needs mode 0700");
    }
    return "";
}

std::string ResultCache::open_key(const CacheOptions& options) {
    if (!options.key.empty()) return read_key(options.key);
    const std::string path = options.folder + "/" + kKeyName;
    struct stat info {};
    if (::fstatat(folder_.get(), kKeyName, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        // Whoever comes first makes it; all use that one.
        if (!write(kKeyName, signing::random_key().bytes(), false) && errno != EEXIST) {
            return because(path, errno);
        }
    }
    return read_key(path);
}

std::string ResultCache::read_key(const std::string& path) {
    auto key = signing::read_secret_file(path);
    if (!key) return describe(key.error());
    if (key->size() < kShortestKey) return because(path, "is no key: it has less than 32 bytes");
    key_ = std::move(key).value();
    return "";
}

std::string ResultCache::name_of(const std::string& sha256, Bytes request) const {
    WireWriter all;
    all.text(kFormat).text(program_).text(sha256).bytes(request);
    return sha256_hex(all.view());
}

std::optional<ResultCache::Answer> ResultCache::find(const std::string& sha256, Bytes request,
                                                     std::uint32_t reported) {
    if (sha256.empty()) return std::nullopt;
    const std::string name = name_of(sha256, request);
    const auto entry = cache::read_entry(folder_.get(), name, kLargestEntry);
    if (!entry) return std::nullopt;
    const Bytes tag = slice(*entry, 0, sizeof(signing::Tag));
    const Bytes content = from(*entry, sizeof(signing::Tag));
    if (!signing::equal(signing::tag_of(key_, as_bytes(name), content), tag)) return refuse(name);
    Result<Answer> answer = decode(content, reported);
    if (!answer || !may_be_kept(answer->report)) return refuse(name);
    ++found_;
    return std::move(answer).value();
}

std::optional<ResultCache::Answer> ResultCache::refuse(const std::string& name) {
    ++spoilt_;
    ::unlinkat(folder_.get(), name.c_str(), 0);
    return std::nullopt;
}

void ResultCache::keep(const std::string& sha256, Bytes request, const Answer& answer) {
    if (sha256.empty() || !may_be_kept(answer.report)) return;
    const std::string name = name_of(sha256, request);
    const std::vector<std::byte> content = encode(answer);
    WireWriter entry;
    entry.raw(signing::tag_of(key_, as_bytes(name), content)).raw(content);
    if (entry.view().size() > kLargestEntry) return;
    const std::uint64_t bytes = cache::on_disk(entry.view().size());
    make_room(bytes);
    if (write(name, entry.view(), true)) return;
    const std::lock_guard lock(mutex_);
    used_ -= std::min(used_, bytes);
}

bool ResultCache::write(const std::string& name, Bytes content, bool replace) {
    return cache::write_entry(folder_.get(), name, content, replace);
}

void ResultCache::make_room(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    // Down to three quarters, so that it is not looked through for every entry.
    if (used_ + bytes > most_) {
        used_ = cache::remove_oldest(folder_.get(), most_ - most_ / 4, kKeyName);
    }
    used_ += bytes;
}

}  // namespace pratique::api
