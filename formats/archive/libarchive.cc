#include "formats/archive/libarchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/checked.h"
#include "base/reader.h"
#include "formats/archive/output.h"
#include "formats/archive/rar_blocks.h"

namespace pratique::archive {
namespace {

using namespace std::string_view_literals;

struct Free {
    void operator()(struct archive* handle) const { archive_read_free(handle); }
};
using Handle = std::unique_ptr<struct archive, Free>;

int enable(struct archive* handle, ForeignKind kind) {
    switch (kind) {
        case ForeignKind::seven_zip: return archive_read_support_format_7zip(handle);
        case ForeignKind::rar4: return archive_read_support_format_rar(handle);
        case ForeignKind::rar5: return archive_read_support_format_rar5(handle);
        case ForeignKind::cpio: return archive_read_support_format_cpio(handle);
        case ForeignKind::ar: return archive_read_support_format_ar(handle);
        case ForeignKind::cab: return archive_read_support_format_cab(handle);
    }
    return ARCHIVE_FATAL;
}

// libarchive has three error numbers and a sentence; the sentence is what tells the cause.
Errc cause_of(struct archive* handle) {
    if (archive_errno(handle) == ENOMEM) return Errc::limit_memory;
    const char* message = archive_error_string(handle);
    const std::string_view why = message == nullptr ? "" : message;
    const auto says = [&](std::string_view words) {
        return why.find(words) != std::string_view::npos;
    };
    if (says("ncrypt")) return Errc::encrypted;
    if (says("upported") || says("not support") || says("unavailable")) return Errc::unsupported;
    if (says("CRC") || says("hecksum")) return Errc::bad_checksum;
    if (says("runcated") || says("nd-of-file") || says("nd of file")) return Errc::truncated;
    if (says("ecompress") || says("lzma") || says("LZMA") || says("PPMd")) {
        return Errc::bad_compression;
    }
    return Errc::bad_header;
}

// libarchive converts names through the thread's locale, and drops those that its character set
// does not hold. In a UTF-8 locale it holds all of them, and needs no conversion module of glibc's
// iconv, which would be opened on first use. Made once, on first use, and never freed.
locale_t utf8_locale() {
    static const locale_t utf8 =
        newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
    return utf8;
}

class InUtf8 {
public:
    InUtf8() : before_(uselocale(utf8_locale())) {}  // without that locale this changes nothing
    ~InUtf8() { uselocale(before_); }
    InUtf8(const InUtf8&) = delete;
    InUtf8& operator=(const InUtf8&) = delete;

private:
    locale_t before_;
};

// The getters end the whole process when a name cannot be converted and errno happens to say
// ENOMEM, even from an allocation that failed long before: it is cleared in front of each.
using Getter = const char*(struct archive_entry*);

const char* get(struct archive_entry* entry, Getter* getter) {
    errno = 0;
    return getter(entry);
}

std::string text_of(struct archive_entry* entry, Getter* utf8, Getter* raw) {
    const char* found = get(entry, utf8);
    if (found == nullptr) found = get(entry, raw);
    return found == nullptr ? "" : found;
}

ForeignType type_of(struct archive_entry* entry) {
    if (get(entry, archive_entry_hardlink) != nullptr) return ForeignType::hard_link;
    const auto type = archive_entry_filetype(entry);
    // ar may store permissions only.
    if (type == AE_IFREG || type == 0) return ForeignType::file;
    if (type == AE_IFLNK) return ForeignType::symbolic_link;
    return type == AE_IFDIR ? ForeignType::directory : ForeignType::other;
}

// The end of a 7z archive by its start header:
//     magic(6) version(2) crc(4) | u64 offset of the end header, u64 its size, u32 its crc
std::optional<std::uint64_t> end_of_7z(Bytes bytes) {
    constexpr std::uint64_t kStartHeader = 32;
    Reader in(from(bytes, 12));
    const auto offset = in.le<std::uint64_t>();
    const auto size = in.le<std::uint64_t>();
    if (!offset || !size) return {};
    const std::uint64_t end = saturating_add(kStartHeader, saturating_add(*offset, *size));
    if (end > bytes.size()) return {};
    return end;
}

class ForeignReader {
public:
    ForeignReader(Bytes bytes, ForeignKind kind, const Limits& limits)
        : bytes_(bytes), kind_(kind), limits_(limits) {}

    Foreign run() {
        handle_.reset(archive_read_new());
        if (handle_ == nullptr) return failed(Errc::limit_memory);
        if (enable(handle_.get(), kind_) < ARCHIVE_WARN) return failed(Errc::unsupported);
        const int opened = archive_read_open_memory(handle_.get(), bytes_.data(), bytes_.size());
        if (opened < ARCHIVE_WARN) return failed(cause_of(handle_.get()));
        read_entries();
        find_end();
        return std::move(result_);
    }

private:
    Foreign failed(Errc code) {
        result_.error = Error{code, 0};
        return std::move(result_);
    }

    void find_end() {
        switch (kind_) {
            case ForeignKind::seven_zip: result_.end = end_of_7z(bytes_); return;
            case ForeignKind::rar4: take_end(end_of_rar4(bytes_)); return;
            case ForeignKind::rar5: take_end(end_of_rar5(bytes_)); return;
            case ForeignKind::cpio:
            case ForeignKind::ar:
            case ForeignKind::cab: break;
        }
        const auto read = archive_filter_bytes(handle_.get(), 0);
        if (!complete_ || read < 0) return;
        result_.end = std::min(static_cast<std::uint64_t>(read), std::uint64_t{bytes_.size()});
    }

    void take_end(Result<std::uint64_t> end) {
        if (end) {
            result_.end = *end;
        } else if (!result_.error) {
            result_.error = end.error();
        }
    }

    std::uint64_t header_position() const {
        const auto at = archive_read_header_position(handle_.get());
        return at < 0 ? 0 : static_cast<std::uint64_t>(at);
    }

    void stop(Errc code, std::uint64_t offset) { result_.error = Error{code, offset}; }

    void read_entries() {
        for (;;) {
            struct archive_entry* raw = nullptr;
            errno = 0;
            const int code = archive_read_next_header(handle_.get(), &raw);
            if (code == ARCHIVE_EOF) {
                complete_ = true;
                return;
            }
            if (code < ARCHIVE_WARN) return stop(header_error(), header_position());
            if (result_.entries.size() >= limits_.members) {
                return stop(Errc::limit_members, header_position());
            }
            if (!read_entry(raw)) return;
        }
    }

    Errc header_error() const {
        const bool encrypted = archive_read_has_encrypted_entries(handle_.get()) > 0;
        return encrypted ? Errc::encrypted : cause_of(handle_.get());
    }

    // False when nothing further can be read.
    bool read_entry(struct archive_entry* raw) {
        ForeignEntry entry = describe(raw);
        const std::uint64_t at = header_position();
        bool go_on = true;
        if (entry.encrypted) {
            entry.error = Error{Errc::encrypted, at};
        } else {
            go_on = read_data(entry, at);
        }
        if (entry.error && !result_.error) result_.error = entry.error;
        result_.entries.push_back(std::move(entry));
        return go_on;
    }

    static ForeignEntry describe(struct archive_entry* raw) {
        ForeignEntry entry;
        // UTF-8 where the format knows its encoding; else the bytes as they are.
        entry.name = text_of(raw, archive_entry_pathname_utf8, archive_entry_pathname);
        entry.type = type_of(raw);
        entry.link = entry.type == ForeignType::hard_link
                         ? text_of(raw, archive_entry_hardlink_utf8, archive_entry_hardlink)
                         : text_of(raw, archive_entry_symlink_utf8, archive_entry_symlink);
        entry.size = static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(raw), 0));
        entry.encrypted = archive_entry_is_encrypted(raw) != 0;
        return entry;
    }

    bool read_data(ForeignEntry& entry, std::uint64_t at) {
        Output out(inflate_limits(limits_), bytes_.size(), total_);
        const bool go_on = drain(out, entry, at);
        total_ += out.size();
        entry.bytes = out.take();
        return go_on;
    }

    bool drain(Output& out, ForeignEntry& entry, std::uint64_t at) {
        for (;;) {
            const std::span<std::byte> room = out.room();
            if (room.empty()) {
                entry.error = Error{Errc::limit_memory, at};
                return false;
            }
            const auto count = archive_read_data(handle_.get(), room.data(), room.size());
            if (count == 0) {
                const bool all = out.size() == entry.size || entry.type != ForeignType::file;
                if (!all) entry.error = Error{Errc::size_mismatch, at};
                return true;
            }
            if (count < 0) {
                entry.error = Error{cause_of(handle_.get()), at};
                entry.encrypted = entry.error->code == Errc::encrypted;
                return count > ARCHIVE_FATAL;
            }
            if (const auto limit = out.commit(static_cast<std::size_t>(count))) {
                entry.error = Error{*limit, at};
                return false;
            }
        }
    }

    Bytes bytes_;
    ForeignKind kind_;
    const Limits& limits_;
    Handle handle_;
    Foreign result_;
    std::uint64_t total_ = 0;
    bool complete_ = false;
};

}  // namespace

std::string_view name(ForeignKind kind) {
    switch (kind) {
        case ForeignKind::seven_zip: return "7z";
        case ForeignKind::rar4: return "rar4";
        case ForeignKind::rar5: return "rar5";
        case ForeignKind::cpio: return "cpio";
        case ForeignKind::ar: return "ar";
        case ForeignKind::cab: return "cab";
    }
    return {};
}

std::optional<ForeignKind> recognise_foreign(Bytes bytes) {
    struct Magic {
        std::string_view start;
        ForeignKind kind;
    };
    static constexpr std::array kMagics{
        Magic{"7z\xbc\xaf\x27\x1c"sv, ForeignKind::seven_zip},
        Magic{"Rar!\x1a\x07\x00"sv, ForeignKind::rar4},
        Magic{"Rar!\x1a\x07\x01\x00"sv, ForeignKind::rar5},
        Magic{"070701"sv, ForeignKind::cpio},
        Magic{"070702"sv, ForeignKind::cpio},
        Magic{"070707"sv, ForeignKind::cpio},
        Magic{"!<arch>\n"sv, ForeignKind::ar},
        Magic{"MSCF\0\0\0\0"sv, ForeignKind::cab},
    };
    for (const Magic& magic : kMagics) {
        if (starts_with(bytes, magic.start)) return magic.kind;
    }
    return {};
}

Foreign read_foreign(Bytes bytes, const Limits& limits) {
    const auto kind = recognise_foreign(bytes);
    if (!kind) {
        Foreign nothing;
        nothing.error = Error{Errc::bad_magic, 0};
        return nothing;
    }
    const InUtf8 names;
    return ForeignReader(bytes, *kind, limits).run();
}

void warm_up_foreign() { utf8_locale(); }

}  // namespace pratique::archive
