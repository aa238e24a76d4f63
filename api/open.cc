#include "api/open.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "api/sealed.h"
#include "api/spool.h"
#include "sandbox/proc_file.h"

namespace pratique::api {
namespace {

using scanner::Gap;
using scanner::GapReason;

Opened refused(Gap gap) {
    Opened out;
    out.gap = std::move(gap);
    return out;
}

Opened refused(GapReason reason) {
    return refused(Gap{reason, "", 0, std::string(meaning(reason))});
}

Opened spooled(int fd, const SpoolOptions& how, bool digest) {
    DescriptorOrGap spool = api::spool(fd, how);
    if (auto* gap = std::get_if<Gap>(&spool)) return refused(std::move(*gap));
    Opened out;
    out.fd = std::move(std::get<Descriptor>(spool));
    out.stamp = stamp(out.fd.get()).value_or(Stamp{});
    out.binding = Binding::snapshot;
    if (digest) out.sha256 = digest_of(out.fd.get(), how.cancel);
    return out;
}

Opened copied(int fd, const SnapshotOptions& how, int cancel) {
    auto taken = take_snapshot(fd, how, cancel);
    if (auto* gap = std::get_if<Gap>(&taken)) return refused(std::move(*gap));
    auto& snapshot = std::get<Snapshot>(taken);
    Opened out;
    out.fd = std::move(snapshot.fd);
    out.stamp = snapshot.stamp;
    out.binding = Binding::snapshot;
    out.sha256 = std::move(snapshot.sha256);
    out.blocks = std::move(snapshot.blocks);
    return out;
}

/// The live file itself.
Opened in_place(Descriptor fd, const Stamp& stamp, bool digest, int cancel) {
    Opened out;
    out.fd = std::move(fd);
    out.stamp = stamp;
    if (digest) out.sha256 = digest_of(out.fd.get(), cancel);
    return out;
}

bool is_pipe(int fd) {
    struct stat info {};
    return ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

Descriptor open_to_read(const FoundFile& file) {
    // A link was followed when it was found, and what it led to is opened. Only what has no name
    // to be opened by (a pipe as /dev/fd/63) is opened through the link that the user named.
    const bool follow = file.named && file.target.empty();
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
    return Descriptor(::open(file.opened_as().c_str(), flags));
}

/// What a regular file that is open becomes: itself, or a copy of it.
Opened opened(Descriptor fd, const OpenOptions& options) {
    const bool digest = options.digest || (options.snapshot && options.snapshot->digest);
    const auto found = stamp(fd.get());
    if (!found) return refused(GapReason::special_file);
    if (sandbox::lies_in_proc(fd.get())) return refused(GapReason::special_file);
    if (found->size == 0 && has_more_than(fd.get(), 0)) {
        return refused(
            Gap{GapReason::special_file, "", 0, "goes on behind its size, as files in /proc may"});
    }
    std::string verity = measure_verity(fd.get());
    Opened out = options.snapshot ? copied(fd.get(), *options.snapshot, options.cancel)
                                  : in_place(std::move(fd), *found, digest, options.cancel);
    if (out.binding == Binding::weak && !verity.empty()) out.binding = Binding::verity;
    out.verity = std::move(verity);
    return out;
}

}  // namespace

Opened open_input(const FoundFile& file, const OpenOptions& options) {
    const bool digest = options.digest || (options.snapshot && options.snapshot->digest);
    if (file.path == "-") {
        return spooled(STDIN_FILENO, {options.most_spooled, {}, "standard input", options.cancel},
                       digest);
    }
    Descriptor fd = open_to_read(file);
    if (!fd) return refused(gap_of_error("", errno));
    if (file.named && is_pipe(fd.get())) {
        return spooled(
            fd.get(), {options.most_spooled, options.patience, "the pipe", options.cancel}, digest);
    }
    return opened(std::move(fd), options);
}

Opened open_descriptor(int fd, const OpenOptions& options) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0) return refused(gap_of_error("", errno));
    // Whoever reads it must not be able to write.
    if ((flags & O_ACCMODE) != O_RDONLY && !options.snapshot) {
        DescriptorOrGap readable = reopen_to_read(fd);
        if (auto* gap = std::get_if<Gap>(&readable)) return refused(std::move(*gap));
        return opened(std::move(std::get<Descriptor>(readable)), options);
    }
    Descriptor again(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!again) return refused(gap_of_error("", errno));
    return opened(std::move(again), options);
}

}  // namespace pratique::api
