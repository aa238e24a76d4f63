// Pickles that begin inside of bytes which no format claims, with a PROTO in front or without.
#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "formats/pickle/machine.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/pickle/judge.h"

namespace pratique::scanner {
namespace {

using pickle::EffectKind;
using pickle::Program;

/// Opcodes that one guess may cost, and all guesses of one search together.
constexpr std::uint64_t kGuess = 100'000;
constexpr std::uint64_t kAllGuesses = 20'000'000;

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
            if (guess_far(i, end)) return true;
        }
        return false;
    }

    /// The MARK of an INST may stand any number of bytes before it, with texts in between that hold
    /// others: of a name that can harm they are all tried, and it is told where none of them runs.
    bool guess_far(std::size_t inst, std::size_t end) {
        constexpr int kMostMarks = 1'000;
        constexpr std::size_t kBytesAnOpcode = 64;  // that are looked through in the same time
        const std::string_view all = text(searched_);
        const std::string_view module = all.substr(inst + 1, end - inst - 1);
        const std::string_view name = all.substr(end + 1, all.find('\n', end + 1) - end - 1);
        const auto [real, member] = rules::python3_name(module, name);
        const std::string dotted = std::string(real) + "." + std::string(member);
        const rules::Rule* rule = rules::find(dotted);
        if (rule == nullptr || rule->standing != rules::Standing::dangerous) return false;
        int marks = 0;
        std::size_t mark = inst;
        while (mark-- > 0 && marks < kMostMarks && spent_ <= kAllGuesses) {
            if (searched_[mark] != std::byte{'('}) continue;
            if (guess(mark, false)) return true;
            ++marks;
        }
        spent_ += (inst - mark) / kBytesAnOpcode;
        // In a list of words "ish" stands above "open", and package sh is dangerous as a whole: of
        // a module with a short name those count that a rule knows by themselves.
        constexpr std::size_t kTellingModule = 5;  // "posix"
        const bool exact = rules::find(std::string(real) + ".?") != rule;
        if (told_ || marks == 0 || (!exact && real.size() < kTellingModule)) return false;
        told_ = true;
        scan_.find(RuleId::pickle_hidden_pickle, artifact_, begin_ + inst, escape(dotted, 200));
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
    bool told_ = false;        // of an INST without a MARK
};

}  // namespace

void search_hidden_pickles(Scan& scan, const Artifact& artifact, std::uint64_t begin) {
    HiddenSearch(scan, artifact, begin).run();
}

}  // namespace pratique::scanner
