#include "escape.h"

#include <bit>
#include <csignal>
#include <cstring>

#include "sandbox/attempt.h"
#include "sandbox/call_names.h"
#include "sandbox/output.h"

namespace escapes {
namespace {

constexpr std::string_view kContent = "bytes from strangers";
constexpr std::uint64_t kSecondInput = kFirstInput + 1;  // of two that arrive in one message

/// The arguments of a call, and the memory that they point to.
class Layout {
public:
    explicit Layout(Profile profile) : profile_(profile) {}

    Argument place(const Value& value) {
        using Meaning = Argument::Meaning;
        if (const auto* number = std::get_if<std::uint64_t>(&value.is)) {
            return {Meaning::number, *number};
        }
        if (const auto* text = std::get_if<std::string>(&value.is)) {
            return {Meaning::data, append(as_bytes({text->c_str(), text->size() + 1}))};
        }
        if (const auto* space = std::get_if<Value::Space>(&value.is)) {
            return {Meaning::data, append(std::vector<std::byte>(space->bytes))};
        }
        if (const auto* items = std::get_if<Value::Words>(&value.is)) {
            return {Meaning::data, place_words(*items)};
        }
        if (std::holds_alternative<Value::Result>(value.is)) return {Meaning::result, 0};
        if (std::holds_alternative<Value::Input>(value.is)) return {Meaning::input, 0};
        return {Meaning::number,
                profile_ == Profile::single ? std::uint64_t{kOutput} : kSecondInput};
    }

    std::vector<std::byte> attempt(const Call& call) {
        Attempt attempt{.number = call.number, .arguments = {}, .data = {}};
        for (std::size_t i = 0; i < call.arguments.size(); ++i) {
            attempt.arguments.at(i) = place(call.arguments[i]);
        }
        attempt.data = data_;
        attempt.words = words_;
        return encode(attempt);
    }

private:
    /// Where it went; aligned for every structure.
    std::uint64_t append(Bytes bytes) {
        data_.resize((data_.size() + 15) / 16 * 16);
        const std::size_t offset = data_.size();
        data_.insert(data_.end(), bytes.begin(), bytes.end());
        return offset;
    }

    std::uint64_t place_words(const Value::Words& items) {
        constexpr std::size_t size = sizeof(std::uint64_t);
        const std::uint64_t offset = append(std::vector<std::byte>(items.size() * size));
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto at = static_cast<std::uint32_t>(offset + i * size);
            words_.push_back({at, place(items[i])});
        }
        return offset;
    }

    Profile profile_;
    std::vector<std::byte> data_;
    std::vector<Attempt::Word> words_;
};

End end_of(const Outcome& outcome) {
    using How = End::How;
    if (outcome.detail == "another architecture's call") return {How::signal, SIGSYS};
    if (outcome.failure == Failure::denied_syscall && !outcome.detail.empty()) {
        return {How::denied, outcome.syscall & INT32_MAX};
    }
    if (outcome.failure == Failure::output_cap) return {How::signal, SIGXFSZ};
    if (outcome.signal != 0) return {How::signal, outcome.signal};
    constexpr std::string_view status = "exit status ";
    if (outcome.failure == Failure::closed_early && outcome.detail.starts_with(status)) {
        return {How::exit, std::stoi(outcome.detail.substr(status.size()))};
    }
    if (outcome.failure == Failure::timeout && outcome.detail == "CPU time") {
        return {How::signal, SIGXCPU};
    }
    return {How::broken, 0, std::string(name(outcome.failure)) + ": " + outcome.detail};
}

/// A negative value is a negated errno, as the kernel itself has it.
End end_of(std::uint64_t returned) {
    const auto value = std::bit_cast<std::int64_t>(returned);
    if (value < 0 && value > -4096) return {End::How::error, -value};
    return {End::How::works};
}

/// What a request may come with: files, sealed as the product's snapshots are and not sealed.
struct Gifts {
    Descriptor input = file_of(kContent, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    Descriptor second = file_of(kContent);
    std::variant<Output, Outcome> output = Output::make(kOutputBytes);
};

Outcome submit(Session& session, Request request, const Gifts& gifts, Profile profile) {
    request.fd = gifts.input.get();
    if (profile == Profile::single) {
        request.output = std::get<Output>(gifts.output).descriptor();
        return session.submit({&request, 1});
    }
    // The second comes with a request of its own, which waits behind this one.
    const std::array<Request, 2> batch{
        request,
        Request{.kind = kCanary, .id = request.id + 1, .payload = {}, .fd = gifts.second.get()}};
    return session.submit(batch);
}

bool answered(const Session& session, const Request& request) {
    const auto open = session.unanswered();
    return open.empty() || open.front() != request.id;
}

Tried ask(const Request& request, const Options& options) {
    auto started = Session::start(options);
    if (const auto* outcome = std::get_if<Outcome>(&started)) return {end_of(*outcome), ""};
    auto& session = std::get<Session>(started);
    const Gifts gifts;
    const Outcome sent = submit(session, request, gifts, options.profile);
    if (!sent.ok()) return {end_of(sent), ""};
    Tried tried{{End::How::works}, "", session.isolation()};
    while (!answered(session, request)) {
        const auto next = session.receive();
        if (const auto* outcome = std::get_if<Outcome>(&next)) {
            tried.end = end_of(*outcome);
            break;
        }
        const Reply& reply = std::get<Reply>(next);
        if (reply.kind != kCanaryResult) continue;
        tried.end = end_of(number(worker_test::words(reply)));
        tried.data = worker_test::words(reply).substr(sizeof(std::uint64_t));
    }
    return tried;
}

}  // namespace

Tried try_calls(const std::vector<Call>& calls, const Options& options) {
    WireWriter payload;
    for (const Call& call : calls) payload.raw(Layout(options.profile).attempt(call));
    return ask({.kind = kCanary, .id = 1, .payload = payload.view()}, options);
}

End attempt(const Escape& row, const Options& options) {
    if (row.request != kCanary) {
        return ask({.kind = row.request, .id = 1, .payload = {}}, options).end;
    }
    std::vector<Call> calls = row.before;
    calls.push_back({row.call, row.arguments});
    return try_calls(calls, options).end;
}

std::string in_each_profile(const Options& options, std::string (*part)(const Options&)) {
    std::string lines;
    for (const Profile profile : {Profile::stream, Profile::single}) {
        Options chosen = options;
        chosen.profile = profile;
        const std::string here = part(chosen);
        if (!here.empty()) lines += std::string(name(profile)) + ":\n" + here;
    }
    return lines;
}

bool fulfils(const End& end, const Must& must, long own) {
    return std::ranges::any_of(must, [&](End wanted) {
        if (wanted.how == End::How::denied) {
            // Where the worker itself says the number, -1 is kept without its sign.
            wanted.number = (wanted.number == kOwn ? own : wanted.number) & INT32_MAX;
        }
        return end == wanted;
    });
}

std::string describe(const End& end) {
    const auto number = static_cast<int>(end.number);
    switch (end.how) {
        case End::How::denied: return "denied " + call_name(static_cast<std::uint32_t>(number));
        case End::How::error: {
            const char* known = ::strerrorname_np(number);
            return known == nullptr ? "errno " + std::to_string(number) : known;
        }
        case End::How::works: return "works";
        case End::How::signal: return "SIG" + std::string(::sigabbrev_np(number));
        case End::How::exit: return "exit " + std::to_string(number);
        case End::How::broken: break;
    }
    return end.detail;
}

std::string describe(const Must& must, long own) {
    std::string all;
    for (End end : must) {
        if (end.number == kOwn) end.number = own;
        all += (all.empty() ? "" : " or ") + describe(end);
    }
    return all;
}

}  // namespace escapes
