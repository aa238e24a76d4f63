// A baseline: an earlier report of the same files, so that only what is new since then counts.
//
// What it said holds of the bytes of which it was said, and of no others. So a finding or a gap is
// known if the file has the same path and SHA-256, and the earlier report had it there: the same
// rule with the same severity and capabilities, or the same reason, in the same artifact with the
// same evidence. Offsets and messages may differ, as another version may count and word them
// otherwise. Each of the earlier ones stands for one of now. It follows that
//   - in a file that changed everything counts, also what looks the same: evidence is a line that
//     the file's author can keep, while what stands behind it changes;
//   - what only other rules find is new, and so is what they take for worse than before;
//   - gaps that are not about the bytes (is_about_bytes()), what is found about other files than
//   the
//     one it is found in, and attacks on the reading process are never known.
// Thread-safe: a baseline does not change.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/scan.h"
#include "signing/refusal.h"

namespace pratique::api {

class Baseline {
public:
    /// Of what one file had; each is used up by what it stands for.
    struct Known {
        Since since = Since::absent;
        std::multiset<std::string> findings;
        std::multiset<std::string> gaps;

        bool take(const scanner::Finding& finding);
        bool take(const scanner::Gap& gap);
    };

    /// A JSON report of schema_version 1, also one made with a baseline: what that one suppressed
    /// is known. What it ignored by a rule is not: the rule has an end. Words that this version
    /// does not know hide nothing. Refusals: bad_json, or bad_trust with what is wrong and where.
    static signing::Judged<Baseline> read(std::string_view text);
    /// Of a file. Refusals: also those of read_small_file().
    static signing::Judged<Baseline> read_file(const std::string& path);

    Known known(const ScannedFile& file) const;
    const std::string& digest() const { return digest_; }
    const std::string& rules_digest() const { return rules_digest_; }

private:
    struct Entry {
        std::string sha256;
        Known known;
    };

    std::map<std::string, std::vector<Entry>> files_;  // by path
    std::string digest_;
    std::string rules_digest_;
};

}  // namespace pratique::api
