// From sources to tables: what each name means once every file is taken together. The compiler of
// the rules writes the result out as constants, the lint tries the examples on it.
//
// Where two entries name the same thing, the hand-kept rule wins over the generated class, and
// that over an alias: people have looked at the first.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rules/source.h"
#include "rules/table.h"

namespace pratique::rules {

/// Every text once, in one block.
class TextBlock {
public:
    /// Throws std::length_error when a text or the block is too long for its fields.
    Text add(std::string_view text);
    const std::string& block() const { return block_; }

private:
    std::string block_;
    std::map<std::string, Text, std::less<>> known_;
};

/// A rule as it stands in the program; `source` is null for a generated class.
struct BuiltRule {
    const SourceRule* source = nullptr;
    const SourceClass* generated = nullptr;
};

struct Built {
    TextBlock texts;
    std::vector<BuiltRule> rules;
    std::vector<Entry> exact;
    std::vector<Entry> below;
    std::vector<Entry> anywhere;

    NameTable table() const { return {texts.block(), exact, below, anywhere}; }
};

/// `sources` must outlive the result.
Built build(const Sources& sources);

}  // namespace pratique::rules
