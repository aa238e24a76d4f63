#include "escape.h"

#include <bit>
#include <csignal>
#include <cstring>

#include "sandbox/attempt.h"
#include "sandbox/call_names.h"

namespace escapes {
namespace {

constexpr std::string_view kContent = "bytes from strangers";
constexpr std::uint64_t kSecondInput = kFirstInput + 1;  // of two that arrive in one message
constexpr std::uint64_t kOnlyInput = 3;
constexpr std::uint64_t kOutput = 4;

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
        const bool stream = profile_ == Profile::stream;
        if (std::holds_alternative<Value::Other>(value.is)) {
            return {Meaning::number, stream ? kSecondInput : kOutput};
        }
        return stream ? Argument{Meaning::input, 0} : Argument{Meaning::number, kOnlyInput};
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
    if (outcome.failure == Failure::denied_syscall) {
        if (outcome.syscall < 0) return {How::signal, SIGSYS};
        return {How::denied, outcome.syscall};
    }
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

Tried ask(Request request, const Options& options) {
    auto started = Session::start(options);
    if (const auto* outcome = std::get_if<Outcome>(&started)) return {end_of(*outcome), ""};
    auto& session = std::get<Session>(started);
    // As the product's snapshots are.
    const Descriptor file =
        file_of(kContent, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    const Descriptor second = file_of(kContent);
    request.fd = file.get();
    // The second comes with a request of its own, which waits behind this one.
    const std::array<Request, 2> batch{
        request, Request{.kind = kCanary, .id = 2, .payload = {}, .fd = second.get()}};
    if (const Outcome sent = session.submit(batch); !sent.ok()) return {end_of(sent), ""};
    Tried tried{{End::How::works}, "", session.isolation()};
    while (session.unanswered().front() == request.id) {
        const auto next = session.receive();
        if (const auto* outcome = std::get_if<Outcome>(&next)) {
            tried.end = end_of(*outcome);
            break;
        }
        const Reply& reply = std::get<Reply>(next);
        if (reply.kind != kCanaryResult) continue;
        tried.end = end_of(number(text(reply.payload)));
        tried.data = text(from(reply.payload, sizeof(std::uint64_t)));
    }
    return tried;
}

}  // namespace

Tried try_calls(const std::vector<Call>& calls, const Options& options, Profile profile) {
    WireWriter payload;
    for (const Call& call : calls) payload.raw(Layout(profile).attempt(call));
    return ask({.kind = kCanary, .id = 1, .payload = payload.view()}, options);
}

End attempt(const Escape& row, const Options& options, Profile profile) {
    if (row.request != kCanary) {
        return ask({.kind = row.request, .id = 1, .payload = {}}, options).end;
    }
    std::vector<Call> calls = row.before;
    calls.push_back({row.call, row.arguments});
    return try_calls(calls, options, profile).end;
}

bool fulfils(const End& end, const Must& must, long own) {
    return std::ranges::any_of(must, [&](End wanted) {
        if (wanted.how == End::How::denied) {
            // An Outcome keeps numbers that are not negative.
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
