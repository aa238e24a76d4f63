// What a filter says to a call, computed as the kernel does it (classic BPF over seccomp_data), so
// that filters can be asked that nobody would want to run.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstring>
#include <span>
#include <stdexcept>

namespace bpf {

inline bool jumps(const sock_filter& step, std::uint32_t value) {
    switch (BPF_OP(step.code)) {
        case BPF_JEQ: return value == step.k;
        case BPF_JGT: return value > step.k;
        case BPF_JGE: return value >= step.k;
        case BPF_JSET: return (value & step.k) != 0;
        default: throw std::logic_error("a jump that no filter here has");
    }
}

/// The action (SECCOMP_RET_…) with its data.
inline std::uint32_t run(std::span<const sock_filter> code, const seccomp_data& call) {
    std::uint32_t value = 0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        const sock_filter& step = code[at];
        switch (step.code) {
            case BPF_LD | BPF_W | BPF_ABS:
                if (step.k > sizeof(call) - sizeof(value)) throw std::logic_error("bad offset");
                std::memcpy(&value, reinterpret_cast<const char*>(&call) + step.k, sizeof(value));
                break;
            case BPF_ALU | BPF_AND | BPF_K: value &= step.k; break;
            case BPF_JMP | BPF_JA: at += step.k; break;
            case BPF_RET | BPF_K: return step.k;
            default:
                if (BPF_CLASS(step.code) != BPF_JMP) throw std::logic_error("an unknown step");
                at += jumps(step, value) ? step.jt : step.jf;
        }
    }
    throw std::logic_error("a filter without an end");
}

/// Of two stacked filters the stricter answer holds: actions are ordered as signed numbers.
inline std::uint32_t stricter(std::uint32_t one, std::uint32_t other) {
    const auto rank = [](std::uint32_t action) {
        return static_cast<std::int32_t>(action & SECCOMP_RET_ACTION_FULL);
    };
    return rank(one) < rank(other) ? one : other;
}

}  // namespace bpf
