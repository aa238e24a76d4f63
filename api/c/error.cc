// Errors, and giving up.
#include <sys/eventfd.h>

#include "api/c/handles.h"
#include "base/cancel.h"

namespace pratique::c {

Failure failure(int status, const std::string& code, const std::string& message) {
    Failed out;
    out.status = status;
    out.error.code = code;
    out.error.message = v1::escape(message);
    out.error.refused = status == PRATIQUE_REFUSED;
    return Failure(std::move(out));
}

Failure misuse(const std::string& message) { return failure(PRATIQUE_USAGE, "usage", message); }

Failure failure(const v1::Error& error) {
    Failed out;
    out.status = error.refused ? PRATIQUE_REFUSED : PRATIQUE_UNDECIDED;
    out.error = error;
    return Failure(std::move(out));
}

Failure failure(const signing::Refusal& refusal) {
    const bool open = signing::is_open(refusal.reason);
    Failure made = failure(open ? PRATIQUE_UNDECIDED : PRATIQUE_REFUSED,
                           std::string(signing::name(refusal.reason)), "");
    Failed out = made.failed();
    out.error.message = signing::describe(refusal);
    out.error.path = v1::escape(refusal.subject);
    return Failure(std::move(out));
}

Failure failure(const api::LoadFailure& failure) {
    Failed out;
    out.status = failure.refused ? PRATIQUE_REFUSED : PRATIQUE_UNDECIDED;
    out.error = v1::translated(failure);
    out.findings = api::json_findings(failure.findings);
    return Failure(std::move(out));
}

void throw_if_set(const pratique_cancel* cancel) {
    if (cancel != nullptr && is_cancelled(cancel->event.get())) {
        throw failure(PRATIQUE_INTERRUPTED, "interrupted", "the caller gave up");
    }
}

int store(pratique_error** error, const Failed& failed) noexcept {
    if (error == nullptr) return failed.status;
    try {
        *error = new pratique_error{failed.status, failed.error, failed.findings};  // NOLINT
    } catch (...) {
        return PRATIQUE_NO_MEMORY;
    }
    return failed.status;
}

}  // namespace pratique::c

using pratique::c::text;

const char* pratique_version() {
    static_assert(PRATIQUE_VERSION[0] != '\0');
    return PRATIQUE_VERSION;
}

void pratique_error_get(const pratique_error* error, pratique_error_info* info) {
    if (error == nullptr) return;
    pratique_error_info out{};
    out.status = error->status;
    out.has_offset = error->error.offset ? 1 : 0;
    out.offset = error->error.offset.value_or(0);
    out.message = text(error->error.message);
    out.code = text(error->error.code);
    out.path = text(error->error.path);
    out.place = text(error->error.place);
    out.findings = text(error->findings);
    pratique::c::give(out, info);
}

const char* pratique_error_message(const pratique_error* error) {
    return error == nullptr ? "out of memory" : error->error.message.c_str();
}

void pratique_error_free(pratique_error* error) { delete error; }  // NOLINT: C's owner

pratique_cancel* pratique_cancel_new() {
    pratique::Descriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event) return nullptr;
    return new (std::nothrow) pratique_cancel{std::move(event)};  // NOLINT: C's owner
}
void pratique_cancel_set(pratique_cancel* cancel) {
    if (cancel != nullptr) ::eventfd_write(cancel->event.get(), 1);
}
void pratique_cancel_free(pratique_cancel* cancel) { delete cancel; }  // NOLINT: C's owner
