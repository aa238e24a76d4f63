#include "scanner/checks/torch/torch.h"

#include <algorithm>

#include "base/checked.h"
#include "base/reader.h"
#include "base/text.h"
#include "formats/pickle/machine.h"
#include "formats/torch/facts.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

using pickle::EffectKind;
using pickle::Kind;
using pickle::Program;
using pickle::Value;

bool is_torch_module(std::string_view module) {
    return module == "torch" || module == "torch.cuda" || module == "torch.storage";
}

std::string lower(std::string_view name) {
    std::string out(name);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return out;
}

/// ASCII text of either kind: Python 2 files spell ids with bytes.
std::optional<std::string> characters(const Program& program, Names& names, Value value) {
    if (auto text = names.text(value)) return text;
    if (const auto raw = program.bytes(value)) return std::string(text(*raw));
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> Storage::bytes() const {
    const auto product = checked_mul(numel, item_size);
    if (item_size == 0 || !product) return std::nullopt;
    return *product;
}

std::optional<Storage> storage_of(const Program& program, Names& names, Value id) {
    if (id.kind() != Kind::tuple || !id.is_node()) return std::nullopt;
    const std::uint64_t count = program[id].total;
    if (count < 5 || count > 6) return std::nullopt;
    const auto part = [&](std::size_t index) { return program.item(id, index); };
    const bool is_storage =
        program.is_text(part(0), "storage") || characters(program, names, part(0)) == "storage";
    if (!is_storage) return std::nullopt;
    Storage out;
    out.at = program.at(id);
    const Symbol& symbol = names.symbol(part(1));
    const auto elements = torch::elements_of(symbol.name, "Storage");
    if (elements && is_torch_module(symbol.module)) {
        out.item_size = elements->bytes;
        out.known_class = true;
    }
    // Wrapper classes of torch.storage hold no type of their own.
    if (is_torch_module(symbol.module) && symbol.name.ends_with("Storage")) out.known_class = true;
    auto key = characters(program, names, part(2));
    const auto numel = program.integer(part(4));
    if (key) {
        out.key = std::move(*key);
    } else if (const auto number = program.integer(part(2))) {
        out.key = std::to_string(*number);
    }
    out.numel = numel && *numel >= 0 ? static_cast<std::uint64_t>(*numel) : 0;
    if (!numel || *numel < 0) out.item_size = 0;
    out.is_view = count == 6 && part(5).kind() != Kind::none;
    if (out.is_view) {
        // (key of the view, offset, elements); a negative number is beyond any storage.
        const auto begin = program.integer(program.item(part(5), 1));
        const auto numel_of_view = program.integer(program.item(part(5), 2));
        out.view_begin = static_cast<std::uint64_t>(begin.value_or(0));
        out.view_numel = static_cast<std::uint64_t>(numel_of_view.value_or(0));
    }
    return out;
}

void collect_storages(const Program& program, std::vector<Storage>& out) {
    Names names(program);
    for (const pickle::Effect& effect : program.effects) {
        if (effect.kind != EffectKind::persistent) continue;
        auto storage = storage_of(program, names, program.item(effect.subject, 0));
        if (storage) out.push_back(std::move(*storage));
    }
}

bool is_torch_zip(const zip::Archive& archive) {
    return std::any_of(archive.entries.begin(), archive.entries.end(), [](const auto& entry) {
        const std::string name = lower(entry.name);
        return name.ends_with("/data.pkl") || name.ends_with("/constants.pkl") ||
               name == "data.pkl" || name.ends_with("\\data.pkl");
    });
}

std::uint64_t check_legacy_storages(Scan& scan, const Artifact& artifact, const Program& keys,
                                    const std::vector<Storage>& storages, std::uint64_t begin) {
    Reader in(from(artifact.bytes, begin), begin);
    Names names(keys);
    for (const Value value : keys.items(keys.root)) {
        const auto key = characters(keys, names, value);
        const auto storage =
            std::find_if(storages.begin(), storages.end(), [&](const Storage& candidate) {
                return key && candidate.key == *key && candidate.item_size != 0;
            });
        if (storage == storages.end()) {
            scan.find(RuleId::torch_storage_missing, artifact, in.offset(),
                      escape(key.value_or("?")));
            break;
        }
        const std::uint64_t at = in.offset();
        const auto numel = in.le<std::uint64_t>();
        const auto bytes =
            numel ? checked_mul(*numel, storage->item_size) : Result<std::uint64_t>(numel.error());
        if (!bytes || !in.skip(*bytes)) {
            scan.gap(Error{Errc::truncated, at}, artifact);
            return artifact.bytes.size();
        }
        if (*numel != storage->numel && !storage->is_view) {
            scan.find(RuleId::torch_storage_size, artifact, at, escape(storage->key));
        }
    }
    return in.offset();
}

void check_legacy_tar_member(Scan& scan, const Artifact& artifact, bool is_storages) {
    Said said;
    std::uint64_t offset = 0;
    const auto read = [&](std::uint64_t at) {
        auto program = pickle::run(artifact.bytes, at, scan.limits(), {.fold = false});
        judge(scan, artifact, program, said, {.torch = true});
        if (program.error) scan.gap(*program.error, artifact);
        return program;
    };
    const Program first = read(0);
    const auto count = first.integer(first.root);
    offset = first.end;
    for (std::int64_t i = 0; count && i < *count && offset < artifact.bytes.size(); ++i) {
        const Program entry = read(offset);
        if (entry.error) return;
        Reader in(from(artifact.bytes, entry.end), entry.end);
        std::uint64_t bytes = 0;
        if (is_storages) {
            // (key, location, class), i64 numel, the numbers
            Names names(entry);
            const Symbol& symbol = names.symbol(entry.item(entry.root, 2));
            const auto numel = in.le<std::uint64_t>();
            const auto elements = torch::elements_of(symbol.name, "Storage");
            if (elements && numel) {
                bytes =
                    checked_mul(*numel, elements->bytes) ? *numel * elements->bytes : UINT64_MAX;
            }
        } else {
            // (key, storage id, class), i32 ndim, 4 bytes, i64 sizes, i64 strides, i64 offset
            const auto ndim = in.le<std::uint32_t>();
            bytes = ndim ? 4 + (std::uint64_t{*ndim} * 2 + 1) * 8 : 0;
        }
        if (!in.skip(bytes)) return scan.gap(Error{Errc::truncated, in.offset()}, artifact);
        offset = in.offset();
    }
    if (offset >= artifact.bytes.size()) return;
    if (is_storages) offset = read(offset).end;  // the list of views
    if (offset < artifact.bytes.size()) {
        scan.descend(artifact, "tail@" + std::to_string(offset), from(artifact.bytes, offset),
                     true);
    }
}

}  // namespace pratique::scanner
