// A file that appears under its name whole, or not at all. It is written without a name where the
// file system can do that, else under a temporary one in the same folder; the last step gives it
// its name. Whatever ends the program before leaves the folder as it was.
//
//      create ─► write … (patch) ─► commit: fsync, link or rename, fsync of the folder
//
// Not thread-safe. No function throws but for std::bad_alloc.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "api/write/temporary.h"
#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace pratique::api {

class TargetFile {
public:
    /// Whether the file may be without a name until it is complete.
    enum class Unnamed : std::uint8_t { where_possible, never };

    /// Who may open it, from its first moment on. A file for its owner only may hold a secret: no
    /// copy of it is left in memory.
    enum class Readers : std::uint8_t { as_umask_says, owner };

    /// With `replace`, a regular file of that name makes way for the new one when that is complete.
    /// Anything else of that name is refused. The failure is in words for people, safe to print.
    static std::variant<std::unique_ptr<TargetFile>, std::string> create(
        const std::string& path, bool replace, Unnamed unnamed = Unnamed::where_possible,
        Readers readers = Readers::as_umask_says);

    TargetFile(const TargetFile&) = delete;
    TargetFile& operator=(const TargetFile&) = delete;
    ~TargetFile();

    /// From now on nothing is written once the caller gave up (base/cancel.h), and the file gets no
    /// name.
    void heed(int cancel) { cancel_ = cancel; }

    /// Appends. Errors: io; failure() says what.
    Status write(Bytes bytes);
    Status zeros(std::uint64_t count);
    /// Overwrites bytes that were written before. Errors: io.
    Status patch(std::uint64_t at, Bytes bytes);
    std::uint64_t size() const { return size_; }

    /// All of commit() that may want space on the disk: after it only a rename or a link is left to
    /// do, so that of several files none takes its name when one cannot be written. Nothing may be
    /// written after it. Errors: io.
    Status prepare();
    /// Gives the file its name; the object is used up. Errors: io.
    Status commit();
    /// The last error in words, safe to print.
    const std::string& failure() const { return failure_; }

private:
    TargetFile() = default;
    std::string look_at_target() const;
    mode_t mode() const;
    void wipe();
    int open_unnamed();
    int open_named();
    Status failed(const char* what, int error);
    Status flush();
    Status put(Bytes bytes, std::uint64_t at);
    /// In a file with a name, a signal that would end the program must wait until the name is gone.
    void hold_signals();
    void heed_signals();
    int give_temporary_name();
    int take_name();

    std::string name_;   ///< in the folder
    std::string shown_;  ///< the whole path, escaped
    Descriptor folder_;
    Temporary temporary_;  ///< the name that it has for now, in the folder
    Descriptor fd_;
    int cancel_ = -1;
    bool replace_ = false;
    Readers readers_ = Readers::as_umask_says;
    bool holds_signals_ = false;
    sigset_t held_{};
    bool prepared_ = false;
    sigset_t signals_before_{};
    std::vector<std::byte> buffer_;
    std::uint64_t size_ = 0;
    std::uint64_t most_ = 0;
    std::string failure_;
};

}  // namespace pratique::api
