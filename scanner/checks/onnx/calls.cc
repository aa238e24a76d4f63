#include "scanner/checks/onnx/calls.h"

#include <algorithm>

#include "base/checked.h"

namespace pratique::scanner {
namespace {

/// Different calls that are kept. Real models have some dozens.
constexpr std::size_t kMostCalls = 100'000;

}  // namespace

bool Calls::enter(const Operator& function, std::uint64_t at) {
    const auto [found, fresh] = known_.emplace(function, functions_.size());
    if (fresh) functions_.push_back({function, at, 0, {}});
    caller_ = found->second;
    return fresh;
}

void Calls::call(const Operator& callee) {
    ++nodes_;
    Function& caller = functions_[caller_];
    ++caller.nodes;
    const auto found = caller.callees.find(callee);
    if (found != caller.callees.end()) {
        ++found->second;
    } else if (kept_ < kMostCalls) {
        ++kept_;
        caller.callees.emplace(callee, 1);
    } else {
        overflowed_ = true;
    }
}

bool Calls::defines(std::string_view domain) const {
    return std::ranges::any_of(known_,
                               [&](const auto& each) { return each.first.domain == domain; });
}

/// Depth first, with a list instead of recursion. A function is summed up when all that it calls
/// is; one that is met while it waits for that is in a circle.
Calls::Outcome Calls::resolve() const {
    enum class State : std::uint8_t { fresh, open, done };
    struct Open {
        std::size_t function;
        std::map<Operator, std::uint64_t>::const_iterator next;
    };
    std::vector<State> states(functions_.size(), State::fresh);
    std::vector<std::uint64_t> sizes(functions_.size(), 0);
    std::vector<Open> open;
    const auto begin = [&](std::size_t function) {
        states[function] = State::open;
        sizes[function] = functions_[function].nodes;
        open.push_back({function, functions_[function].callees.begin()});
    };
    for (std::size_t root = 0; root < functions_.size(); ++root) {
        if (states[root] == State::fresh) begin(root);
        while (!open.empty()) {
            Open& top = open.back();
            const Function& function = functions_[top.function];
            if (top.next == function.callees.end()) {
                states[top.function] = State::done;
                open.pop_back();
                continue;
            }
            const auto [callee, times] = *top.next;
            const auto found = known_.find(callee);
            if (found == known_.end()) {
                ++top.next;
            } else if (states[found->second] == State::open) {
                return {true, functions_[found->second].at, callee.name, 0};
            } else if (states[found->second] == State::fresh) {
                begin(found->second);
            } else {
                sizes[top.function] = saturating_add(sizes[top.function],
                                                     saturating_mul(times, sizes[found->second]));
                ++top.next;
            }
        }
    }
    return {false, 0, {}, sizes[kMain]};
}

}  // namespace pratique::scanner
