#include "api/tensor_digest.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <new>
#include <numeric>
#include <system_error>
#include <thread>

#include "api/elements.h"
#include "api/same.h"
#include "base/cancel.h"
#include "base/checked.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"

namespace pratique::api {
namespace {

using loader::Tensor;

/// Fewer bytes than this are hashed before another thread has started.
constexpr std::uint64_t kWorthAThread = kMiB;
constexpr std::uint64_t kMostThreads = 16;

using Answer = Result<std::string>;

/// The tensors that differ, and which of them each one is.
struct Distinct {
    std::vector<const Tensor*> tensors;
    std::vector<std::size_t> of;
};

Distinct distinct(std::span<const Tensor* const> tensors) {
    Distinct out;
    std::map<const Tensor*, std::size_t, SameElements> known;
    for (const Tensor* tensor : tensors) {
        const auto [found, is_new] = known.try_emplace(tensor, out.tensors.size());
        if (is_new) out.tensors.push_back(tensor);
        out.of.push_back(found->second);
    }
    return out;
}

std::uint64_t bytes_of(const Tensor& tensor) {
    const auto bytes = tensor.logical_bytes();
    return bytes && tensor.has_data() ? *bytes : 0;
}

std::size_t threads_for(std::span<const Tensor* const> tensors) {
    std::uint64_t bytes = 0;
    for (const Tensor* tensor : tensors) bytes = saturating_add(bytes, bytes_of(*tensor));
    const std::uint64_t processors = std::max(1U, std::thread::hardware_concurrency());
    return std::min({processors, kMostThreads, bytes / kWorthAThread + 1,
                     std::max<std::uint64_t>(tensors.size(), 1)});
}

Answer hash(const Tensor& tensor, Bytes source, int cancel) {
    Sha256 sha256;
    std::uint64_t done = 0;
    TRY(for_each_piece(tensor, source, [&](Bytes piece) -> Status {
        sha256.update(piece);
        done += piece.size();
        // Not of small ones, of which there may be many.
        if (done > kPiece && is_cancelled(cancel)) return Error{Errc::io, tensor.offset};
        return {};
    }));
    if (!tensor.has_data()) return std::string{};
    return hex(sha256.finish());
}

/// An exception must not leave a thread.
Answer digest_of(const Tensor& tensor, const SourceOf& source, int cancel) noexcept {
    try {
        return hash(tensor, source(tensor.source), cancel);
    } catch (const std::bad_alloc&) {
        return Error{Errc::limit_memory, tensor.offset};
    }
}

}  // namespace

Result<std::string> tensor_sha256(const Tensor& tensor, Bytes source) {
    return hash(tensor, source, -1);
}

Result<std::vector<std::string>> tensor_digests(std::span<const Tensor* const> tensors,
                                                const SourceOf& source, int cancel) {
    const Distinct work = distinct(tensors);
    // The largest first: one that is begun last would be waited for by all other threads.
    std::vector<std::size_t> order(work.tensors.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return bytes_of(*work.tensors[a]) > bytes_of(*work.tensors[b]);
    });
    std::vector<Answer> answers(order.size(), std::string{});
    std::atomic<std::size_t> next = 0;
    const auto run = [&]() noexcept {
        for (std::size_t i = next++; i < order.size(); i = next++) {
            const Tensor& tensor = *work.tensors[order[i]];
            answers[order[i]] = digest_of(tensor, source, cancel);
        }
    };
    {
        std::vector<std::jthread> helpers;
        const std::size_t wanted = threads_for(work.tensors) - 1;
        helpers.reserve(wanted);
        try {
            while (helpers.size() < wanted) helpers.emplace_back(run);
        } catch (const std::system_error&) {
            // The system gives no more threads: those that are there do the work.
        }
        run();
    }
    std::vector<std::string> out;
    out.reserve(tensors.size());
    for (const std::size_t which : work.of) out.push_back(TRY(answers[which]));
    return out;
}

std::vector<const Tensor*> collect(std::span<const Tensor> tensors) {
    std::vector<const Tensor*> out;
    std::vector<const Tensor*> todo;
    for (const Tensor& tensor : tensors) {
        todo.push_back(&tensor);
        while (!todo.empty()) {
            const Tensor* at = todo.back();
            todo.pop_back();
            out.push_back(at);
            for (std::size_t i = at->components.size(); i-- > 0;) {
                todo.push_back(&at->components[i]);
            }
        }
    }
    return out;
}

}  // namespace pratique::api
