// What the sandbox tests do again and again: start a worker, ask it one thing, see how it ends.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <functional>
#include <string>

#include "base/descriptor.h"
#include "sandbox/session.h"
#include "worker_kinds.h"

namespace worker_test {

using namespace pratique;
using namespace pratique::sandbox;

inline Options options() { return {.worker = TEST_WORKER}; }

inline Options one_file() { return {.profile = Profile::single, .worker = TEST_WORKER}; }

inline Session start(const Options& chosen = options()) {
    auto started = Session::start(chosen);
    if (const auto* outcome = std::get_if<Outcome>(&started)) {
        BOOST_FAIL(name(outcome->failure) << ": " << outcome->detail);
    }
    return std::get<Session>(std::move(started));
}

/// How the attempt to start fails; `none` if it does not.
inline Outcome start_failure(const Options& chosen) {
    const auto started = Session::start(chosen);
    const auto* outcome = std::get_if<Outcome>(&started);
    return outcome == nullptr ? Outcome{} : *outcome;
}

inline std::string_view words(const Reply& reply) {
    return reply.payload.validate([](Bytes payload) { return text(payload); });
}

inline Outcome submit(Session& session, const Request& request) {
    return session.submit({&request, 1});
}

/// The first part of the answer, with the rest read and dropped; or how the session ended.
inline std::variant<std::string, Outcome> ask(Session& session, const Request& request) {
    if (Outcome outcome = submit(session, request); !outcome.ok()) return outcome;
    std::string first;
    for (bool seen = false;; seen = true) {
        const auto next = session.receive();
        if (const auto* outcome = std::get_if<Outcome>(&next)) return *outcome;
        const Reply& reply = std::get<Reply>(next);
        if (reply.done()) return first;
        if (!seen) first = words(reply);
    }
}

inline std::string answer(Session& session, const Request& request) {
    const auto result = ask(session, request);
    if (const auto* outcome = std::get_if<Outcome>(&result)) {
        BOOST_FAIL(name(outcome->failure) << ": " << outcome->detail);
    }
    return std::get<std::string>(result);
}

/// How a session ends that is asked to do `kind`.
inline Outcome ending(std::uint32_t kind, const Options& chosen = options()) {
    Session session = start(chosen);
    const auto result = ask(session, {.kind = kind, .id = 77, .payload = {}});
    const auto* outcome = std::get_if<Outcome>(&result);
    return outcome == nullptr ? session.finish() : *outcome;
}

inline std::uint64_t number(std::string_view payload) {
    Reader in(as_bytes(payload));
    const auto value = in.le<std::uint64_t>();
    return value ? *value : UINT64_MAX;
}

/// A file without a name that holds `content`, open for reading only.
inline Descriptor file_of(std::string_view content, int seals = 0) {
    Descriptor memory(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (::write(memory.get(), content.data(), content.size()) !=
        static_cast<ssize_t>(content.size())) {
        BOOST_FAIL("write");
    }
    if (seals != 0 && ::fcntl(memory.get(), F_ADD_SEALS, seals) != 0) BOOST_FAIL("seal");
    const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
    return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// Runs `work` in a copy of this process; its result is the exit status, or -1 for a signal. The
/// copy ends with its original, and what it throws does not make it go on with the other tests.
inline int in_a_copy(const std::function<int()>& work) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        try {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::_exit(work());
        } catch (...) {  // a failed requirement; the copy must not go on with the other tests
            ::_exit(100);
        }
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace worker_test
