#include "formats/torch/facts.h"

#include <algorithm>
#include <array>
#include <string>

namespace pratique::torch {
namespace {

constexpr auto kElements = std::to_array<Elements>({
    {"Double", "float64", 8},
    {"Float", "float32", 4},
    {"Half", "float16", 2},
    {"BFloat16", "bfloat16", 2},
    {"Long", "int64", 8},
    {"Int", "int32", 4},
    {"Short", "int16", 2},
    {"Char", "int8", 1},
    {"Byte", "uint8", 1},
    {"Bool", "bool", 1},
    {"ComplexDouble", "complex128", 16},
    {"ComplexFloat", "complex64", 8},
    {"QInt8", "qint8", 1},
    {"QUInt8", "quint8", 1},
    {"QInt32", "qint32", 4},
    {"QUInt4x2", "quint4x2", 1},
    {"QUInt2x4", "quint2x4", 1},
    {"Untyped", "uint8", 1},
    {"_Untyped", "uint8", 1},
});

}  // namespace

std::optional<Elements> elements_of(std::string_view name, std::string_view suffix) {
    if (!name.ends_with(suffix)) return std::nullopt;
    name.remove_suffix(suffix.size());
    const auto* row = std::find_if(kElements.begin(), kElements.end(),
                                   [&](const Elements& e) { return e.prefix == name; });
    return row == kElements.end() ? std::nullopt : std::optional(*row);
}

bool is_legacy_magic(const pickle::Program& program) {
    const auto in = program.instruction(program.root);
    if (!in || program.root.kind() != pickle::Kind::integer) return false;
    if (in->op == pickle::Op::long1 || in->op == pickle::Op::long4) {
        constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
        std::string_view digits = text(in->first);
        while (digits.size() > kMagic.size() && digits.back() == '\0') digits.remove_suffix(1);
        return digits == kMagic;
    }
    std::string digits(text(in->first));
    for (char& c : digits) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    std::erase(digits, '_');
    if (digits.ends_with('l')) digits.pop_back();
    return digits == "119547037146038801333356" || digits == "0x1950a86a20f9469cfc6c";
}

}  // namespace pratique::torch
