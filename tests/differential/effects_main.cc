// Prints the effects of pickles as JSON lines, for compare.py to hold against what Python's own
// readers do. See docs/differential.md for the lines.
//
//     program_effects --opcodes
//     program_effects FILE…
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "formats/pickle/machine.h"

namespace {

using namespace pratique;
using pickle::Effect;
using pickle::EffectKind;
using pickle::Kind;
using pickle::Program;
using pickle::Value;

std::string escaped(unsigned code) {
    std::array<char, 8> out{};
    std::snprintf(out.data(), out.size(), "\\u%04x", code);
    return out.data();
}

/// A JSON string. Bytes that are not ASCII are written as they are, as UTF-8 mostly; a surrogate
/// in its three-byte form is escaped, as Python's json does.
std::string quoted(std::string_view s) {
    std::string out = "\"";
    for (std::size_t i = 0; i < s.size(); ++i) {
        const auto byte = [&](std::size_t k) {
            return i + k < s.size() ? static_cast<unsigned char>(s[i + k]) : 0U;
        };
        if (byte(0) == 0xed && byte(1) >= 0xa0 && byte(2) >= 0x80) {
            out += escaped((byte(0) & 0xfU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU));
            i += 2;
        } else if (byte(0) < 0x20 || s[i] == '"' || s[i] == '\\' || byte(0) == 0x7f) {
            out += escaped(byte(0));
        } else {
            out += s[i];
        }
    }
    return out + '"';
}

struct Import {
    std::string module;
    std::string name;
};

/// The names of an import as the file has them; empty where they are no constants.
Import names(const Program& program, Value global) {
    const auto parts = program.items(global);
    if (parts.size() == 2) {
        return {program.text(parts[0]).value_or(""), program.text(parts[1]).value_or("")};
    }
    const std::uint64_t at = program.at(global);
    const auto in = pickle::Decoder(from(program.stream, at), at).next();
    return in ? Import{std::string(text(in->first)), std::string(text(in->second))} : Import{};
}

std::string callable(const Program& program, Value value) {
    if (value.kind() != Kind::global) return "?";
    const Import import = names(program, value);
    return import.module + "." + import.name;
}

void print_call(const Program& program, const Effect& effect, const char* name) {
    const Value arguments = program.item(effect.subject, 1);
    std::printf("{\"effect\":\"%s\",\"callable\":%s,\"nargs\":%lld}\n", name,
                quoted(callable(program, program.item(effect.subject, 0))).c_str(),
                arguments.kind() == Kind::tuple && arguments.is_node()
                    ? static_cast<long long>(program[arguments].total)
                    : -1LL);
}

void print_effect(const Program& program, const Effect& effect) {
    switch (effect.kind) {
        case EffectKind::import_: {
            const Import import = names(program, effect.subject);
            std::printf("{\"effect\":\"import\",\"module\":%s,\"name\":%s}\n",
                        quoted(import.module).c_str(), quoted(import.name).c_str());
            return;
        }
        case EffectKind::call: return print_call(program, effect, "call");
        case EffectKind::construct: return print_call(program, effect, "construct");
        case EffectKind::instantiate: return print_call(program, effect, "instantiate");
        case EffectKind::extension: {
            const auto in = pickle::Decoder(from(program.stream, effect.at), effect.at).next();
            std::printf("{\"effect\":\"extension\",\"code\":%lld}\n",
                        in ? static_cast<long long>(in->number) : 0LL);
            return;
        }
        case EffectKind::set_state: std::puts("{\"effect\":\"set_state\"}"); return;
        case EffectKind::append:
        case EffectKind::set_item:
        case EffectKind::add_item: {
            const Kind kind = effect.subject.kind();
            if (kind == Kind::list || kind == Kind::bytearray) return;  // plain data's own methods
            const char* name = "add_item";
            if (effect.kind == EffectKind::append) name = "append";
            if (effect.kind == EffectKind::set_item) name = "set_item";
            std::printf("{\"effect\":\"%s\"}\n", name);
            return;
        }
        case EffectKind::persistent: std::puts("{\"effect\":\"persistent\"}"); return;
    }
}

void print_file(const char* path) {
    std::ifstream in(path, std::ios::binary);
    const std::string stream{std::istreambuf_iterator<char>(in), {}};
    std::printf("{\"file\":%s}\n", quoted(path).c_str());
    std::uint64_t at = 0;
    std::string end = "error:truncated";
    while (at < stream.size()) {
        const Program program = pickle::run(as_bytes(stream), at, Limits{});
        for (const Effect& effect : program.effects) print_effect(program, effect);
        for (const pickle::Note& note : program.notes) {
            std::printf("{\"note\":%s}\n", quoted(name(note.kind)).c_str());
        }
        end = program.error ? "error:" + std::string(name(program.error->code)) : "stop";
        if (program.error) break;
        at = program.end;
    }
    std::printf("{\"end\":%s}\n", quoted(end).c_str());
}

void print_opcodes() {
    constexpr std::array<const char*, 13> kKinds = {
        "none", "u1",        "u2",         "i4",         "u4",         "u8",        "f8",
        "line", "two_lines", "counted_u1", "counted_u4", "counted_u8", "counted_i4"};
    for (unsigned byte = 0; byte < pickle::kOpcodes.size(); ++byte) {
        const auto& info = pickle::kOpcodes.at(byte);
        if (!info.known) continue;
        std::printf("0x%02x %.*s %s %u\n", byte, static_cast<int>(info.name.size()),
                    info.name.data(), kKinds.at(static_cast<std::size_t>(info.arg)),
                    unsigned{info.protocol});
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--opcodes") {
        print_opcodes();
        return 0;
    }
    for (int i = 1; i < argc; ++i) print_file(argv[i]);
    return 0;
}
