// Systems without seccomp: no worker is ever started, and the answer says so.
#include "sandbox/check.h"
#include "sandbox/output.h"
#include "sandbox/pool.h"
#include "sandbox/session.h"

namespace pratique::sandbox {
namespace {

Outcome unavailable() {
    return {.failure = Failure::sandbox_unavailable, .detail = "this is not Linux"};
}

}  // namespace

class Session::State {};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

std::variant<Session, Outcome> Session::start(const Options&) { return unavailable(); }

// No session exists here, so what follows is never called; it is what a caller links against.
const Isolation& Session::isolation() const {
    static const Isolation none;
    return none;
}
int Session::pid() const { return -1; }
bool Session::alive() const { return false; }
std::size_t Session::room() const { return 0; }
std::size_t Session::pending() const { return 0; }
std::vector<std::uint64_t> Session::unanswered() const { return {}; }
Outcome Session::submit(std::span<const Request>) { return unavailable(); }
std::variant<Reply, Outcome> Session::receive() { return unavailable(); }
Outcome Session::finish() { return unavailable(); }
Usage Session::usage() const { return {}; }
std::string Session::errors() const { return {}; }

class Pool::State {};

Pool::Pool(Options, std::size_t) {}
Pool::~Pool() = default;
std::variant<Session, Outcome> Pool::take() { return unavailable(); }

Sealed::Sealed(Sealed&& other) noexcept = default;
Sealed& Sealed::operator=(Sealed&& other) noexcept = default;
Sealed::~Sealed() = default;
std::variant<Output, Outcome> Output::make(std::uint64_t) { return unavailable(); }
std::variant<Sealed, Outcome> Output::seal() && { return unavailable(); }
bool is_unsealed_output(int) { return false; }

bool Check::failed() const { return true; }
Check check(const Options&) { return {}; }

}  // namespace pratique::sandbox
