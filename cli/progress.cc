#include "cli/progress.h"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

namespace pratique::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirst = 500ms;
constexpr auto kEvery = 200ms;

std::string minutes(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds);
    std::array<char, 32> out{};
    if (whole >= 3'600) {
        std::snprintf(out.data(), out.size(), "%llu:%02llu:%02llu", whole / 3'600ULL,
                      whole / 60ULL % 60, whole % 60ULL);
    } else {
        std::snprintf(out.data(), out.size(), "%llu:%02llu", whole / 60ULL, whole % 60ULL);
    }
    return out.data();
}

std::string per_second(double count, const char* unit) {
    std::array<char, 48> out{};
    std::snprintf(out.data(), out.size(), count < 10 ? "%.1f %s/s" : "%.0f %s/s", count, unit);
    return out.data();
}

std::string bytes_per_second(double bytes) {
    return bytes < 1e9 ? per_second(bytes / 1e6, "MB") : per_second(bytes / 1e9, "GB");
}

}  // namespace

std::string progress_text(const api::Progress& done, std::chrono::milliseconds elapsed, bool bytes,
                          std::size_t width) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    std::string out = std::to_string(done.files) + " of " + std::to_string(done.all) + " files";
    if (done.all > 1) out += " (" + std::to_string(done.files * 100 / done.all) + " %)";
    std::vector<std::string> parts;
    if (done.files == 0 || seconds <= 0) {
        parts.push_back(minutes(seconds));  // nothing to tell the rest from
    } else {
        const double rate = static_cast<double>(done.files) / seconds;
        parts.push_back(per_second(rate, "files"));
        if (bytes) parts.push_back(bytes_per_second(static_cast<double>(done.bytes) / seconds));
        parts.push_back(minutes(static_cast<double>(done.all - done.files) / rate) + " left");
    }
    for (const std::string& part : parts) {
        if (columns(out) + columns(part) + 2 <= width) out += ", " + part;
    }
    if (out.size() > width) out.resize(width);
    return out;
}

ProgressLine::ProgressLine(bool shown, bool bytes) : bytes_(bytes) {
    if (!shown || !is_terminal(STDERR_FILENO)) return;
    painter_ = std::jthread([this](const std::stop_token& stop) { draw(stop); });
}

void ProgressLine::finish() {
    painter_.request_stop();
    if (painter_.joinable()) painter_.join();
}

void ProgressLine::update(const api::Progress& done) {
    const std::lock_guard lock(mutex_);
    done_ = done;
}

std::chrono::milliseconds ProgressLine::elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 began_);
}

api::Progress ProgressLine::last() const {
    const std::lock_guard lock(mutex_);
    return done_;
}

void ProgressLine::draw(const std::stop_token& stop) {
    bool drawn = false;
    auto pause = kFirst;
    std::unique_lock lock(mutex_);
    // Woken by a stop, and by nothing else before the pause is over.
    while (!changed_.wait_for(lock, stop, pause, [] { return false; }) && !stop.stop_requested() &&
           !Interrupt::exit_code()) {
        pause = kEvery;
        if (done_.all == 0) continue;  // still looking for files
        // The last column stays free: a terminal may go on to the next line there.
        const std::string text =
            progress_text(done_, elapsed(), bytes_, width_of(STDERR_FILENO) - 1);
        lock.unlock();  // a terminal that stands still must not stop the scan
        std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
        drawn = true;
        lock.lock();
    }
    if (drawn) std::fputs("\r\x1b[K", stderr);
}

}  // namespace pratique::cli
