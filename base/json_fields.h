// Reading a JSON object whose members are known: each is asked for by name and type, and what was
// not asked for is an error, as a misspelt member of a policy would otherwise be a rule that
// nobody applies. The first thing that is wrong is kept in words; everything after it is moot.
//
//      std::string problem;
//      json::Fields top(value, "policy", problem);
//      const std::string title = top.string("title");
//      for (json::Fields& rule : top.objects("rules")) { …; rule.finish(); }
//      top.finish();
//      if (!problem.empty()) …                 "policy.rules[2].level: must be a string"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace pratique::json {

/// Not thread-safe. A null counts as a member that is absent. Names of members are reported as
/// they stand in the text, unescaped.
class Fields {
public:
    /// `value` and `problem` must outlive this.
    Fields(const Value& value, std::string where, std::string& problem);

    /// The value if it is there, asked for by name.
    const Value* find(std::string_view key);

    std::string string(std::string_view key);
    std::optional<std::string> maybe_string(std::string_view key);
    bool flag(std::string_view key, bool fallback);
    /// A whole number of at least zero, also where it is written as a double.
    std::uint64_t count(std::string_view key);
    std::optional<std::uint64_t> maybe_count(std::string_view key);
    /// Empty if it is absent.
    std::vector<std::string> strings(std::string_view key);
    std::vector<Fields> objects(std::string_view key);
    /// One of an object's members that is an object itself; of an absent one: nothing.
    std::optional<Fields> maybe_object(std::string_view key);
    Fields object(std::string_view key);
    /// Names of all members, whatever they are: for objects that are tables.
    std::vector<std::string> keys();

    /// Members that nobody asked for are a problem.
    void finish();
    /// Their names, where they are none.
    std::vector<std::string> unasked() const;
    /// Says what is wrong with a member; the first such word stays.
    void complain(std::string_view key, std::string_view what);
    const std::string& where() const { return where_; }

private:
    std::string place(std::string_view key) const;

    const Object* members_ = nullptr;
    std::string where_;
    std::string* problem_;
    std::vector<std::string_view> asked_;
};

}  // namespace pratique::json
