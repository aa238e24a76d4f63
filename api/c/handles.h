// What stands behind the handles of <pratique.h>, and the one place that no exception gets past.
#pragma once

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

// The floors' own headers come first, all of them, for the reason in api/public/state.h.
// clang-format off
#include "api/attest/attest.h"
#include "api/exit_code.h"
#include "api/gate/admitted.h"
#include "api/inspect.h"
#include "api/report/report.h"
#include "api/trust_files.h"
#include "api/write/export.h"
#include "base/descriptor.h"
#include "base/json.h"
#include "api/public/state.h"

#include <pratique.h>
// clang-format on

/// An eventfd: whoever waits for a worker waits for it as well.
struct pratique_cancel {
    pratique::Descriptor event;
};

struct pratique_error {
    int status = PRATIQUE_UNDECIDED;
    pratique::v1::Error error;
    std::string findings = "[]";  // JSON
};

struct pratique_report {
    std::string json;
    int exit_code = PRATIQUE_UNDECIDED;
    int verdict = -1;
    std::string text = {};  // of a drawing
};

namespace pratique::c {

/// Why a call has no result; what becomes a pratique_error.
struct Failed {
    int status = PRATIQUE_UNDECIDED;
    v1::Error error;
    std::string findings = "[]";
};

/// Thrown inside of this folder only, and caught by guard().
class Failure : public std::exception {
public:
    explicit Failure(Failed failed) : failed_(std::move(failed)) {}
    const Failed& failed() const { return failed_; }
    const char* what() const noexcept override { return failed_.error.message.c_str(); }

private:
    Failed failed_;
};

/// Of a call that makes no sense.
Failure misuse(const std::string& message);
Failure failure(int status, const std::string& code, const std::string& message);
Failure failure(const v1::Error& error);
Failure failure(const signing::Refusal& refusal);
Failure failure(const api::LoadFailure& failure);
/// Throws if the caller gave up: what was found until then means nothing.
void throw_if_set(const pratique_cancel* cancel);

/// Stores a pratique_error. Returns the status: that of `failed`, or PRATIQUE_NO_MEMORY.
int store(pratique_error** error, const Failed& failed) noexcept;

/// Runs `work`, and makes of whatever it throws a status and an error.
template <class Work>
int guard(pratique_error** error, const Work& work) noexcept {
    if (error != nullptr) *error = nullptr;
    try {
        try {
            work();
            return PRATIQUE_OK;
        } catch (const Failure& failure) {
            return store(error, failure.failed());
        } catch (const std::bad_alloc&) {
            return PRATIQUE_NO_MEMORY;
        } catch (const std::exception& other) {
            return store(error, failure(PRATIQUE_UNDECIDED, "internal", other.what()).failed());
        }
    } catch (...) {
        return PRATIQUE_NO_MEMORY;  // there is none for saying what it was
    }
}

inline void must(bool holds, const char* what) {
    if (!holds) throw misuse(what);
}

inline pratique_text text(std::string_view view) { return {view.data(), view.size()}; }

/// Fills what the caller knows of a struct.
template <class Info>
void give(const Info& from, Info* to) {
    if (to == nullptr || to->size < sizeof(to->size)) return;
    const std::size_t size = std::min(to->size, sizeof(Info));
    const std::size_t kept = to->size;
    std::memcpy(to, &from, size);
    to->size = kept;
}

/// No version will have more; what a caller never set would be read to the end of its memory.
inline constexpr std::size_t kMostOptions = 4096;

/// The caller's options over the defaults. What only a later version knows must be zero: nothing
/// that was asked for is left out in silence.
template <class Options>
Options taken(const Options* from, const Options& defaults) {
    Options out = defaults;
    if (from == nullptr) return out;
    must(from->size >= sizeof(from->size), "options without their size");
    must(from->size <= kMostOptions && from->size % alignof(Options) == 0,
         "options whose size was never set");
    std::memcpy(&out, from, std::min(from->size, sizeof(Options)));
    const auto* bytes = reinterpret_cast<const unsigned char*>(from);  // NOLINT: what C gives
    for (std::size_t i = sizeof(Options); i < from->size; ++i) {
        must(bytes[i] == 0, "options that this version does not know");
    }
    out.size = sizeof(Options);
    return out;
}

template <class Options>
void set_up(Options* options, std::size_t size, Options defaults) {
    if (options == nullptr || size < sizeof(options->size)) return;
    std::memset(options, 0, size);
    options->size = size;
    give(defaults, options);
}

inline std::string string_or_empty(const char* text) { return text == nullptr ? "" : text; }
std::vector<std::string> strings(const char* const* list);

/// What a struct of the caller's says in the words of the floors.
struct Reading {
    Limits limits;
    sandbox::Options sandbox;
    api::SnapshotOptions snapshot;
    const pratique_cancel* cancel = nullptr;
};
Reading reading_of(const pratique_reading* from);

/// What functions that answer with a report have in common.
void must_know(std::uint32_t flags, std::uint32_t known);
void must_have(const void* subject, pratique_report** report);
void give_report(pratique_report made, pratique_report** out);

struct Loads {
    api::LoadOptions options;
    const pratique_cancel* cancel = nullptr;
};
Loads loads_of(const pratique_load_options* from);

}  // namespace pratique::c
