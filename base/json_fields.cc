#include "base/json_fields.h"

#include <algorithm>
#include <cmath>

namespace pratique::json {
namespace {

constexpr double kMostExact = 9007199254740992.0;  // 2^53

std::optional<std::uint64_t> whole(const Value& value) {
    if (const auto* number = value.as<std::int64_t>()) {
        return *number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*number));
    }
    const auto* real = value.as<double>();
    if (real == nullptr || *real < 0 || *real > kMostExact || *real != std::floor(*real)) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*real);
}

const Value& nothing() {
    static const Value kNothing{Object{}};
    return kNothing;
}

}  // namespace

Fields::Fields(const Value& value, std::string where, std::string& problem)
    : members_(value.as<Object>()), where_(std::move(where)), problem_(&problem) {
    if (members_ != nullptr) return;
    if (problem.empty()) problem = where_ + ": must be an object";
    members_ = nothing().as<Object>();
}

std::string Fields::place(std::string_view key) const { return where_ + "." + std::string(key); }

void Fields::complain(std::string_view key, std::string_view what) {
    if (problem_->empty()) *problem_ = place(key) + ": " + std::string(what);
}

const Value* Fields::find(std::string_view key) {
    const auto found = std::find_if(members_->begin(), members_->end(),
                                    [&](const auto& member) { return member.first == key; });
    if (found == members_->end()) return nullptr;
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
        asked_.push_back(found->first);
    }
    return found->second.is_null() ? nullptr : &found->second;
}

std::optional<std::string> Fields::maybe_string(std::string_view key) {
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    const auto* text = value->as<std::string>();
    if (text == nullptr) complain(key, "must be a string");
    return text == nullptr ? std::string() : *text;
}

std::string Fields::string(std::string_view key) {
    auto text = maybe_string(key);
    if (!text) complain(key, "is missing");
    return text.value_or(std::string());
}

bool Fields::flag(std::string_view key, bool fallback) {
    const Value* value = find(key);
    if (value == nullptr) return fallback;
    const auto* flag = value->as<bool>();
    if (flag == nullptr) complain(key, "must be true or false");
    return flag == nullptr ? fallback : *flag;
}

std::optional<std::uint64_t> Fields::maybe_count(std::string_view key) {
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    const auto number = whole(*value);
    if (!number) complain(key, "must be a whole number, not below zero");
    return number.value_or(0);
}

std::uint64_t Fields::count(std::string_view key) {
    const auto number = maybe_count(key);
    if (!number) complain(key, "is missing");
    return number.value_or(0);
}

std::vector<std::string> Fields::strings(std::string_view key) {
    std::vector<std::string> out;
    const Value* value = find(key);
    if (value == nullptr) return out;
    const auto* array = value->as<Array>();
    if (array == nullptr) {
        complain(key, "must be an array of strings");
        return out;
    }
    for (const Value& item : *array) {
        const auto* text = item.as<std::string>();
        if (text == nullptr) {
            complain(key, "must be an array of strings");
            return out;
        }
        out.push_back(*text);
    }
    return out;
}

std::vector<Fields> Fields::objects(std::string_view key) {
    std::vector<Fields> out;
    const Value* value = find(key);
    if (value == nullptr) return out;
    const auto* array = value->as<Array>();
    if (array == nullptr) {
        complain(key, "must be an array of objects");
        return out;
    }
    out.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
        out.emplace_back((*array)[i], place(key) + "[" + std::to_string(i) + "]", *problem_);
    }
    return out;
}

std::optional<Fields> Fields::maybe_object(std::string_view key) {
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    return Fields(*value, place(key), *problem_);
}

Fields Fields::object(std::string_view key) {
    auto found = maybe_object(key);
    if (found) return *std::move(found);
    complain(key, "is missing");
    return Fields(nothing(), place(key), *problem_);
}

std::vector<std::string> Fields::keys() {
    std::vector<std::string> out;
    out.reserve(members_->size());
    for (const auto& member : *members_) out.push_back(member.first);
    return out;
}

std::vector<std::string> Fields::unasked() const {
    std::vector<std::string> out;
    for (const auto& [key, value] : *members_) {
        if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) out.push_back(key);
    }
    return out;
}

void Fields::finish() {
    if (!problem_->empty() || asked_.size() == members_->size()) return;
    const auto unknown = unasked();
    if (!unknown.empty()) complain(unknown.front(), "is not known here");
}

}  // namespace pratique::json
