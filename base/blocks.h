// Bytes on their way from who reads them to who hashes them, block by block and in order: while one
// block is hashed, in a thread of its own, the next is read.
//
//      next() ──► read into it ──► hand_over() ──► [ block │ block ] ──► the consumer, in its
//      thread
//
// For files that are worth a thread; without one, hand_over() calls the consumer itself.
#pragma once

#include <array>
#include <functional>
#include <semaphore>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "base/bytes.h"

namespace pratique {

class Blocks {
public:
    using Consumer = std::function<void(Bytes)>;

    /// `room` is for two blocks if they are to have a thread, else for one; it must stay. The
    /// consumer must not throw.
    Blocks(std::span<std::byte> room, bool threaded, Consumer consumer)
        : room_(room), size_(room.size() / (threaded ? 2 : 1)), consumer_(std::move(consumer)) {
        if (!threaded) return;
        try {
            thread_ = std::jthread([this] { consume_all(); });
        } catch (const std::system_error&) {
            return;  // no threads to be had: then one after the other
        }
    }
    ~Blocks() { finish(); }
    Blocks(const Blocks&) = delete;
    Blocks& operator=(const Blocks&) = delete;

    /// Room for the next block. Filling it is the caller's, until hand_over().
    std::span<std::byte> next() {
        if (thread_.joinable()) free_.acquire();
        return block(filled_);
    }
    /// What next() gave holds `size` bytes now, one or more, and must not be written to any more.
    void hand_over(std::size_t size) {
        if (!thread_.joinable()) return consumer_(block(filled_).first(size));
        sizes_.at(filled_++ % 2) = size;
        full_.release();
    }
    /// Returns when all that was handed over is consumed; nothing may follow.
    void finish() {
        if (!thread_.joinable()) return;
        next();
        hand_over(0);
        thread_.join();
    }

private:
    std::span<std::byte> block(std::size_t number) {
        return room_.subspan(number % 2 * size_, size_);
    }
    void consume_all() {
        for (std::size_t number = 0;; ++number) {
            full_.acquire();
            const std::size_t size = sizes_.at(number % 2);
            if (size == 0) return;
            consumer_(block(number).first(size));
            free_.release();
        }
    }

    std::span<std::byte> room_;
    std::size_t size_;
    std::array<std::size_t, 2> sizes_{};
    std::size_t filled_ = 0;  // blocks handed over to the thread
    std::counting_semaphore<2> free_{2};
    std::counting_semaphore<2> full_{0};
    Consumer consumer_;
    std::jthread thread_;
};

}  // namespace pratique
