#include "scanner/checks/pickle/listing.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/text.h"
#include "scanner/checks/pickle/print.h"

namespace pratique::scanner {
namespace {

using pickle::ArgKind;
using pickle::Effect;
using pickle::Instruction;
using pickle::Program;

constexpr std::array<std::string_view, 10> kEffects = {
    "imports",    "calls",         "constructs",    "instantiates",     "sets state of",
    "appends to", "sets items of", "adds items to", "loads persistent", "uses extension"};

std::string upper(std::string_view name) {
    std::string out(name);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
    if (out.ends_with('_')) out.pop_back();
    return out;
}

std::string argument(const Instruction& in, ArgKind kind) {
    constexpr std::size_t kLongest = 60;
    switch (kind) {
        case ArgKind::none: return {};
        case ArgKind::u1:
        case ArgKind::u2:
        case ArgKind::u4:
        case ArgKind::u8: return std::to_string(in.number);
        case ArgKind::i4: return std::to_string(static_cast<std::int64_t>(in.number));
        case ArgKind::f8: return std::to_string(std::bit_cast<double>(in.number));
        case ArgKind::line: return escape(text(in.first), kLongest);
        case ArgKind::two_lines:
            return escape(text(in.first), kLongest) + " " + escape(text(in.second), kLongest);
        case ArgKind::counted_u1:
        case ArgKind::counted_u4:
        case ArgKind::counted_u8:
        case ArgKind::counted_i4: return '"' + escape(text(in.first), kLongest) + '"';
    }
    return {};
}

class Lister {
public:
    Lister(const Program& program, std::string_view artifact, const std::vector<Finding>& findings,
           std::string& out)
        : program_(program), names_(program), out_(out) {
        for (const Finding& finding : findings) {
            if (finding.artifact == artifact) findings_.push_back(&finding);
        }
        std::stable_sort(findings_.begin(), findings_.end(),
                         [](const auto* a, const auto* b) { return a->offset < b->offset; });
    }

    void run(std::size_t most) {
        pickle::Decoder decoder(from(program_.stream, program_.begin), program_.begin);
        auto raw = program_.raw_arrays.begin();
        for (std::size_t lines = 0; decoder.offset() < program_.end; ++lines) {
            if (lines == most) {
                out_ +=
                    "  … the rest is left out: " + std::to_string(program_.end - decoder.offset()) +
                    " bytes\n";
                break;
            }
            if (raw != program_.raw_arrays.end() && decoder.offset() == raw->begin) {
                line(raw->begin, "(array)", std::to_string(raw->end - raw->begin) + " bytes");
                if (!decoder.skip(raw->end - raw->begin)) break;
                ++raw;
                continue;
            }
            const auto in = decoder.next();
            if (!in) break;
            const auto& info = pickle::kOpcodes[static_cast<std::uint8_t>(in->op)];
            line(in->at, upper(info.name), argument(*in, info.arg));
            annotate(in->at);
        }
        if (program_.error) {
            line(program_.error->offset, "(error)", std::string(meaning(program_.error->code)));
        }
    }

private:
    void line(std::uint64_t at, std::string_view name, std::string_view argument) {
        const std::string offset = std::to_string(at);
        out_.append(offset.size() < 8 ? 8 - offset.size() : 0, ' ');
        out_ += offset + ": ";
        out_ += name;
        out_.append(name.size() < 16 ? 17 - name.size() : 1, ' ');
        out_ += argument;
        while (out_.ends_with(' ')) out_.pop_back();
        out_ += '\n';
    }

    void annotate(std::uint64_t at) {
        for (; effect_ < program_.effects.size() && program_.effects[effect_].at <= at; ++effect_) {
            const Effect& effect = program_.effects[effect_];
            out_ += "            -> ";
            out_ += kEffects.at(static_cast<std::size_t>(effect.kind));
            out_ += ' ' + print(names_, program_, effect.subject, 100) + '\n';
        }
        for (; finding_ < findings_.size() && findings_[finding_]->offset <= at; ++finding_) {
            const Finding& finding = *findings_[finding_];
            if (finding.offset < program_.begin) continue;
            out_ += "            ** ";
            out_ += std::string(rules::name(finding.severity)) + ' ' +
                    std::string(rules::info(finding.rule).id) + ": " + finding.message + '\n';
        }
    }

    const Program& program_;
    Names names_;
    std::vector<const Finding*> findings_;
    std::string& out_;
    std::size_t effect_ = 0;
    std::size_t finding_ = 0;
};

}  // namespace

void list(const Program& program, std::string_view artifact, const std::vector<Finding>& findings,
          std::size_t most, std::string& out) {
    out += artifact.empty() ? "(the file itself)" : std::string(artifact);
    out += ", pickle at " + std::to_string(program.begin) + ": " + std::to_string(program.opcodes) +
           " instructions, " + std::to_string(program.effects.size()) + " effects\n";
    Lister(program, artifact, findings, out).run(most);
    out += '\n';
}

}  // namespace pratique::scanner
