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

/// Opcodes that one guess at a start may cost, and all guesses of one search together.
constexpr std::uint64_t kGuess = 100'000;
constexpr std::uint64_t kAllGuesses = 20'000'000;
/// Bytes that a guess reads: one opcode may take a line to its end, be it gigabytes away.
constexpr std::uint64_t kGuessedBytes = 4 * kMiB;
/// Lines that a listing of one pickle may have.
constexpr std::size_t kListedLines = 20'000;
/// Pickles of a legacy stream: magic, protocol, system, object, storage keys.
constexpr std::size_t kLegacyPickles = 5;
constexpr std::int64_t kLegacyVersion = 1001;

bool calls_something(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(), [](const auto& effect) {
        return effect.kind != EffectKind::import_ && effect.kind != EffectKind::persistent &&
               effect.kind != EffectKind::extension;
    });
}

bool imports_something(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(),
                       [](const auto& effect) { return effect.kind == EffectKind::import_; });
}

bool has_array_wrapper(const Program& program) {
    return std::any_of(program.effects.begin(), program.effects.end(), [&](const auto& effect) {
        return effect.kind == EffectKind::import_ &&
               pickle::is_array_wrapper(program, effect.subject);
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
            judge_all(program, begin);
        }
        return joblib;
    }

    Program read_keys(std::uint64_t at) {
        return pickle::run(artifact_.bytes, at, scan_.limits(), {.fold = false});
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by Limits::pickle_depth
    void judge_all(const Program& program, std::uint64_t from) {
        judge(scan_, artifact_, program, said_, {options_.torch, from});
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
    const Bytes start = slice(bytes, 0, kGuessedBytes);
    const Program program = pickle::run(start, 0, limits, {.most_opcodes = kGuess});
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

namespace {

bool is_name_character(std::byte b) {
    const auto c = static_cast<char>(b);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

/// Guesses at where a pickle begins inside other bytes, and runs each guess.
class HiddenSearch {
public:
    HiddenSearch(Scan& scan, const Artifact& artifact, std::uint64_t begin)
        : scan_(scan),
          artifact_(artifact),
          begin_(begin),
          searched_(slice(artifact.bytes, begin, scan.limits().probed_bytes)) {}

    void run() {
        if (!search_binary()) search_text();
        if (spent_ > kAllGuesses) scan_.gap(Error{Errc::limit_steps, begin_}, artifact_);
        const std::uint64_t end = begin_ + searched_.size();
        if (end < artifact_.bytes.size()) scan_.gap(Error{Errc::limit_bytes, end}, artifact_);
    }

private:
    /// PROTO 2 to 5, then whatever runs.
    bool search_binary() {
        for (std::size_t at = 0; next('\x80', at) && at + 1 < searched_.size(); ++at) {
            const auto protocol = std::to_integer<unsigned>(searched_[at + 1]);
            if (protocol < 2 || protocol > pickle::kHighestProtocol) continue;
            if (guess(at, true)) return true;
        }
        return false;
    }

    /// Without PROTO only a call gives a pickle away: two lines of names behind a 'c' (GLOBAL), or
    /// behind an 'i' (INST) with its MARK before it.
    bool search_text() {
        std::size_t line = 0;
        for (std::size_t at = 0; next('\n', at); line = ++at) {
            std::size_t end = at + 1;
            while (end < searched_.size() && is_name_character(searched_[end])) ++end;
            if (end == at + 1 || end == searched_.size() || searched_[end] != std::byte{'\n'}) {
                continue;
            }
            std::size_t start = at;
            while (start > line && is_name_character(searched_[start - 1])) --start;
            if (guess_names(line, start, at)) return true;
        }
        return false;
    }

    bool guess_names(std::size_t line, std::size_t start, std::size_t end) {
        constexpr std::size_t kLookBack = 256;
        for (std::size_t i = start; i + 1 < end; ++i) {
            if (searched_[i] == std::byte{'c'} && guess(i, false)) return true;
            if (searched_[i] != std::byte{'i'}) continue;
            const std::size_t oldest = i > kLookBack ? i - kLookBack : 0;
            for (std::size_t mark = i; mark-- > std::min(oldest, line);) {
                if (searched_[mark] == std::byte{'('} && guess(mark, false)) return true;
            }
        }
        return false;
    }

    bool next(char wanted, std::size_t& at) const {
        if (at >= searched_.size() || spent_ > kAllGuesses) return false;
        const Bytes rest = searched_.subspan(at);
        const auto* hit =
            static_cast<const std::byte*>(std::memchr(rest.data(), wanted, rest.size()));
        if (hit == nullptr) return false;
        at += static_cast<std::size_t>(hit - rest.data());
        return true;
    }

    bool guess(std::size_t at, bool is_binary) {
        if (spent_ > kAllGuesses) return false;
        const Program program =
            pickle::run(artifact_.bytes, begin_ + at, scan_.limits(), {.most_opcodes = kGuess});
        spent_ += program.opcodes;
        const bool convincing = calls_something(program) || (is_binary && program.root);
        if (!convincing || !imports_something(program) || !is_plausible(program)) return false;
        if (!is_binary && !is_telling(program)) return false;
        scan_.find(RuleId::pickle_hidden_pickle, artifact_, begin_ + at);
        scan_.descend(artifact_, "hidden@" + std::to_string(begin_ + at),
                      from(artifact_.bytes, begin_ + at));
        return true;
    }

    /// In a list of words any two are a GLOBAL, and letters call it: without PROTO a guess counts
    /// if it names what somebody knows or what lies beside the file.
    bool is_telling(const Program& program) const {
        Names names(program);
        return std::ranges::any_of(program.effects, [&](const pickle::Effect& effect) {
            if (effect.kind != EffectKind::import_) return false;
            const std::string name = names.symbol(effect.subject).dotted();
            return rules::find(name) != nullptr ||
                   scan_.subject().sidecars.contains(name.substr(0, name.find('.')));
        });
    }

    Scan& scan_;
    const Artifact& artifact_;
    std::uint64_t begin_;
    Bytes searched_;
    std::uint64_t spent_ = 0;  // opcodes of all guesses
};

}  // namespace

void search_hidden_pickles(Scan& scan, const Artifact& artifact, std::uint64_t begin) {
    HiddenSearch(scan, artifact, begin).run();
}

}  // namespace pratique::scanner
