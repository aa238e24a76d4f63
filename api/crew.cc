#include "api/crew.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <thread>
#include <utility>

#include "api/cache/result_cache.h"
#include "api/references.h"
#include "api/words.h"
#include "base/text.h"
#include "rules/findings.h"
#include "scanner/wire.h"

namespace pratique::api {
namespace {

using sandbox::Failure;
using sandbox::Outcome;
using sandbox::Session;
using scanner::FileReport;
using scanner::GapReason;
using scanner::RuleId;

/// Files of one root that a thread takes at a time: enough to keep a worker busy, few enough to
/// share a large root out.
constexpr std::size_t kBatch = 256;

/// Bytes of private copies that are made ahead of their worker, which takes files faster than that
/// of live files: these cost nothing but a descriptor.
constexpr std::uint64_t kCopiedAhead = 64 * kMiB;

void add_failure(FileReport& report, const Outcome& outcome) {
    report.gaps.push_back(gap_of(outcome));
    // A parser that was driven off its path tells of a file that means to do so.
    if (outcome.failure == Failure::denied_syscall) {
        report.findings.push_back(
            scanner::finding_of(RuleId::sandbox_denied_call, "", 0, words(outcome)));
    } else if (outcome.failure == Failure::protocol_violation) {
        report.findings.push_back(
            scanner::finding_of(RuleId::sandbox_protocol, "", 0, words(outcome)));
    }
}

}  // namespace

/// One thread of the crew.
class Crew::Member {
public:
    explicit Member(Crew& crew) : crew_(crew) {}

    void run() {
        while (const auto batch = crew_.next_batch()) {
            waiting_.assign(crew_.order_.begin() + static_cast<std::ptrdiff_t>(batch->begin),
                            crew_.order_.begin() + static_cast<std::ptrdiff_t>(batch->end));
            const std::uint32_t root = crew_.files_[waiting_.front()].root;
            if (root != root_) retire();
            root_ = root;
            std::reverse(waiting_.begin(), waiting_.end());
            std::size_t left = waiting_.size();
            while (left > 0) {
                step();
                const std::size_t open = waiting_.size() + flight_.size() + again_.size();
                if (open < left) crew_.done(left - open, std::exchange(bytes_, 0));
                left = open;
            }
        }
        retire();
    }

private:
    struct Flight {
        std::size_t file;
        Opened opened;
        std::vector<std::byte> payload;
        FileReport known;  // its report before a worker said anything
    };

    void step() {
        if (crew_.options_.unread) return take_unread();
        if (crew_.cache_ != nullptr && recall()) return;
        if (!session_ && !start()) return;
        fill();
        if (flight_.empty()) return;
        auto event = session_->receive();
        if (const auto* outcome = std::get_if<Outcome>(&event)) return lost(*outcome);
        take(std::get<sandbox::Reply>(event));
    }

    void take_unread() {
        const std::size_t file = waiting_.back();
        waiting_.pop_back();
        if (open(file)) close(flight_.front());
        flight_.clear();
    }

    /// True if the cache knows what there is to say of the next file, which takes no worker; a file
    /// that was opened for nothing waits for one.
    bool recall() {
        if (waiting_.empty()) return false;
        const std::size_t file = waiting_.back();
        waiting_.pop_back();
        if (!open(file)) return true;
        const Flight& flight = flight_.front();
        ScannedFile& scanned = crew_.reports_[file];
        const auto answer =
            crew_.cache_->find(scanned.sha256, flight.payload, crew_.options_.limits.reported);
        const bool usable = answer && flight.known.gaps.empty() &&
                            answer->isolation.tier() >= crew_.options_.sandbox.min_tier;
        if (usable) {
            crew_.joined(answer->isolation);
            scanned.report = answer->report;
            crew_.reads_[file] = follow_references(crew_.files_[file], scanned.report);
            close(flight);
        } else {
            again_ = std::move(flight_);
        }
        flight_.clear();
        return usable;
    }

    /// The worker has read this file and no other, and has ended as it should.
    void keep(const Flight& flight, ResultCache::Answer answer) {
        if (crew_.cache_ == nullptr || !flight.known.gaps.empty()) return;
        if (flight.opened.binding != Binding::snapshot) return;
        crew_.cache_->keep(crew_.reports_[flight.file].sha256, flight.payload, answer);
    }

    bool start() {
        auto started = crew_.start_worker();
        if (const auto* outcome = std::get_if<Outcome>(&started)) {
            leave_unread(*outcome);  // nothing is read without a lock
            return false;
        }
        session_ = std::move(std::get<Session>(started));
        last_.reset();  // how this one ends is not the matter of another's files
        crew_.joined(session_->isolation());
        return true;
    }

    /// The files of this batch that have no answer yet stay without.
    void leave_unread(const Outcome& why) {
        for (const std::size_t file : waiting_) {
            describe(file);
            add_failure(crew_.reports_[file].report, why);
        }
        for (const auto* flights : {&again_, &flight_}) {
            for (const Flight& flight : *flights) {
                add_failure(crew_.reports_[flight.file].report, why);
            }
        }
        waiting_.clear();
        again_.clear();
        flight_.clear();
    }

    void describe(std::size_t file) {
        crew_.reports_[file].path = escape(crew_.files_[file].path);
        crew_.reports_[file].group = crew_.options_.isolate_files
                                         ? static_cast<std::uint32_t>(file) + 1
                                         : crew_.files_[file].root + 1;
    }

    /// Opens files and sends them ahead, as many as the session takes.
    void fill() {
        std::vector<sandbox::Request> requests;
        const std::size_t room = session_->room();
        const std::size_t first = flight_.size();
        std::move(again_.begin(), again_.end(), std::back_inserter(flight_));
        again_.clear();
        std::uint64_t ahead = 0;
        for (const Flight& flight : flight_) ahead += copied(flight);
        while (flight_.size() - first < room && !waiting_.empty() && ahead < kCopiedAhead) {
            const std::size_t file = waiting_.back();
            waiting_.pop_back();
            if (open(file)) ahead += copied(flight_.back());
        }
        for (std::size_t i = first; i < flight_.size(); ++i) {
            requests.push_back({.kind = static_cast<std::uint32_t>(scanner::Task::scan),
                                .id = flight_[i].file,
                                .payload = flight_[i].payload,
                                .fd = flight_[i].opened.fd.get(),
                                .output = crew_.output()});
        }
        if (requests.empty()) return;
        const Outcome outcome = session_->submit(requests);
        if (!outcome.ok()) lost(outcome);
    }

    static std::uint64_t copied(const Flight& flight) {
        return flight.opened.binding == Binding::snapshot ? flight.opened.stamp.size : 0;
    }

    /// False if it could not be opened, which its report then says.
    bool open(std::size_t file) {
        const FoundFile& found = crew_.files_[file];
        describe(file);
        ScannedFile& scanned = crew_.reports_[file];
        scanned.report = {};
        Opened opened = open_input(found, crew_.opening_);
        if (opened.gap) {
            scanned.report.gaps.push_back(*opened.gap);
            return false;
        }
        if (crew_.options_.opened) {
            if (auto gap = crew_.options_.opened(file, opened)) {
                scanned.report.gaps.push_back(*std::move(gap));
            }
        }
        scanned.size = opened.stamp.size;
        bytes_ += scanned.size;
        scanned.sha256 = std::move(opened.sha256);
        scanned.verity = std::move(opened.verity);
        scanned.binding = opened.binding;
        scanner::Request request;
        const auto slash = found.path.rfind('/');
        request.subject.name = found.path.substr(slash == std::string::npos ? 0 : slash + 1);
        if (found.sidecars) request.subject.sidecars = *found.sidecars;
        request.limits = crew_.options_.limits;
        request.size = opened.stamp.size;
        auto payload = scanner::encode(request);
        if (payload.size() > sandbox::kMaxPayload) {
            request.subject.sidecars.clear();
            payload = scanner::encode(request);
            scanned.report.gaps.push_back(
                {GapReason::limit, "", 0,
                 "too many modules beside the file to compare imports with"});
        }
        flight_.push_back({file, std::move(opened), std::move(payload), scanned.report});
        return true;
    }

    void take(const sandbox::Reply& reply) {
        Flight& flight = flight_.front();
        FileReport& report = crew_.reports_[flight.file].report;
        if (!reply.done()) {
            const Status decoded = reply.payload.validate([&](Bytes piece) -> Status {
                if (reply.kind != static_cast<std::uint32_t>(scanner::Answer::report)) {
                    return Error{Errc::bad_header, 0};
                }
                return scanner::decode_piece(piece, crew_.options_.limits.reported, report);
            });
            if (!decoded) {
                lost({.failure = Failure::protocol_violation,
                      .detail = std::string(meaning(decoded.error().code))});
            }
            return;
        }
        // A worker that answers nothing has not looked.
        if (report.identities.empty() && report.gaps.empty()) {
            report.gaps.push_back({GapReason::crashed, "", 0, "the worker gave no report"});
        }
        ResultCache::Answer answer;
        if (crew_.cache_ != nullptr) answer = {report, session_->isolation()};
        crew_.reads_[flight.file] = follow_references(crew_.files_[flight.file], report);
        if (crew_.options_.isolate_files) {
            const Outcome outcome = session_->finish();
            if (!outcome.ok()) return lost(outcome);
            session_.reset();
            keep(flight, std::move(answer));
        }
        close(flight);
        last_ = flight.file;
        flight_.erase(flight_.begin());
    }

    /// The root is done. An end that is not as it should be is the last file's.
    void retire() {
        if (!session_) return;
        const Outcome outcome = session_->finish();
        session_.reset();
        if (!outcome.ok() && last_) add_failure(crew_.reports_[*last_].report, outcome);
    }

    /// The file as it is now must be the file as it was opened.
    void close(const Flight& flight) {
        if (stamp(flight.opened.fd.get()) == flight.opened.stamp) return;
        crew_.reports_[flight.file].report.gaps.push_back(
            {GapReason::changed, "", 0, std::string(meaning(GapReason::changed))});
    }

    /// The worker is gone. The file that it was reading gets the gap, the others another worker.
    void lost(const Outcome& outcome) {
        session_.reset();
        if (flight_.empty()) return;
        auto guilty = flight_.begin();
        if (outcome.request) {
            const auto named = std::find_if(flight_.begin(), flight_.end(), [&](const auto& f) {
                return f.file == *outcome.request;
            });
            if (named != flight_.end()) guilty = named;
        }
        add_failure(crew_.reports_[guilty->file].report, outcome);
        close(*guilty);
        flight_.erase(guilty);
        // They stay open: a path could lead elsewhere by now, and a pipe would be empty.
        for (const Flight& flight : flight_) crew_.reports_[flight.file].report = flight.known;
        again_ = std::move(flight_);
        flight_.clear();
    }

    Crew& crew_;
    std::optional<Session> session_;
    std::uint32_t root_ = UINT32_MAX;
    std::optional<std::size_t> last_;   // file that this session answered last
    std::vector<std::size_t> waiting_;  // files still to be sent, the next one last
    std::vector<Flight> flight_;        // files sent, in order
    std::vector<Flight> again_;         // files whose worker died over another one
    std::uint64_t bytes_ = 0;           // of files opened since done() was told of any
};

Crew::Crew(std::span<const FoundFile> files, std::span<ScannedFile> reports,
           const ScanOptions& options)
    : files_(files),
      reports_(reports),
      reads_(files.size()),
      options_(options),
      cache_(options.isolate_files && options.snapshot ? options.cache.get() : nullptr),
      no_output_(sandbox::Output::make(0)) {
    cut_batches();
}

void Crew::cut_batches() {
    // With a worker for each file nothing is shared but the cores.
    const std::size_t most = options_.isolate_files ? 1 : kBatch;
    order_.resize(files_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return files_[a].root < files_[b].root; });
    for (std::size_t begin = 0; begin < order_.size();) {
        std::size_t end = begin;
        while (end < order_.size() && end - begin < most &&
               files_[order_[end]].root == files_[order_[begin]].root) {
            ++end;
        }
        batches_.push_back({begin, end});
        begin = end;
    }
}

std::optional<Crew::Batch> Crew::next_batch() {
    const std::size_t index = next_batch_++;
    if (index >= batches_.size()) return std::nullopt;
    return batches_[index];
}

int Crew::output() const {
    const auto* output = std::get_if<sandbox::Output>(&no_output_);
    return options_.isolate_files && output != nullptr ? output->descriptor() : -1;
}

void Crew::done(std::size_t count, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    progress_.files += count;
    progress_.bytes += bytes;
    progress_.all = files_.size();
    if (options_.progress) options_.progress(progress_);
}

void Crew::joined(const sandbox::Isolation& isolation) {
    const std::lock_guard lock(mutex_);
    if (!isolation_ || isolation.tier() < isolation_->tier()) isolation_ = isolation;
}

std::variant<Session, Outcome> Crew::start_worker() {
    if (!options_.isolate_files) return Session::start(options_.sandbox);
    if (const auto* outcome = std::get_if<Outcome>(&no_output_)) return *outcome;
    std::call_once(pool_made_, [this] {
        // Of the kind that serves one file, started while the one before is at work.
        sandbox::Options options = options_.sandbox;
        options.profile = sandbox::Profile::single;
        pool_.emplace(options, members_);
    });
    return pool_->take();
}

void Crew::run() {
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    const unsigned jobs = options_.jobs != 0 ? options_.jobs : processors;
    members_ = std::min<std::size_t>(jobs, batches_.size());
    opening_ = {.most_spooled = options_.sandbox.memory_bytes,
                .patience = options_.sandbox.request_timeout,
                .snapshot = options_.snapshot,
                .digest = options_.digest,
                .cancel = options_.sandbox.cancel};
    if (opening_.snapshot && members_ > 0) opening_.snapshot->most_in_memory /= members_;
    done(0, 0);
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < members_; ++i) {
        threads.emplace_back([this] { Member(*this).run(); });
    }
    Member(*this).run();
}

}  // namespace pratique::api
