#include "scanner/checks/pickle/check.h"

#include <algorithm>
#include <cstring>

#include "formats/pickle/joblib.h"
#include "formats/pickle/machine.h"
#include "formats/torch/facts.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/listing.h"
#include "scanner/checks/torch/views.h"
#include "scanner/inspect.h"

namespace pratique::scanner {
namespace {

using pickle::EffectKind;
using pickle::Program;

/// Opcodes that one guess at a start may cost.
constexpr std::uint64_t kGuess = 100'000;
/// Bytes that a guess reads at first: one opcode may take a line to its end, be it gigabytes away.
/// Where its last one runs into the cut, that is taken back by so much.
constexpr std::uint64_t kGuessedBytes = 4 * kMiB;
constexpr std::uint64_t kGrowth = 8;
/// Lines that a listing of one pickle may have.
constexpr std::size_t kListedLines = 20'000;
/// Pickles of a legacy stream: magic, protocol, system, object, storage keys.
constexpr std::size_t kLegacyPickles = 5;
constexpr std::int64_t kLegacyVersion = 1001;

bool has_array_wrapper(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(), [&](const auto& effect) {
        return effect.kind == EffectKind::import_ &&
               pickle::is_array_wrapper(program, effect.subject);
    });
}

/// Whether the last opcode of a run wanted more bytes than there were.
bool ran_into_end(const Program& program) {
    if (!program.error) return false;
    const std::uint64_t at = program.error->offset;
    const auto last = pickle::Decoder(from(program.stream, at), at).next();
    return last ? last->unterminated : last.error().code == Errc::truncated;
}

/// What a start would do in its first opcodes.
Program guess_start(Bytes bytes, const Limits& limits) {
    for (std::uint64_t most = kGuessedBytes;; most *= kGrowth) {
        const Bytes start = slice(bytes, 0, most);
        Program program = pickle::run(start, 0, limits, {.most_opcodes = kGuess});
        if (start.size() == bytes.size() || !ran_into_end(program)) return program;
    }
}

/// Reads one stream from its first pickle to its last byte.
class StreamCheck {
public:
    StreamCheck(Scan& scan, const Artifact& artifact, PickleOptions options)
        : scan_(scan), artifact_(artifact), options_(options) {
        if (options_.storages == nullptr) options_.storages = &storages_;
    }

    void run() {
        std::uint64_t at = 0;
        for (std::size_t i = 0; i < scan_.limits().pickles; ++i) {
            Program program = read(at);
            if (i == 0 && torch::is_legacy_magic(program)) {
                legacy_ = options_.torch = true;
                scan_.identity("torch-legacy");
            }
            if (legacy_ && i == kLegacyPickles - 1) program = read_keys(program.begin);
            if (program.error) return after_error(program);
            at = program.end;
            if (legacy_ && i == 1 && program.integer(program.root) != kLegacyVersion) {
                scan_.find(RuleId::torch_record, artifact_, program.begin, "protocol version");
            }
            if (legacy_ && i == kLegacyPickles - 1) {
                check_storage_conflicts(scan_, artifact_, *options_.storages);
                at = check_legacy_storages(scan_, artifact_, program, *options_.storages, at);
            }
            // The five pickles of a legacy file follow each other, however short.
            const bool expected = legacy_ && i + 1 < kLegacyPickles && at < artifact_.bytes.size();
            if (!expected && !another(at)) return;
        }
        scan_.gap(Error{Errc::limit_members, at}, artifact_);
    }

private:
    /// One pickle, in every reading that a loader makes of it; the longest is returned.
    Program read(std::uint64_t at) {
        Program program = pickle::run(artifact_.bytes, at, scan_.limits());
        if (!has_array_wrapper(program)) {
            judge_all(program, 0);
            return program;
        }
        scan_.identity("joblib");
        Program joblib = pickle::run(artifact_.bytes, at, scan_.limits(), {.raw_arrays = true});
        judge_all(joblib, 0);
        // pickle's own reader runs the array bytes as opcodes. In real files that ends at once;
        // if it gets to names that Python could have, somebody meant it.
        if (joblib.raw_arrays.empty()) return joblib;
        const std::uint64_t begin = joblib.raw_arrays.front().begin;
        if (is_plausible(program, begin)) {
            const auto array = std::ranges::find(joblib.nested, begin, &Program::begin);
            judge_all(program, begin, array == joblib.nested.end() ? nullptr : &*array);
        }
        return joblib;
    }

    Program read_keys(std::uint64_t at) {
        return pickle::run(artifact_.bytes, at, scan_.limits(), {.fold = false});
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by Limits::pickle_depth
    void judge_all(const Program& program, std::uint64_t from, const Program* array = nullptr) {
        judge(scan_, artifact_, program, said_, {options_.torch, from, array});
        if (options_.torch) check_views(scan_, artifact_, program);
        collect_storages(program, *options_.storages);
        if (scan_.listing() != nullptr) {
            list(program, artifact_.chain, scan_.report().findings, kListedLines, *scan_.listing());
        }
        for (const Program& nested : program.nested) judge_all(nested, from);
    }

    void after_error(const Program& program) {
        scan_.gap(*program.error, artifact_);
        search_hidden_pickles(scan_, artifact_, program.end);
    }

    bool another(std::uint64_t at) {
        const Bytes rest = from(artifact_.bytes, at);
        if (rest.empty()) return false;
        const bool blank = is_blank(rest);
        const bool pickle = !blank && pickle_start(rest, scan_.limits()) != PickleStart::no;
        Finding trailing = finding_of(RuleId::pickle_trailing_bytes, artifact_.chain, at, "");
        // Pickles follow one another in many a stream; torch's files end where they end.
        if (options_.torch) trailing.severity = Severity::medium;
        if (options_.torch || (!blank && !pickle)) scan_.find(std::move(trailing));
        if (pickle) return true;
        if (!blank) scan_.descend(artifact_, "tail@" + std::to_string(at), rest, true);
        return false;
    }

    Scan& scan_;
    const Artifact& artifact_;
    PickleOptions options_;
    std::vector<Storage> storages_;
    Said said_;
    bool legacy_ = false;
};

}  // namespace

void check_pickle(Scan& scan, const Artifact& artifact, PickleOptions options) {
    StreamCheck(scan, artifact, options).run();
}

PickleStart pickle_start(Bytes bytes, const Limits& limits) {
    if (bytes.size() < 2) return PickleStart::no;
    const auto first = std::to_integer<unsigned>(bytes[0]);
    const auto second = std::to_integer<unsigned>(bytes[1]);
    if (first == 0x80) {
        return second <= pickle::kHighestProtocol ? PickleStart::strong : PickleStart::no;
    }
    if (!pickle::kOpcodes[first].known) return PickleStart::no;
    // A zip's signature reads as PERSID with a line of anything. A reader that allows persistent
    // ids is torch.load, which looks for the zip first.
    if (starts_with(bytes, "PK\x03\x04")) return PickleStart::no;
    const Program program = guess_start(bytes, limits);
    const bool whole = program.root && program.end == bytes.size();
    const bool ends =
        whole || (program.root && program.opcodes > 2) || torch::is_legacy_magic(program);
    const bool runs = calls_something(program);
    const bool long_guess = program.opcodes >= kGuess;
    // Bytes that are a pickle from the first to the last are one, whatever they import.
    if (whole && runs) return PickleStart::weak;
    return (ends || runs || long_guess) && is_plausible(program) ? PickleStart::weak
                                                                 : PickleStart::no;
}

bool imports_at_start(Bytes bytes, const Limits& limits) {
    if (bytes.empty() || !pickle::kOpcodes[std::to_integer<unsigned>(bytes[0])].known) return false;
    const Program program = guess_start(bytes, limits);
    return imports_something(program) && is_plausible(program);
}

}  // namespace pratique::scanner
