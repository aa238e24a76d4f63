#include "scanner/pickle/check.h"

#include <algorithm>
#include <cstring>

#include "formats/pickle/joblib.h"
#include "formats/pickle/machine.h"
#include "scanner/inspect.h"
#include "scanner/pickle/listing.h"

namespace pratique::scanner {
namespace {

using pickle::EffectKind;
using pickle::Program;

/// Opcodes that one guess at a start may cost, and all guesses of one search together.
constexpr std::uint64_t kGuess = 100'000;
constexpr std::uint64_t kAllGuesses = 20'000'000;
/// Lines that a listing of one pickle may have.
constexpr std::size_t kListedLines = 20'000;
/// Pickles of a legacy stream: magic, protocol, system, object, storage keys.
constexpr std::size_t kLegacyPickles = 5;

bool calls_something(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(), [](const auto& effect) {
        return effect.kind != EffectKind::import_ && effect.kind != EffectKind::persistent;
    });
}

bool has_array_wrapper(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(), [&](const auto& effect) {
        return effect.kind == EffectKind::import_ &&
               pickle::is_global(program, effect.subject, "joblib.numpy_pickle",
                                 "NumpyArrayWrapper");
    });
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
            if (i == 0 && is_legacy_magic(program)) {
                legacy_ = options_.torch = true;
                scan_.identity("torch-legacy");
            }
            if (legacy_ && i == kLegacyPickles - 1) program = read_keys(program.begin);
            if (program.error) return after_error(program);
            at = program.end;
            if (legacy_ && i == kLegacyPickles - 1) {
                at = check_legacy_storages(scan_, artifact_, program, *options_.storages, at);
            }
            if (!another(at)) return;
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
        Program joblib =
            pickle::run(artifact_.bytes, at, scan_.limits(), {.raw_arrays = true});
        judge_all(joblib, 0);
        // pickle's own reader runs the array bytes as opcodes. In real files that ends at once;
        // if it gets to names that Python could have, somebody meant it.
        if (!joblib.raw_arrays.empty() && is_plausible(program)) {
            judge_all(program, joblib.raw_arrays.front().begin);
        }
        return joblib;
    }

    Program read_keys(std::uint64_t at) {
        return pickle::run(artifact_.bytes, at, scan_.limits(), {.fold = false});
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by Limits::pickle_depth
    void judge_all(const Program& program, std::uint64_t from) {
        judge(scan_, artifact_, program, said_, {options_.torch, from});
        collect_storages(program, *options_.storages);
        if (scan_.listing() != nullptr) {
            list(program, artifact_.chain, scan_.report().findings, kListedLines,
                 *scan_.listing());
        }
        for (const Program& nested : program.nested) judge_all(nested, from);
    }

    void after_error(const Program& program) {
        scan_.gap(*program.error, artifact_);
        search_hidden_pickles(scan_, artifact_, program.end);
    }

    bool another(std::uint64_t at) {
        const Bytes rest = from(artifact_.bytes, at);
        if (is_blank(rest)) return false;
        if (pickle_start(rest, scan_.limits()) != PickleStart::no) return true;
        scan_.find(RuleId::pickle_trailing_bytes, artifact_, at);
        scan_.descend(artifact_, "tail@" + std::to_string(at), rest, true);
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
    const Program program = pickle::run(bytes, 0, limits, {.most_opcodes = kGuess});
    const bool ends = program.root && program.opcodes > 2;
    const bool runs = calls_something(program);
    const bool long_guess = program.opcodes >= kGuess;
    return (ends || runs || long_guess) && is_plausible(program) ? PickleStart::weak
                                                                 : PickleStart::no;
}

void search_hidden_pickles(Scan& scan, const Artifact& artifact, std::uint64_t begin) {
    const Bytes searched = slice(artifact.bytes, begin, scan.limits().probed_bytes);
    std::uint64_t spent = 0;
    std::size_t at = 0;
    while (at + 1 < searched.size()) {
        const void* hit = std::memchr(searched.data() + at, 0x80, searched.size() - at - 1);
        if (hit == nullptr) break;
        at = static_cast<std::size_t>(static_cast<const std::byte*>(hit) - searched.data());
        const auto protocol = std::to_integer<unsigned>(searched[at + 1]);
        if (protocol >= 2 && protocol <= pickle::kHighestProtocol) {
            const Program program = pickle::run(artifact.bytes, begin + at, scan.limits(),
                                                {.most_opcodes = kGuess});
            spent += program.opcodes;
            const bool imports = !program.effects.empty() && is_plausible(program);
            if (imports && (program.root || calls_something(program))) {
                scan.find(RuleId::pickle_hidden_pickle, artifact, begin + at);
                const Bytes hidden = from(artifact.bytes, begin + at);
                return scan.descend(artifact, "hidden@" + std::to_string(begin + at), hidden);
            }
            if (spent > kAllGuesses) {
                return scan.gap(Error{Errc::limit_steps, begin + at}, artifact);
            }
        }
        ++at;
    }
    if (begin + searched.size() < artifact.bytes.size()) {
        scan.gap(Error{Errc::limit_bytes, begin + searched.size()}, artifact);
    }
}

}  // namespace pratique::scanner
