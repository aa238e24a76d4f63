// A line on standard error that says how far a scan is, at which rate, and how long it will take.
// Only where that is a terminal; it comes after half a second, fits the terminal's width, and
// leaves nothing behind.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "api/scan.h"

namespace pratique::cli {

/// "120 of 600 files (20 %), 412 files/s, 56 MB/s, 0:12 left": as much of it as has room. With
/// `bytes`, all bytes of the files are read, so that their rate says something.
std::string progress_text(const api::Progress& done, std::chrono::milliseconds elapsed, bool bytes,
                          std::size_t width);

/// Thread-safe. Draws from a thread of its own, so that it goes on while a large file is read; an
/// interrupt (cli/interrupt.h) takes the line away.
class ProgressLine {
public:
    ProgressLine(bool shown, bool bytes);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void update(const api::Progress& done);
    /// Takes the line away for good.
    void finish();
    std::chrono::milliseconds elapsed() const;
    /// What update() was told last.
    api::Progress last() const;

private:
    void draw(const std::stop_token& stop);

    const bool bytes_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    api::Progress done_;
    std::jthread painter_;
};

}  // namespace pratique::cli
