// FlatBuffers put together front to back: what a table refers to is written behind it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace pratique::test::flat {

/// Writes itself to the end of a file and says where it stands there.
using Piece = std::function<std::size_t(std::string&)>;

template <class T>
std::string raw(T value) {
    std::string out(sizeof(T), '\0');
    std::memcpy(out.data(), &value, sizeof(T));
    return out;
}

inline void pad(std::string& out, std::size_t to) { out.resize((out.size() + to - 1) / to * to); }

/// Writes the distance from `at` to a piece.
inline void point(std::string& out, std::size_t at, const Piece& piece) {
    const std::size_t target = piece(out);
    out.replace(at, 4, raw(static_cast<std::uint32_t>(target - at)));
}

inline Piece text(const std::string& content) {
    return [=](std::string& out) {
        pad(out, 4);
        const std::size_t at = out.size();
        out += raw(static_cast<std::uint32_t>(content.size())) + content + '\0';
        return at;
    };
}

template <class T>
Piece numbers(const std::vector<T>& values) {
    return [=](std::string& out) {
        pad(out, 8);
        out.resize(out.size() + (sizeof(T) == 8 ? 4 : 0));
        const std::size_t at = out.size();
        out += raw(static_cast<std::uint32_t>(values.size()));
        for (const T value : values) out += raw(value);
        return at;
    };
}

inline Piece list(const std::vector<Piece>& pieces) {
    return [=](std::string& out) {
        pad(out, 4);
        const std::size_t at = out.size();
        out += raw(static_cast<std::uint32_t>(pieces.size()));
        out.resize(out.size() + 4 * pieces.size());
        for (std::size_t i = 0; i < pieces.size(); ++i) point(out, at + 4 + 4 * i, pieces[i]);
        return at;
    };
}

struct Field {
    std::uint32_t number;
    std::string content;  ///< of a number; else empty
    Piece piece;
};
template <class T>
Field field(std::uint32_t number, T value) {
    return {number, raw(value), nullptr};
}
inline Field field(std::uint32_t number, Piece piece) { return {number, {}, std::move(piece)}; }
inline Field field(std::uint32_t number, const char* content) {
    return {number, {}, text(content)};
}

inline Piece table(std::vector<Field> fields) {
    const auto width = [](const Field& each) { return each.piece ? 4 : each.content.size(); };
    std::ranges::stable_sort(fields, std::greater<>(), width);
    return [=](std::string& out) {
        std::uint32_t slots = 0;
        for (const Field& each : fields) slots = std::max(slots, each.number + 1);
        std::vector<std::size_t> places(slots, 0);
        std::size_t end = 4;
        for (const Field& each : fields) {
            end = (end + width(each) - 1) / width(each) * width(each);
            places[each.number] = end;
            end += width(each);
        }
        pad(out, 8);
        const std::size_t vtable = out.size();
        out += raw(static_cast<std::uint16_t>(4 + 2 * slots));
        out += raw(static_cast<std::uint16_t>(end));
        for (const std::size_t place : places) out += raw(static_cast<std::uint16_t>(place));
        pad(out, 8);
        const std::size_t at = out.size();
        out += raw(static_cast<std::int32_t>(at - vtable));
        out.resize(at + end);
        for (const Field& each : fields) {
            out.replace(at + places[each.number], each.content.size(), each.content);
        }
        for (const Field& each : fields) {
            if (each.piece) point(out, at + places[each.number], each.piece);
        }
        return at;
    };
}

inline std::string file(const Piece& root, const std::string& identifier,
                        const std::string& header = "") {
    std::string out(4, '\0');
    out += identifier + header;
    point(out, 0, root);
    return out;
}

}  // namespace pratique::test::flat
